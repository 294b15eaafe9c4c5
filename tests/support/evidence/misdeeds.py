"""Small changes that make an honest gateway faulty, as functions of requests and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from gateprobe.model import Json
from gateprobe.request import FormBody, JsonBody, Part, Request
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import Answer, Gives
from tests.support.evidence.streams import body


def asking(**changed: Json) -> Gives:
    """Draw as if other fields had been asked for (None leaves a field out), as a gateway does that ignores them."""

    def gives(request: Request) -> Answer:
        match request.body:
            case JsonBody(value) if isinstance(value, dict):
                fields = {name: item for name, item in (value | changed).items() if item is not None}
                return honest(request.with_(body=JsonBody(fields)))
            case FormBody(parts):
                others = [part for part in parts if part.name not in changed]
                put = [Part(name, str(item).encode()) for name, item in changed.items() if item is not None]
                return honest(request.with_(body=FormBody((*others, *put))))
            case _:
                return honest(request)

    return gives


def answering(change: Callable[[Any], Json], *, gives: Gives = honest) -> Gives:
    """Change the JSON of every answer that is 2xx and JSON."""

    def changed(request: Request) -> Answer:
        answer = gives(request)
        if not isinstance(answer.body, dict) or answer.status != 200 or "/images/" not in request.path:
            return answer
        return answer.but(body=change(dict(answer.body)))

    return changed


def events(change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> Gives:
    """Change the events of every stream."""

    def changed(request: Request) -> Answer:
        answer = honest(request)
        if "event-stream" not in answer.content_type:
            return answer
        streamed = [orjson.loads(frame.partition(b"data: ")[2]) for frame in answer.body.split(b"\n\n") if frame]
        return answer.but(body=body(change(streamed)))

    return changed


def refusing(**changes: Any) -> Gives:
    """Change every answer that is 4xx."""

    def changed(request: Request) -> Answer:
        answer = honest(request)
        return answer.but(**changes) if (answer.status or 0) >= 400 else answer

    return changed


def erring(change: Callable[[dict[str, Any]], Json]) -> Gives:
    """Change the error object of every refusal."""

    def changed(request: Request) -> Answer:
        answer = honest(request)
        if (answer.status or 0) < 400 or not isinstance(answer.body, dict):
            return answer
        return answer.but(body={"error": change(dict(answer.body["error"]))})

    return changed


def always(answer: Answer) -> Gives:
    """Answer everything alike."""
    return lambda _request: answer


def heading(**headers: str) -> Gives:
    """Add headers to every answer; `_` stands for `-`."""
    return lambda request: honest(request).but(
        headers={name.replace("_", "-"): header for name, header in headers.items()}
    )
