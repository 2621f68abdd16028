"""What a store says of the objects that are declared in it."""

from __future__ import annotations

from pynenc.core.records import DeclaredKind
from pynenc_operator.plan.declared import Known
from pynenc_operator.plan.result import Problem
from pynenc_operator.reconcile.ports import Store


async def known_of(store: Store | None, kind: DeclaredKind) -> Known | Problem | None:
    """The registry of a kind, why it cannot be read, or None if the App has not been looked at yet."""
    if store is None or store.problem is not None:
        return store.problem if store else None
    return (await store.facts()).declared[kind]
