"""Once a second it is asked whether there is work, for as long as somebody waits for some."""

from __future__ import annotations

import asyncio

from pynenc.errors import BackendUnavailable
from pynenc_operator.plan.result import ObjectKey, Vigil
from pynenc_operator.reconcile.lookout import Lookout
from unit.operator.virtual_time import run_virtually

MAIN, BULK = ObjectKey("WorkerPool", "a", "main"), ObjectKey("WorkerPool", "a", "bulk")


class Queues:
    """What stands in queues; `asked` says when, in seconds, for which of them."""

    def __init__(self):
        self.ready, self.asked, self.woken = {}, [], []

    def lookout(self):
        self.began = asyncio.get_running_loop().time()
        return Lookout(self.ask, lambda key: self.woken.append((key.name, self.seconds)))

    @property
    def seconds(self):
        return asyncio.get_running_loop().time() - self.began

    async def ask(self, queues):
        self.asked.append((self.seconds, list(queues)))
        if self.ready is None:
            raise BackendUnavailable("down")
        return self.ready


def test_who_waits_is_woken_within_a_second_and_once():
    async def story():
        queues = Queues()
        lookout = queues.lookout()
        lookout.keep(MAIN, Vigil(("mails", "default"), 0))
        lookout.keep(BULK, Vigil(("mails",), 5))
        await asyncio.sleep(2.5)
        queues.ready = {"mails": 3}
        await asyncio.sleep(2.5)
        queues.ready = {"mails": 6}
        await asyncio.sleep(10)
        return queues

    queues = run_virtually(story())
    assert queues.woken == [("main", 3), ("bulk", 5)]
    assert queues.asked == [*((second, ["default", "mails"]) for second in (1, 2, 3)), (4, ["mails"]), (5, ["mails"])]


def test_a_store_that_does_not_answer_is_asked_again():
    async def story():
        queues = Queues()
        lookout = queues.lookout()
        queues.ready = None
        lookout.keep(MAIN, Vigil(("mails",), 0))
        await asyncio.sleep(2.5)
        queues.ready = {"mails": 1}
        await asyncio.sleep(2)
        return queues.woken

    assert run_virtually(story()) == [("main", 3)]


def test_a_wish_can_be_taken_back():
    async def story():
        queues = Queues()
        lookout = queues.lookout()
        lookout.keep(MAIN, Vigil(("mails",), 0))
        lookout.keep(BULK, Vigil(("mails",), 0))
        lookout.keep(MAIN, None)
        queues.ready = {"mails": 1}
        await asyncio.sleep(2.5)
        lookout.keep(MAIN, Vigil(("mails",), 0))
        lookout.stop()
        lookout.stop()
        await asyncio.sleep(2.5)
        return queues.woken

    assert run_virtually(story()) == [("bulk", 1)]
