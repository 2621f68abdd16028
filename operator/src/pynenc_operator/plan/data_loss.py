"""Whether the store of an App has lost what it held, and what is to be done about that; pure.

Two things give it away: the store is another one than the App's status knows, or it holds fewer requests than this
process has seen in it. The loss stands in the status until somebody says to have seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from pynenc.api import names
from pynenc.api.v1alpha1 import App
from pynenc.core.records import Standing
from pynenc_operator import reasons
from pynenc_operator.conditions import Verdict, whole_second

_KIND = names.ConditionType.DATA_LOSS


def loss_told(
    app: App, standing: Standing, last: Standing | None, now: datetime
) -> tuple[Verdict, Mapping[str, object]]:
    """The condition DataLoss, and the fields of the status that go with it.

    `last` is what this process saw of the store before; None if it has not looked yet.
    """
    fresh = _loss(app, standing, last)
    at = whole_second(now) if fresh else app.status.data_loss_at
    fields = {"store_id": standing.store_id or None, "data_loss_at": at}
    if at is None:
        return Verdict(_KIND, "False", reasons.NOTHING_LOST, "the store holds what it is known to have held"), fields
    moment = f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    if fresh:
        return Verdict(_KIND, "True", fresh[0], f"{fresh[1]}. {_remedy(app, moment)}"), fields
    if app.metadata.annotations.get(names.DATA_LOSS_SEEN) == moment:
        return Verdict(_KIND, "False", reasons.ACKNOWLEDGED, f"somebody has seen the loss of {moment}"), fields
    known = kept(app)
    return known or Verdict(_KIND, "True", reasons.STORE_EMPTY, _remedy(app, moment)), fields


def kept(app: App) -> Verdict | None:
    """The condition as it was told before."""
    known = app.status.condition(_KIND)
    return None if known is None else Verdict(_KIND, known.status, known.reason, known.message)


def _loss(app: App, standing: Standing, last: Standing | None) -> tuple[str, str] | None:
    known = app.status.store_id
    if known is not None and known != standing.store_id:
        told = f"the store came back empty, or is another one: {_held(app)} as last counted, and all results are lost"
        return reasons.STORE_EMPTY, told
    if last is not None and last.store_id == standing.store_id and standing.sequence < last.sequence:
        number = last.sequence - standing.sequence
        told = f"the store came back older: its last {number} requests, and what became of others, are lost"
        return reasons.STORE_OLDER, told
    return None


def _held(app: App) -> str:
    status = app.status
    numbers = {"queued": status.queued, "parked": status.parked, "running": status.running, "paused": status.paused}
    return ", ".join(f"{number or 0} {name}" for name, number in numbers.items())


def _remedy(app: App, moment: str) -> str:
    namespace, name = app.metadata.namespace, app.metadata.name
    return (
        "Definitions, limits and Invocation objects that have not ended are put back. Submit again what else is"
        f" missing, then: kubectl -n {namespace} annotate papp {name} --overwrite {names.DATA_LOSS_SEEN}={moment}"
    )
