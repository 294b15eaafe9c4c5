"""A limited number of coroutines at once; one that waits for another lends its place."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

_T = TypeVar("_T")


@dataclass(slots=True)
class Slots:
    """As many places as coroutines may run at once."""

    at_once: int
    _free: int = 0
    _returning: deque[asyncio.Future[None]] = field(default_factory=deque)
    _start: Callable[[], object] | None = None

    async def each(self, run: Callable[[_T], Awaitable[None]], things: Sequence[_T]) -> None:
        """Run a coroutine for each value, in their order, a limited number at once."""
        queue = deque(things)

        async def work() -> None:
            while queue and not self._returning:
                await run(queue.popleft())
            self._give_back()

        self._free = max(0, self.at_once - len(things))
        async with asyncio.TaskGroup() as group:
            self._start = lambda: group.create_task(work())
            for _ in range(self.at_once - self._free):
                self._start()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Let another coroutine run while the block waits; those that come back go before those that have not begun."""
        if self._start is None:  # outside `each`, nothing else waits for a place
            yield
            return
        self._start()
        try:
            yield
        finally:
            await self._take()

    async def _take(self) -> None:
        if self._free:
            self._free -= 1
            return
        place = asyncio.get_running_loop().create_future()
        self._returning.append(place)
        await place

    def _give_back(self) -> None:
        while self._returning:
            place = self._returning.popleft()
            if not place.done():  # it is, where its coroutine was cancelled
                place.set_result(None)
                return
        self._free += 1
