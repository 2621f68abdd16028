"""The table of statuses is complete and leads every invocation to an end."""

from __future__ import annotations

import pytest

from pynenc.core.status import FINAL, OWNED, QUEUED, RULES, Status, may_follow

S = Status


def test_every_status_has_a_rule():
    assert set(RULES) == set(Status)


def test_the_final_ones_are_those_nothing_follows():
    assert {S.SUCCESS, S.FAILED, S.CANCELLED, S.EXPIRED, S.CONCURRENCY_CONTROLLED_FINAL} == FINAL
    assert all(RULES[status].final is (status in FINAL) for status in Status)


def test_the_kinds_do_not_overlap():
    transient = {status for status, rule in RULES.items() if rule.transient}
    kinds = [FINAL, OWNED, QUEUED, transient, {S.CONCURRENCY_CONTROLLED}]
    assert sum(map(len, kinds)) == len(set().union(*kinds)) == len(Status)


def test_an_invocation_begins_registered_and_nothing_becomes_registered_again():
    assert [status for status in Status if may_follow(None, status)] == [S.REGISTERED]
    assert not any(may_follow(status, S.REGISTERED) for status in Status)


@pytest.mark.parametrize("status", Status)
def test_every_status_can_be_reached_and_can_end(status):
    assert status in closure(S.REGISTERED)
    assert FINAL & closure(status)


@pytest.mark.parametrize("status", sorted(OWNED))
def test_every_owned_status_has_a_way_back_without_its_owner(status):
    ways = {following for following in RULES[status].leads_to if RULES[following].transient}
    assert any(S.REROUTED in RULES[way].leads_to for way in ways)


@pytest.mark.parametrize("status", [status for status, rule in RULES.items() if rule.transient])
def test_a_transient_status_leads_only_to_lasting_ones(status):
    assert not any(RULES[following].transient for following in RULES[status].leads_to)


@pytest.mark.parametrize("status", sorted(FINAL))
def test_nothing_follows_an_end(status):
    assert not any(may_follow(status, following) for following in Status)


def test_the_words_are_stored_as_they_are_called():
    assert all(status.value == status.name == str(status) for status in Status)


def closure(status: Status) -> set[Status]:
    """All statuses that can come after `status`, and itself."""
    found, stack = {status}, [status]
    while stack:
        more = RULES[stack.pop()].leads_to - found
        found |= more
        stack += more
    return found
