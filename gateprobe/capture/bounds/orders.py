"""Orders of pictures: the first at each path goes alone, and where a task answers it, no other is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from gateprobe.evidence import Exchange, Failure, Task, task_named, task_of
from gateprobe.gateway import TaskRules
from gateprobe.message import message
from gateprobe.model import Cause
from gateprobe.request import Request


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

    async def wait(self, requests: Iterable[Request]) -> None:
        """Wait until the first order at the path of each request is answered, in a place that others may use."""
        for request in requests:
            while (lock := self._lock(request)) is not None and lock.locked():
                async with self.lent(), lock:
                    pass

    @asynccontextmanager
    async def turn(self, request: Request, *, alone: bool) -> AsyncIterator[Failure | None]:
        """Wait for the first order at a path; yield why a request may not be sent, or None.

        Requests that are sent together (not `alone`) wait for an earlier order, but not for each other.
        """
        if (lock := self._lock(request)) is not None:
            async with lock:
                if alone and request.path not in self.answered:
                    yield self._refusal(request)
                    return
        yield self._refusal(request)

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

    def _refusal(self, request: Request) -> Failure | None:
        task = self.tasks.get(request.path) if request.buys else None
        if task is None:
            return None
        why = message(
            "POST {path} answers with a task ({name}), so no other picture is ordered there",
            path=request.path,
            name=task.name,
        )
        return Failure(Cause.PREREQUISITE, why, absent=request.path)
