"""Faults of state (`st.`) and of isolation (`iso.`): what a second turn needs is lost, or somebody else's comes."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Chunks, Fault
from gateprobe.reference.faults.requests.refusing import both, input_items, posted, refusing, with_fields
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.faults.streams.frames import Object, body_of, each, in_body, of_responses
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer


def _storing(asked: IncomingRequest, *, store: bool) -> IncomingRequest:
    if not posted("/responses")(asked) or not isinstance(asked.fields, dict):
        return asked
    return with_fields(asked, {**asked.fields, "store": store})


def _reported_as_asked(sent: IncomingRequest, answer: Answer) -> Answer:
    """Report `store` as it was asked for."""
    body = body_of(answer)
    store = sent.fields.get("store") if isinstance(sent.fields, dict) else None
    if body is None or store is not False or "store" not in body or not isinstance(answer, PlainAnswer):
        return answer
    return replace(answer, body=orjson.dumps({**body, "store": store}))


def _replays_whole_call(sent: IncomingRequest) -> bool:
    calls = [item for item in input_items(sent) if item.get("type") == "image_generation_call"]
    return any({"status", "action"} & call.keys() for call in calls)


_AT_ONCE: Final = 0.05  # seconds within which two requests are taken for one


@dataclass(slots=True)
class _Mixed:
    """A pool that answers a request with what another request, sent at the same moment, asked for."""

    before: dict[str, tuple[float, Json]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def mix(self, asked: IncomingRequest) -> IncomingRequest:
        """Return a request with the words of the one just before it."""
        if not posted("/responses", "/images/generations")(asked) or not isinstance(asked.fields, dict):
            return asked
        with self.lock:
            now, words = time.monotonic(), _words(asked.fields)
            then, other_words = self.before.get(asked.path, (0.0, words))
            self.before[asked.path] = now, words
        return with_fields(asked, {**asked.fields, **other_words}) if now - then < _AT_ONCE else asked


def _words(fields: Object) -> dict[str, Json]:
    return {name: fields[name] for name in ("prompt", "input") if name in fields}


def _mixed(fault: Fault) -> Fault:
    return replace(fault, request=_Mixed().mix)


@dataclass(slots=True)
class _LeftOver:
    """A pool of upstream connections: what a client did not wait for goes to the next one who asks."""

    words: dict[str, Json] = field(default_factory=dict)

    def mix(self, asked: IncomingRequest) -> IncomingRequest:
        """Return a request with the words of one that was given up."""
        if not self.words or not posted("/responses")(asked) or not isinstance(asked.fields, dict):
            return asked
        words, self.words = self.words, {}
        return with_fields(asked, {**asked.fields, **words})

    async def watch(self, sent: IncomingRequest, chunks: Chunks) -> Chunks:
        """Remember the words of a stream that is given up before its end."""
        ended = False
        try:
            async for chunk in chunks:
                yield chunk
            ended = True
        finally:
            if not ended and isinstance(sent.fields, dict):
                self.words = _words(sent.fields)


def _left_over(fault: Fault) -> Fault:
    pool = _LeftOver()
    return replace(fault, request=pool.mix, chunks=pool.watch)


def _drop_previous_id(response: Object) -> Object:
    return {**response, "previous_response_id": None} if response.get("object") == "response" else response


FAULTS: Final = (
    Fault(
        "st.prev_id_ignored",
        "previous_response_id is accepted and the conversation before it is lost.",
        request=without("previous_response_id"),
    ),
    Fault(
        "st.prev_id_dropped",
        "The Response does not name the response that it continues.",
        answer=in_body(_drop_previous_id, "/v1/responses"),
        frames=each(of_responses(_drop_previous_id)),
    ),
    Fault(
        "st.replay_rejected",
        "A finished image_generation_call sent back as it came is refused for its own fields.",
        answer=refusing(
            both(posted("/responses"), _replays_whole_call),
            400,
            "Unknown parameter: 'input[1].status'.",
            code="unknown_parameter",
            param="input[1].status",
        ),
    ),
    Fault(
        "st.store_false_leak",
        "A response asked not to be stored can be fetched.",
        request=partial(_storing, store=True),
        answer=_reported_as_asked,
        frames=each(of_responses(lambda response: {**response, "store": False})),
    ),
    Fault(
        "st.store_forced_false",
        "Nothing is stored, whatever was asked for: a response's id is of no use in the next turn.",
        request=partial(_storing, store=False),
    ),
    Fault(
        "iso.cross_talk",
        "Of requests that arrive at the same moment, one is answered with what another asked for.",
        start=_mixed,
    ),
    Fault(
        "iso.left_over",
        "The answer that a client did not wait for is given to the next request.",
        start=_left_over,
    ),
)
