"""`Seat`: what the parts of one worker share, and the steps that more than one of them takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from pynenc.core.inline import is_inline
from pynenc.core.options import TaskOptions
from pynenc.core.records import Answer, Claimed, Settlement
from pynenc.core.status import Status
from pynenc.errors import ConfigurationError
from pynenc.runner.attempt import Release, Retry, Step, confirmed
from pynenc.runner.batch import Batch, Pace
from pynenc.runner.host import DONE, HURRY, Host
from pynenc.runner.interrupts import Deadlines, Frame, Stack
from pynenc.runner.patience import persist
from pynenc.runner.tally import Tally

if TYPE_CHECKING:
    from pynenc.app import Pynenc
    from pynenc.live import Registry

TAKEN = (Answer.OK, Answer.ALREADY)


class Seat:
    """A worker that has joined the store as `worker`, and its place at a runner."""

    def __init__(self, app: Pynenc, worker: str, host: Host, stack: type[Stack] = Stack) -> None:
        self.app = app
        self.worker = worker
        self.host = host
        self.note = host.note
        self.deadlines = Deadlines(host.note, lambda: host.say(HURRY))
        self.stack = stack(host.note, self.deadlines)
        self.batch = Batch(self._clear)
        self.pace = Pace()
        self.tally = Tally(host.say) if app.conf.http_port else None

    def frame(self, claimed: Claimed) -> Frame:
        """An attempt that starts now."""
        return Frame.of(claimed, self._options(claimed))

    def _options(self, claimed: Claimed) -> TaskOptions:
        """The options in force: of the call, then of the live definition."""
        registry = persist(lambda: self.app.registry)
        task = self.app.tasks.get(claimed.task_id)
        if task is None:
            return self._inline_options(claimed.task_id, registry)
        options = self.app.conf.task_options(task.task_id, task.declared, *registry.of(task.task_id))
        return task.payloads.options_of(claimed.arguments, options)

    def _inline_options(self, task_id: str, registry: Registry) -> TaskOptions:
        """Those of a task whose code is not of this program; its module is not loaded yet, nor are its exceptions."""
        definition, defaults = registry.of(task_id)
        if definition is None and is_inline(task_id):
            definition, defaults = persist(self.app.registry_anew).of(task_id)
        if definition is None or definition.source_digest is None:
            return TaskOptions()
        try:
            return self.app.conf.task_options(definition.task_id, {}, definition, defaults)
        except ConfigurationError as error:
            self.app.logger.warning("%s: %s", definition.task_id, error)
            known = (None if each is None else replace(each, retry_for=None) for each in (definition, defaults))
            return self.app.conf.task_options(definition.task_id, {}, *known)

    def ended(self, frame: Frame, step: Step, seconds: float) -> None:
        """Note that an attempt took so long and what follows it."""
        if self.stack.cancelled and frame.claimed.invocation_id in self.stack.cancelled:
            self.stack.cancelled.discard(frame.claimed.invocation_id)
            self.host.say(DONE + frame.claimed.invocation_id.encode())
        if self.tally is not None:
            self.tally.add(frame.claimed.task_id, step, seconds)

    def settle(self, ends: Sequence[Settlement]) -> None:
        """End invocations in the store."""
        if ends:
            self.check(ends, persist(lambda: self.app.orchestrator.finish(self.worker, ends)))

    def check(self, ends: Sequence[Settlement], answers: Sequence[Answer]) -> None:
        """Look at what the store said to `ends`."""
        for end, answer in zip(ends, answers, strict=True):
            if answer is Answer.BADSTATE and end.status is Status.CANCELLED:
                self.settle([confirmed(end)])
            elif answer not in TAKEN:
                self.app.logger.warning("the end of invocation %s came too late: %s", end.invocation_id, answer.value)

    def follow(self, claimed: Claimed, step: Step) -> None:
        """Take the step that follows an attempt."""
        orchestrator, worker, name, fence = self.app.orchestrator, self.worker, claimed.invocation_id, claimed.fence
        if isinstance(step, Settlement):
            self.settle([step])
        elif isinstance(step, Retry):
            persist(lambda: orchestrator.retry(worker, name, fence, step.delay_seconds))
        elif isinstance(step, Release):
            self.release([claimed], unstarted=False)

    def release(self, items: Sequence[Claimed], *, unstarted: bool) -> None:
        """Give back what has not started, or is not to go on."""
        give_back = partial(self.app.orchestrator.release, self.worker, unstarted=unstarted)
        for item in items:
            persist(partial(give_back, item.invocation_id, item.fence))

    def _clear(self, ends: Sequence[Settlement], items: Sequence[Claimed]) -> None:
        self.settle(ends)
        self.release(list(reversed(items)), unstarted=True)
