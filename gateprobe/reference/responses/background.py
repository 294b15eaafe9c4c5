"""Background mode: a response is queued at once, made meanwhile, and polled, streamed or cancelled by its id."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.http.exchange import Frame
from gateprobe.reference.responses.stream import ResponseStream, as_json_body
from gateprobe.reference.state import LruStore, PersonaState

_REMEMBERED: Final = 64
_TERMINAL: Final = ("response.completed", "response.incomplete", "response.failed")


@dataclass(slots=True)
class _Job:
    """One response in the making; `events` are the events so far, `changed` notifies the followers."""

    stream: ResponseStream
    streams: bool
    events: list[Frame] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    task: asyncio.Task[None] | None = None
    polls: int = 0
    cancelled: bool = False

    @property
    def done(self) -> bool:
        """Whether the response is finished, or its task ended."""
        return self.task is None or self.task.done()

    async def make(self) -> None:
        """Make the response to its end, with or without a listener."""
        try:
            async for frame in self.stream.frames():
                await self._append(frame)
        finally:
            async with self.changed:
                self.changed.notify_all()

    async def _append(self, frame: Frame) -> None:
        async with self.changed:
            self.events.append(frame)
            self.changed.notify_all()

    async def follow(self, after: int, *, obfuscated: bool) -> AsyncIterator[Frame]:
        """Yield the events after a number: those that happened, then each as it happens."""
        at = after + 1
        while True:
            async with self.changed:
                while at >= len(self.events) and not self._is_over:
                    await self.changed.wait()
            if at >= len(self.events):
                return
            frame = self.events[at]
            yield frame if obfuscated else Frame(_without_obfuscation(frame.data), frame.event)
            at += 1

    @property
    def _is_over(self) -> bool:
        return self.cancelled or bool(self.events and self.events[-1].type in _TERMINAL)


def _without_obfuscation(data: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in data.items() if name != "obfuscation"}


class BackgroundJobs:
    """The responses that are made in the background.

    The first poll always finds one in progress, so that a client sees each status on a machine of any speed.
    """

    def __init__(self, state: PersonaState) -> None:
        self._state = state
        self._jobs: LruStore[_Job] = LruStore(_REMEMBERED)

    def begin(self, stream: ResponseStream) -> dict[str, Json]:
        """Start a response, and return it as queued."""
        self._start(_Job(stream, streams=False))
        return stream.unfinished("queued")

    def stream(self, stream: ResponseStream) -> AsyncIterator[Frame]:
        """Start a response that can be followed, and return its events."""
        return self._start(_Job(stream, streams=True)).follow(-1, obfuscated=True)

    def _start(self, job: _Job) -> _Job:
        job.task = asyncio.create_task(job.make())
        self._jobs.put(job.stream.name, job)
        return job

    def follow(self, name: str, after: int = -1, *, obfuscated: bool = True) -> AsyncIterator[Frame] | None:
        """Return the events of a response after a number; None where it was not begun as a stream."""
        job = self._jobs.get(name)
        if job is None or not job.streams:
            return None
        return job.follow(after, obfuscated=obfuscated)

    def poll(self, name: str) -> dict[str, Json] | None:
        """Return a response as far as it is; None where it is not made in the background."""
        job = self._jobs.get(name)
        if job is None:
            return None
        job.polls += 1
        return self._body(job)

    def cancel(self, name: str) -> dict[str, Json] | None:
        """Cancel a response unless it was seen complete, and return it; None where it is not made in the background."""
        job = self._jobs.get(name)
        if job is None:
            return None
        if not (job.done and (job.streams or job.polls > 1)):
            job.cancelled = True
            if job.task is not None:
                job.task.cancel()
            self._state.responses.drop(name)
        return self._body(job)

    def drop(self, name: str) -> None:
        """Forget a response."""
        self._jobs.drop(name)

    def _body(self, job: _Job) -> dict[str, Json]:
        if job.cancelled:
            return job.stream.unfinished("cancelled")
        if job.done and (job.streams or job.polls > 1):
            return as_json_body(job.stream.result)
        return job.stream.unfinished("in_progress" if job.polls else "queued")
