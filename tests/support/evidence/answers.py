"""Answers for the tests of clients: literal ones, right and wrong."""

from __future__ import annotations

from functools import cache
from typing import Final

import orjson

from gateprobe.clients.job import Job, jobs_of
from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Json
from gateprobe.request import JsonBody, Request
from tests.support.evidence.evidence_builders import as_base64, exchange, painted, text_response
from tests.support.evidence.streams import body


@cache
def picture() -> str:
    """Return a small picture in base64."""
    return as_base64(painted("red", (16, 16)))


def call() -> dict[str, Json]:
    """Return a finished call of the image tool."""
    return {"id": "ig_1", "type": "image_generation_call", "status": "completed", "result": picture()}


def drawn() -> dict[str, Json]:
    """Return a Response that holds a picture."""
    return text_response() | {"created_at": 1, "output": [call()]}


def events(response: dict[str, Json] | None = None) -> list[dict[str, Json]]:
    """Return the events of a stream that ends in a Response with a picture."""
    whole = response or drawn()
    begun = {**whole, "status": "in_progress", "output": []}
    unnumbered: list[dict[str, Json]] = [
        {"type": "response.created", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**call(), "status": "in_progress", "result": None},
        },
        {"type": "response.output_item.done", "output_index": 0, "item": call()},
        {"type": "response.completed", "response": whole},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(unnumbered)]


def asked(path: str, *, streams: bool = False, method: str = "POST") -> Request:
    """Return a request of a scenario."""
    sent = JsonBody({"stream": streams}) if method == "POST" else None
    return Request(method, path, sent, streams=streams)


def answer(path: str, value: Json, status: int = 200) -> Exchange:
    """Return an exchange whose answer is JSON."""
    return exchange(asked(path), orjson.dumps(value), status=status)


def stream(path: str, sent: list[dict[str, Json]]) -> Exchange:
    """Return an exchange whose answer is a stream."""
    return exchange(asked(path, streams=True), body(sent), content_type="text/event-stream")


ENVELOPE: Final[Json] = {"error": {"message": "No such size.", "type": "x", "param": "size", "code": "y"}}


def good() -> dict[str, Evidence]:
    """Return one right answer of each kind, by scenario."""
    finished = {"type": "image_generation.completed", "b64_json": picture(), "sequence_number": 0}
    answers = {
        "a_models": exchange(asked("/models", method="GET"), orjson.dumps({"object": "list", "data": [{"id": "m"}]})),
        "b_plain": answer("/responses", drawn()),
        "c_stream": stream("/responses", events()),
        "d_images": answer("/images/generations", {"created": 1, "data": [{"b64_json": picture()}]}),
        "e_images_stream": stream("/images/generations", [finished]),
        "f_refusal": answer("/responses", ENVELOPE, 400),
    }
    return {name: Evidence("made", name, None, (answer,)) for name, answer in answers.items()}


def job(exchange: Exchange) -> Job:
    """Return the job that one answer makes."""
    (made,) = jobs_of({"made": Evidence("made", "made", None, (exchange,))})
    return made
