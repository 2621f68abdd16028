"""Decorated functions to Kubernetes objects, and their text.

`discover` reads an app, `render` (pure) makes the objects, `emit` writes YAML, `compare` (pure) tells what differs from
other objects, which `files` reads: none of them needs network or cluster. Only `cluster` asks one, through kubectl.
Importing the user's module is the work of `pynenc.discovery`, printing that of `pynenc.cli`.
"""

from pynenc.manifests.compare import Difference, compare
from pynenc.manifests.emit import Wanted, emit, objects_of

__all__ = ["Difference", "Wanted", "compare", "emit", "objects_of"]
