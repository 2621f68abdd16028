"""A store that came back empty or older is noticed, and the loss is told until somebody has seen it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pynenc.api.names import DATA_LOSS_SEEN
from pynenc.core.records import Standing
from pynenc_operator.plan.app import ObservedApp, StoreFacts, plan_app
from pynenc_operator.plan.result import Problem
from unit.operator.builders import NOW, make_app, message, verdicts

KNOWN = {"storeID": "100", "queued": 4, "running": 2, "paused": 1}
AT = "2026-11-25T12:00:00Z"
REMEDY = (
    "Definitions, limits and Invocation objects that have not ended are put back. Submit again what else is missing, "
    f"then: kubectl -n team-a annotate papp shop --overwrite {DATA_LOSS_SEEN}={AT}"
)


def look(status=None, standing=None, last=None, now=NOW, **meta):
    """The App after a look at its store."""
    app = make_app(status=status if status is not None else KNOWN, **meta)
    facts = StoreFacts(standing=standing or Standing("100", 50))
    return app.model_copy(update={"status": plan_app(app, ObservedApp(facts, last=last), now).status})


def loss(app):
    return verdicts(app.status)["DataLoss"]


@pytest.mark.parametrize(
    ("status", "standing", "last"),
    [
        pytest.param({}, Standing(), None, id="a new App and a new store"),
        pytest.param({}, Standing("100", 7), None, id="a new App, or one of an older version"),
        pytest.param({}, Standing("100", 7), Standing(), id="a store that was opened just now"),
        pytest.param(KNOWN, Standing("100", 50), Standing("100", 50), id="the same"),
        pytest.param(KNOWN, Standing("100", 51), Standing("100", 50), id="more than before"),
    ],
)
def test_a_store_that_is_as_it_was_has_lost_nothing(status, standing, last):
    app = look(status, standing, last)
    assert loss(app) == ("False", "NothingLost")
    assert (app.status.store_id, app.status.data_loss_at) == (standing.store_id or None, None)


@pytest.mark.parametrize("standing", [Standing(), Standing("200", 3)], ids=["not open yet", "opened by others"])
def test_a_store_that_came_back_empty_is_told_with_what_was_counted_last(standing):
    app = look(standing=standing)
    assert loss(app) == ("True", "StoreEmpty")
    assert message(app.status, "DataLoss") == (
        "the store came back empty, or is another one: 4 queued, 0 parked, 2 running, 1 paused as last counted, and "
        f"all results are lost. {REMEDY}"
    )
    assert (app.status.store_id, app.status.data_loss_at) == (standing.store_id or None, NOW)
    assert verdicts(app.status)["Ready"] == ("True", "Connected")


def test_a_store_that_came_back_older_is_told_with_what_is_missing():
    app = look(standing=Standing("100", 40), last=Standing("100", 52))
    assert loss(app) == ("True", "StoreOlder")
    told = "the store came back older: its last 12 requests, and what became of others, are lost"
    assert message(app.status, "DataLoss") == f"{told}. {REMEDY}"


def test_a_loss_is_told_until_its_time_stands_in_the_annotation():
    lost = look(standing=Standing())
    later = NOW + timedelta(minutes=5)
    for standing in (Standing("200", 0), Standing("200", 9)):
        status = look(lost.status.to_dict(), standing, now=later).status
        assert status.condition("DataLoss") == lost.status.condition("DataLoss")
    wrong = look(lost.status.to_dict(), Standing("200", 9), annotations={DATA_LOSS_SEEN: "yesterday"})
    assert loss(wrong) == ("True", "StoreEmpty")
    seen = look(lost.status.to_dict(), Standing("200", 9), annotations={DATA_LOSS_SEEN: AT})
    assert loss(seen) == ("False", "Acknowledged")
    assert message(seen.status, "DataLoss") == f"somebody has seen the loss of {AT}"


def test_another_loss_is_told_though_the_last_one_was_seen():
    status = KNOWN | {"dataLossAt": "2026-11-24T12:00:00Z"}
    app = look(status, Standing(), annotations={DATA_LOSS_SEEN: "2026-11-24T12:00:00Z"})
    assert (loss(app), app.status.data_loss_at) == (("True", "StoreEmpty"), NOW)


def test_a_loss_whose_condition_somebody_removed_is_told_again():
    app = look(KNOWN | {"dataLossAt": AT})
    assert (loss(app), message(app.status, "DataLoss")) == (("True", "StoreEmpty"), REMEDY)


def test_while_the_store_is_away_the_loss_is_still_told():
    lost = look(standing=Standing())
    away = plan_app(lost, ObservedApp(Problem("RedisUnreachable", "away")), NOW).status
    assert away.condition("DataLoss") == lost.status.condition("DataLoss")
    assert (away.data_loss_at, away.store_id) == (NOW, None)


def test_a_store_that_comes_back_as_another_one_after_it_was_away_is_noticed():
    away = plan_app(make_app(status=KNOWN), ObservedApp(Problem("RedisUnreachable", "away")), NOW).status
    assert verdicts(away) == {"Ready": ("False", "RedisUnreachable"), "RedisReachable": ("False", "RedisUnreachable")}
    assert loss(look(away.to_dict(), Standing("200"))) == ("True", "StoreEmpty")
