"""Background mode: a response is queued at once, made meanwhile, and polled or cancelled by its id."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.responses.stream import ResponseStream, as_json_body
from gateprobe.reference.state import LruStore, PersonaState

_REMEMBERED: Final = 64


@dataclass(slots=True)
class _Job:
    stream: ResponseStream
    task: asyncio.Task[None]
    polls: int = 0
    cancelled: bool = False


class BackgroundJobs:
    """The responses that are made in the background.

    The first poll always finds one in progress, so that a client sees each status whatever the speed of the machine.
    """

    def __init__(self, state: PersonaState) -> None:
        self._state = state
        self._jobs: LruStore[_Job] = LruStore(_REMEMBERED)

    def begin(self, stream: ResponseStream) -> dict[str, Json]:
        """Start a response, and return it as queued."""
        self._jobs.put(stream.name, _Job(stream, asyncio.create_task(_made(stream))))
        return stream.unfinished("queued")

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
        if not (job.task.done() and job.polls > 1):
            job.cancelled = True
            job.task.cancel()
            self._state.responses.drop(name)
        return self._body(job)

    def drop(self, name: str) -> None:
        """Forget a response."""
        self._jobs.drop(name)

    def _body(self, job: _Job) -> dict[str, Json]:
        if job.cancelled:
            return job.stream.unfinished("cancelled")
        if job.polls > 1 and job.task.done():
            return as_json_body(job.stream.result)
        return job.stream.unfinished("in_progress" if job.polls else "queued")


async def _made(stream: ResponseStream) -> None:
    async for _ in stream.frames():
        pass
