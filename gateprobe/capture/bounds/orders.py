"""Orders of pictures: the first at each path goes alone, and where a task answers it, no other is sent there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    answered: set[str] = field(default_factory=set)
    tasks: dict[str, Task] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    @asynccontextmanager
    async def turn(self, request: Request, *, alone: bool) -> AsyncIterator[Failure | None]:
        """Wait for the first order at a path; yield why a request may not be sent, or None.

        Requests that are sent together (not `alone`) wait for an earlier order, but not for each other.
        """
        if not request.buys or request.path in self.answered:
            yield self._refusal(request)
            return
        lock = self._locks.setdefault(request.path, asyncio.Lock())
        if alone:
            async with lock:
                yield self._refusal(request)
            return
        async with lock:
            pass
        yield self._refusal(request)

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
