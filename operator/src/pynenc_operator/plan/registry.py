"""Which Triggers and Workflows an App's registries lack, and which they have too many; pure.

What has changed in an object is declared when that object is looked at. Here it is about a store that has come back
empty, and about objects that are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pynenc.core.records import Declaration, DeclaredKind
from pynenc_operator.plan.catalog import Catalog, app_of, started_by, tasks_of
from pynenc_operator.plan.declared import Declared, Known
from pynenc_operator.plan.trigger import wanted_trigger
from pynenc_operator.plan.workflow import wanted_workflow


def registry_changes(
    app_name: str, catalog: Catalog, declared: Mapping[DeclaredKind, Known]
) -> tuple[Declaration, ...]:
    """What is to be declared and taken out, workflows first: triggers may start them."""
    return (*_workflows(app_name, catalog, declared), *_triggers(app_name, catalog, declared))


def _workflows(app_name: str, catalog: Catalog, declared: Mapping[DeclaredKind, Known]) -> Iterator[Declaration]:
    kind = DeclaredKind.WORKFLOW
    known = declared.get(kind, {})
    mine = {n: w for n, w in catalog.workflows.items() if app_of(tasks_of(w), catalog) == app_name}
    for name in mine.keys() - known.keys():
        wanted = wanted_workflow(mine[name], catalog)
        if isinstance(wanted, Declared):
            yield wanted.declaration
    yield from (Declaration(kind, name) for name in known if name not in mine)


def _triggers(app_name: str, catalog: Catalog, declared: Mapping[DeclaredKind, Known]) -> Iterator[Declaration]:
    kind = DeclaredKind.TRIGGER
    known = declared.get(kind, {})
    mine = {n: t for n, t in catalog.triggers.items() if app_of(started_by(t, catalog), catalog) == app_name}
    for name in mine.keys() - known.keys():
        wanted = wanted_trigger(mine[name], catalog)
        if isinstance(wanted, Declared):
            yield wanted.declaration
    yield from (Declaration(kind, name) for name in known if name not in mine)
