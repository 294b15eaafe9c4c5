"""What is taken out of every answer of an honest gateway, and what a probe may then still find.

A probe whose subject is missing is unproven, for want of a prerequisite: it is neither green nor red. Red is left to
the probes whose requirement is that the subject comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Final

import orjson

from gateprobe.evidence import Exchange, failure
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Cause, Json, Observed, Tier
from gateprobe.plan.planning import Item, items_for
from gateprobe.request import Transport
from tests.support.evidence.evidence_builders import (
    REMOVED,
    Captured,
    Change,
    broken,
    events_of,
    everywhere,
    honest,
    record_of,
    with_body,
    with_events,
    with_json,
    with_messages,
)

_CALL: Final = "image_generation_call"


def _without_calls(exchange: Exchange) -> Exchange:
    """Leave the image calls out of an answer, and the pictures out of an answer of the Images API."""
    if exchange.request.transport is Transport.WEBSOCKET and exchange.status == 101:
        return with_messages(exchange, [_less(message) for message in exchange.messages if not _of_call(message)])
    if exchange.is_stream:
        return with_events(exchange, [_less(event) for event in events_of(exchange) if not _of_call(event)])
    if exchange.ok and exchange.content_type == "application/json" and exchange.body:
        return with_json(exchange, _less(orjson.loads(exchange.body)))
    return exchange


def _of_call(event: Json) -> bool:
    item = event.get("item")
    kind = str(event.get("type"))
    return f".{_CALL}." in kind or (isinstance(item, dict) and item.get("type") == _CALL) or kind.startswith("image_")


def _less(value: Json) -> Json:
    if isinstance(value, dict):
        less = {name: _less(inner) for name, inner in value.items()}
        if isinstance(less.get("data"), list) and "created" in less:
            less["data"] = []
        return less
    if isinstance(value, list):
        return [_less(inner) for inner in value if not (isinstance(inner, dict) and inner.get("type") == _CALL)]
    return value


def _without_events(exchange: Exchange) -> Exchange:
    return with_body(exchange, b": nothing here\n\n") if exchange.is_stream else exchange


def _without_stream(exchange: Exchange) -> Exchange:
    """Answer a request for a stream with JSON that says nothing."""
    return with_json(exchange, {}) if exchange.is_stream else exchange


def _without_list(exchange: Exchange) -> Exchange:
    """Answer with an empty list of models."""
    is_list = exchange.ok and exchange.request.path.endswith("/models")
    return with_json(exchange, {"object": "list", "data": []}) if is_list else exchange


def _without_partials(exchange: Exchange) -> Exchange:
    if not exchange.is_stream:
        return exchange
    return with_events(
        exchange, [event for event in events_of(exchange) if not str(event["type"]).endswith(".partial_image")]
    )


def _without_answer(exchange: Exchange) -> Exchange:
    """Break the connection before an answer begins."""
    reason = failure(Cause.NETWORK, "the connection broke")
    lost = replace(
        exchange.last, status=None, headers=(), sha256="", length=0, arrivals=(), failure=reason, left=True, defect=None
    )
    return replace(exchange, attempts=(lost,))


REMOVALS: Final[Mapping[str, Change]] = {
    "call": _without_calls,
    "events": _without_events,
    "stream": _without_stream,
    "usage": everywhere("usage", REMOVED),
    "list": _without_list,
    "partials": _without_partials,
    "answers": _without_answer,
}
"""What is taken out of every answer, by name."""

RED: Final[Mapping[str, frozenset[str]]] = {
    "call": frozenset(
        (
            *("websocket_picture_arrives", "streamed_picture_arrives", "plain_picture_arrives", "picture_comes"),
            *("picture_comes_for_a_bare_prompt", "generation_is_streamed", "picture_is_edited", "edit_is_streamed"),
            *("large_picture_arrives_whole", "streams_end_once"),
            *("sequence_numbers_have_no_gap", "output_indices_have_no_gap"),  # of the events that were taken out
        )
    ),
    "events": frozenset(
        (
            *("text_is_streamed", "streamed_picture_arrives", "generation_is_streamed", "edit_is_streamed"),
            *("streams_end_once", "frames_are_sound", "large_picture_arrives_whole"),
            "frames_are_openais",  # of the comment that is left
        )
    ),
    "stream": frozenset(
        (
            *("text_is_streamed", "text_comes_back_whole", "streamed_picture_arrives", "generation_is_streamed"),
            *("edit_is_streamed", "streamed_edit_uses_the_picture", "stream_type_is_event_stream"),
            *("large_picture_arrives_whole", "large_pictures_are_drawn_in_their_size", "paid_answers_report_usage"),
        )
    ),
    "usage": frozenset(
        (
            *("response_has_its_fields", "websocket_events_keep_the_rules", "plain_picture_has_its_fields"),
            *("usage_adds_up", "usage_of_a_picture_is_complete", "paid_answers_report_usage"),
            *("events_have_their_fields", "events_are_whole"),
        )
    ),
    "list": frozenset({"models_are_listed"}),
    "partials": frozenset(
        (
            *("partials_come_when_asked", "partials_come_at_all"),
            "sequence_numbers_have_no_gap",  # of the events that were taken out
        )
    ),
    "answers": frozenset(),
}
"""The probes whose requirement is that what was taken out comes, by its name."""

_EMPTY: Final = re.compile(
    r"(?<![\d.])(?:0 of|0 entries|0 partial pictures and)\b|\bof 0\b(?!\.)|(?:frames|streams|messages): 0\b"
)
_TIMED: Final = frozenset({"events_are_not_held_back", "streams_are_not_held_back_whole", "first_event_comes_soon"})
"""Probes of arrival times, which a shorter body changes."""


@cache
def _without(removal: str) -> Captured:
    return broken(honest(), REMOVALS[removal])


def items() -> tuple[Item, ...]:
    """Return every item of the deep tier, for OpenAI's own claims."""
    return items_for(reference(), probes(), Tier.DEEP)


def problems(removal: str, judged: Iterable[Item]) -> Iterator[str]:
    """Yield each item that is green on nothing, or red though its requirement is another one."""
    for item in judged:
        record = record_of(item.probe.id, _without(removal), value=item.value)
        if record.observed is Observed.HONOURED:
            if _EMPTY.search(record.reason):
                yield f"{item.id} is green on nothing: {record.reason}"
        elif record.observed is Observed.UNOBSERVED:
            causes = {Cause.PREREQUISITE, Cause.UNOBSERVABLE, Cause.HARNESS}
            if record.cause not in (causes | {Cause.NETWORK} if removal == "answers" else causes):
                yield f"{item.id} is unproven for {record.cause}: {record.reason}"
        elif item.probe.id not in RED[removal] | _TIMED:
            before = record_of(item.probe.id, honest(), value=item.value)
            if before.observed is not record.observed:
                yield f"{item.id} is red: {record.reason}"
