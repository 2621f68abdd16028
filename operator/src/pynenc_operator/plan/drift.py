"""Does an object in the cluster say what its manifest says; pure.

The API server adds defaults and other writers add fields, so the manifest must be contained in the object, not equal
to it. Quantities are rewritten by the server (`1000m` to `1`); a digest of the manifest tells whether they changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pynenc.api import names

DIGEST_ANNOTATION = f"{names.GROUP}/applied"
REWRITTEN = frozenset({"resources", "sizeLimit"})
"""Fields whose values the server writes in a form of its own."""


def stamped(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest with its own digest as an annotation."""
    digest = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()[:16]
    metadata = dict(manifest["metadata"])
    metadata["annotations"] = {**metadata.get("annotations", {}), DIGEST_ANNOTATION: digest}
    return {**manifest, "metadata": metadata}


def holds(manifest: object, live: object) -> bool:
    """Whether everything that `manifest` says is so in `live`."""
    if isinstance(manifest, Mapping):
        return isinstance(live, Mapping) and all(
            name in REWRITTEN or (name in live and holds(value, live[name])) for name, value in manifest.items()
        )
    if isinstance(manifest, list):
        return isinstance(live, list) and _list_holds(manifest, live)
    return manifest == live


def _list_holds(manifest: Sequence[object], live: Sequence[object]) -> bool:
    """Named items may stand anywhere; others must be the same, in the same order."""
    by_name = {item["name"]: item for item in live if isinstance(item, Mapping) and "name" in item}
    if all(isinstance(item, Mapping) and "name" in item for item in manifest):
        return all(holds(item, by_name.get(item["name"])) for item in manifest if isinstance(item, Mapping))
    return len(manifest) == len(live) and all(map(holds, manifest, live))
