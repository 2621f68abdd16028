"""Decorated functions to Kubernetes objects, and their text.

`discover` reads an app, `render` (pure) makes the objects, `emit` writes YAML. No network and no cluster; importing
the user's module is the work of `pynenc.discovery`, printing that of `pynenc.cli`.
"""

from pynenc.manifests.emit import emit

__all__ = ["emit"]
