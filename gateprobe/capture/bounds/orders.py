"""Orders of pictures: the first at each path goes alone, and where a task answers it, no other is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Final

from gateprobe.evidence import Exchange, Failure, Task, task_named, task_of
from gateprobe.gateway import TaskRules
from gateprobe.message import message
from gateprobe.model import Cause
from gateprobe.request import Request

_SPREAD: Final = 0.12  # seconds between two orders that waited for the same; judging reads 0.1 s as apart


@dataclass(slots=True)
class Orders:
    """The orders at one gateway: the paths that answered an order, and the tasks that they answered with.

    A task in the form that the gateway's file declares (`rules`) stops no further order.
    """

    rules: TaskRules | None = None
    lent: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    """Lends the place of a scenario that waits."""
    answered: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, requests: Sequence[Request]) -> AsyncIterator[None]:
        """Wait for the first order at the path of each request; a single request that is the first lets others wait.

        Who waits does so in a place that others may use. Those that waited go on one after another, so that streams
        that are held back do not come together. Requests that are sent together do not wait for each other.
        """
        async with AsyncExitStack() as held:
            for request in requests:
                if (lock := self._lock(request)) is None:
                    continue
                if lock.locked():
                    async with self.lent():
                        await lock.acquire()
                else:
                    await lock.acquire()
                if len(requests) == 1 and request.path not in self.answered:
                    held.callback(lock.release)
                    continue
                try:
                    await asyncio.sleep(_SPREAD if request.path in self.answered else 0)
                finally:
                    lock.release()
            yield

    def refusal(self, request: Request) -> Failure | None:
        """Return why a request may not be sent, or None."""
        task = self.tasks.get(request.path) if request.buys else None
        if task is None:
            return None
        why = message(
            "POST {path} answers with a task ({name}), so no other picture is ordered there",
            path=request.path,
            name=task.name,
        )
        return Failure(Cause.PREREQUISITE, why, absent=request.path)

    def _lock(self, request: Request) -> asyncio.Lock | None:
        """Return the lock of the first order at a path; None where it was answered, and for what orders nothing."""
        if not request.buys or request.path in self.answered:
            return None
        return self._locks.setdefault(request.path, asyncio.Lock())

    def observe(self, exchange: Exchange) -> None:
        """Take note of the answer to an order."""
        request = exchange.request
        if not request.buys:
            return
        self.answered.add(request.path)
        if self.rules is not None and task_named(exchange, self.rules):
            return
        if (task := task_of(exchange)) is not None:
            self.tasks.setdefault(request.path, task)
