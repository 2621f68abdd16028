"""Leads, then works; works no more, then leads no more; and losing leadership ends the process.

How a Lease is won is in `kube.lease`. A process that has lost one cannot know what it still has under way, so it
ends with an error and is started anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

_log = logging.getLogger(__name__)
Work = Callable[[int], Awaitable[None]]


class LeadershipLostError(Exception):
    """Another process may lead by now."""


class Election(Protocol):
    """A way to become the only one."""

    async def run(self, lead: Work) -> None:
        """Call `lead` with a number that grows with every leader; return when leadership is lost."""

    async def release(self) -> None:
        """Give leadership up early."""


async def work_as_leader(election: Election, work: Work) -> None:
    """Stand by, then `work` until it returns, and hand leadership over.

    Raises:
        LeadershipLostError: leadership was lost while working.
    """
    elected: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def lead(epoch: int) -> None:
        elected.set_result(epoch)
        await asyncio.get_running_loop().create_future()

    campaign = asyncio.ensure_future(election.run(lead))
    try:
        await _first(elected, campaign)
        epoch = elected.result()
        _log.info("leading with epoch %d", epoch)
        await _work_while(campaign, asyncio.ensure_future(work(epoch)))
    finally:
        lost = campaign.done()
        campaign.cancel()
        await asyncio.wait([campaign])
        if not lost:
            await election.release()


async def _first(elected: asyncio.Future[int], campaign: asyncio.Future[None]) -> None:
    waiting: list[asyncio.Future[Any]] = [elected, campaign]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    if not elected.done():
        campaign.result()
        raise LeadershipLostError("the election ended before it was won")


async def _work_while(campaign: asyncio.Future[None], working: asyncio.Future[None]) -> None:
    try:
        await asyncio.wait([working, campaign], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            return
    finally:
        working.cancel()
        await asyncio.wait([working])
    campaign.result()
    raise LeadershipLostError("the lease was lost")
