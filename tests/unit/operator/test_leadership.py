"""Only a leader works, and one that has lost its lease ends."""

from __future__ import annotations

import asyncio

import pytest

from pynenc_operator.leader import LeadershipLostError, work_as_leader
from unit.operator.virtual_time import run_virtually


class Campaign:
    """An election that is won after a second, and lost after `lost_after` seconds more."""

    def __init__(self, lost_after=None, won=True):
        self.lost_after = lost_after
        self.won = won
        self.released = False

    async def run(self, lead):
        await asyncio.sleep(1)
        if not self.won:
            return
        leading = asyncio.ensure_future(lead(7))
        try:
            await asyncio.sleep(self.lost_after or 1e6)
        finally:
            leading.cancel()

    async def release(self):
        self.released = True


def work_of(seconds, log, error=None):
    async def work(epoch):
        log.append(("began", epoch))
        try:
            await asyncio.sleep(seconds)
            if error:
                raise error
            log.append("ended")
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    return work


def test_work_that_ends_hands_leadership_over():
    log, campaign = [], Campaign()
    run_virtually(work_as_leader(campaign, work_of(5, log)))
    assert (log, campaign.released) == ([("began", 7), "ended"], True)


def test_lost_leadership_stops_the_work_and_is_an_error():
    log, campaign = [], Campaign(lost_after=3)
    with pytest.raises(LeadershipLostError, match="the lease was lost"):
        run_virtually(work_as_leader(campaign, work_of(1e5, log)))
    assert (log, campaign.released) == ([("began", 7), "cancelled"], False)


def test_work_that_fails_hands_leadership_over_and_is_an_error():
    campaign = Campaign()
    with pytest.raises(OSError, match="broken"):
        run_virtually(work_as_leader(campaign, work_of(5, [], OSError("broken"))))
    assert campaign.released


def test_an_election_that_ends_before_it_is_won_is_an_error():
    with pytest.raises(LeadershipLostError, match="before it was won"):
        run_virtually(work_as_leader(Campaign(won=False), work_of(5, [])))


def test_standing_by_can_be_stopped():
    async def story():
        log, campaign = [], Campaign()
        waiting = asyncio.ensure_future(work_as_leader(campaign, work_of(5, log)))
        await asyncio.sleep(0.5)
        waiting.cancel()
        await asyncio.wait([waiting])
        return log, waiting.cancelled()

    assert run_virtually(story()) == ([], True)
