"""Read the messages of a WebSocket answer as streams: broken rules, terminal events and texts."""

from __future__ import annotations

from collections.abc import Iterator

import orjson

from gateprobe.evidence import Exchange
from gateprobe.message import Message, message
from gateprobe.model import Json, Level, Seen, malformed
from gateprobe.stream import AnswerKind, Framing, Violation, fault_kind_of, judge_stream

_ENDS = ("response.completed", "response.incomplete", "response.failed")


def broken_rule(exchange: Exchange, *also: str) -> Seen | None:
    """Return the finding about the first rule of streams that the messages break at level must; None without one.

    `also` are rules of lower levels that count here.
    """
    frames = b"".join(b"data: " + orjson.dumps(event) + b"\n\n" for event in exchange.messages)
    judged = judge_stream(AnswerKind.RESPONSES, frames, exchange.asked, framing=Framing.NONE)
    broken = [violation for violation in judged.violations if violation.level is Level.MUST or violation.rule in also]
    if not broken:
        return None
    first = broken[0]
    return malformed(
        fault_kind_of(first),
        "{place}: {violation} [{rule}]; violations: {number}",
        place=_where(first),
        violation=first.message,
        rule=first.rule,
        number=len(broken),
    ).at(exchange.place)


def _where(violation: Violation) -> Message:
    if violation.event is None:
        return message("the whole answer")
    return message(
        "message {number} ({type})", number=violation.event, type=violation.type or message("without a type")
    )


def events_of(exchange: Exchange) -> Iterator[dict[str, Json]]:
    """Yield the messages that are objects."""
    yield from (event for event in exchange.messages if isinstance(event, dict))


def ends_of(exchange: Exchange) -> list[dict[str, Json]]:
    """Return the terminal events of the responses, in order."""
    return [
        event for event in events_of(exchange) if event.get("type") in _ENDS and isinstance(event.get("response"), dict)
    ]


def text_of(event: dict[str, Json]) -> str:
    """Return the text of a terminal event's response; empty where it has none."""
    output = event["response"].get("output")
    parts = [
        part
        for item in (output if isinstance(output, list) else ())
        if isinstance(item, dict) and isinstance(item.get("content"), list)
        for part in item["content"]
    ]
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "".join(text for text in texts if isinstance(text, str))
