"""How a vendor's wire differs from OpenAI's, as changes of what the reference gateway takes and gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from gateprobe.model import Json
from gateprobe.reference.http.exchange import (
    Answer,
    Frame,
    IncomingRequest,
    PlainAnswer,
    RefusalError,
    StreamedAnswer,
    json_answer,
)
from gateprobe.reference.http.router import Router


@dataclass(frozen=True, slots=True)
class Shape:
    """A vendor's wire: how a request is read, how an answer and a refusal are written.

    `read` gives the request as OpenAI would be asked, and raises RefusalError where the vendor refuses; `write` changes
    a body or the data of an event; `refuse` gives the body of a refusal, `status` its status.
    """

    read: Callable[[IncomingRequest], IncomingRequest]
    write: Callable[[IncomingRequest, Json], Json]
    refuse: Callable[[RefusalError], Json]
    status: Callable[[RefusalError], int] = lambda refused: refused.status


@dataclass(frozen=True, slots=True)
class ShapedRouter(Router):
    """OpenAI's routes behind a vendor's wire."""

    shape: Shape | None = None

    async def answer(self, asked: IncomingRequest, authorise: Callable[[IncomingRequest], None]) -> Answer:
        """Answer as the vendor documents it."""
        if self.shape is None:
            raise TypeError("a shaped router needs a shape")
        try:
            answer = await Router.answer(self, self.shape.read(asked), authorise)
        except RefusalError as refused:
            return json_answer(self.shape.refuse(refused), self.shape.status(refused))
        if isinstance(answer, PlainAnswer):
            if answer.headers.get("content-type") != "application/json":
                return answer
            return replace(answer, body=orjson.dumps(self.shape.write(asked, orjson.loads(answer.body))))
        return replace(answer, frames=_written(self.shape, asked, answer))


async def _written(shape: Shape, asked: IncomingRequest, answer: StreamedAnswer) -> Any:
    async for frame in answer.frames:
        yield Frame(shape.write(asked, dict(frame.data)), frame.event)


def renamed(value: Json, names: Callable[[str], str]) -> Json:
    """Return a JSON value with every `model` in it under another name."""
    if isinstance(value, dict):
        return {
            key: names(inner) if key == "model" and isinstance(inner, str) else renamed(inner, names)
            for key, inner in value.items()
        }
    return [renamed(entry, names) for entry in value] if isinstance(value, list) else value
