"""Streams of responses in the background: each can be read again after any of its events."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Final

from gateprobe.build import get, responses
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Seen,
    hidden,
    honoured,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL, probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import COUNT, WORD
from ..support.api import plain_id
from ..support.exchanges import EVERYTHING, answered, came, clear, step

_TEXT: Final = Phrase(
    "Count from 1 to 20, in digits, with commas.",
    COUNT.template.replace("180..240", "18..26"),
)
_HEARTBEAT: Final = "keepalive"
_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,200}")
_LEFT_AFTER: Final = 12_000
"""Bytes after which a stream is left: the first events, each with a whole Response, and a few words."""
_PLACES: Final = 5
"""How many places a stream is resumed at, chosen anew in each run."""


@scenario(requests=1 + _PLACES)
def background_stream(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for some words as a stream in the background, then for the rest of it after each of five events."""
    first: Exchange = yield responses(gateway, _TEXT, background=True, store=True, stream=True, note="create")
    numbers = _numbers(first)
    if not first.ok or len(numbers) <= 1:
        return
    chosen = random.Random(seed).sample(numbers[:-1], min(_PLACES, len(numbers) - 1))  # noqa: S311 - a choice of places
    for number in sorted(chosen):
        query = (("stream", "true"), ("starting_after", str(number)))
        yield get(gateway, f"{first.request.path}/{plain_id(first)}", query=query, streams=True, note="resume")


@scenario(requests=4)
def background_stream_left(gateway: Gateway) -> Steps:
    """Ask for many words as a stream in the background, leave in its beginning, ask for the rest twice, and poll."""
    first: Exchange = yield responses(gateway, COUNT, background=True, store=True, stream=True, note="create").with_(
        leave_after=_LEFT_AFTER
    )
    name, numbers = _left_id(first), _numbers(first)
    if name is None or not numbers or first.judged.terminal is not None:
        return
    for note in ("live", "again"):
        query = (("stream", "true"), ("starting_after", str(numbers[-1])))
        yield get(gateway, f"{first.request.path}/{name}", query=query, streams=True, note=note)
    yield get(gateway, f"{first.request.path}/{name}", note="poll")


@scenario(requests=2)
def plain_response_streamed(gateway: Gateway) -> Steps:
    """Ask for one word that is stored, not in the background, then for its stream."""
    first: Exchange = yield responses(gateway, WORD, store=True, note="create")
    if first.ok and first.error is None:
        path = f"{first.request.path}/{plain_id(first)}"
        yield get(gateway, path, query=(("stream", "true"),), streams=True, note="stream")


def _left_id(exchange: Exchange) -> str | None:
    """Return the id of a response whose stream was left; None where none was begun."""
    if exchange.status != 200 or not exchange.is_stream:
        return None
    for event in exchange.judged.events:
        response = event.value.get("response")
        name = response.get("id") if isinstance(response, dict) else None
        if isinstance(name, str) and _ID.fullmatch(name):
            return name
    return None


def _numbers(exchange: Exchange) -> list[int]:
    """Return the sequence numbers of a stream; none where it is no stream."""
    return [number for number, _ in _numbered(exchange) if number is not None]


def _numbered(exchange: Exchange) -> list[tuple[int | None, str]]:
    """Return the number and the type of each event of a stream; heartbeats belong to a connection and are left out."""
    if not exchange.is_stream:
        return []
    events = (event for event in exchange.judged.events if event.type != _HEARTBEAT)
    return [(_whole(event.value.get("sequence_number")), event.type) for event in events]


def _whole(value: Json) -> int | None:
    return value if type(value) is int else None


@probe("responses.background.resume", needs=background_stream, level="should", accepts=EVERYTHING)
def stream_goes_on_after_any_event(evidence: Evidence, claim: Claim) -> Finding:
    """The stream of a response in the background goes on after any event, without losing or repeating one."""
    first = clear(evidence[0], claim)
    if not isinstance(first, Exchange):
        return first
    if first.is_stream and first.judged.response is not None and first.judged.response.get("background") is not True:
        return hidden("responses.background", "no response runs in the background, so none can be resumed")
    if not first.is_stream and not first.response.get("status"):
        return nothing_to_judge("no stream came: {answer}", answer=came(first))
    finding = answered(first)
    if isinstance(finding, Seen) and finding.fault_kind:
        return finding
    whole = _numbered(first)
    resumed = [exchange for exchange in evidence.exchanges if exchange.request.note == "resume"]
    if not resumed:
        return nothing_to_judge("the stream was not resumed: {answer}", answer=first.summary)
    for exchange in resumed:
        judged = clear(exchange, claim)
        if not isinstance(judged, Exchange):
            return judged
        if wrong := _wrong(exchange, whole):
            return wrong.at(exchange.place)
    return honoured(
        "resumed at {number} of {total} events, each time with the events that follow",
        number=len(resumed),
        total=len(whole),
    )


def _wrong(exchange: Exchange, whole: Sequence[tuple[int | None, str]]) -> Finding | None:
    """Return what is wrong with a resumed stream; None where it has the events that follow, and no others."""
    after = int(dict(exchange.request.query)["starting_after"])
    if not exchange.is_stream:
        return malformed(
            "background.resume_wrong",
            "asked for the events after {after}, the answer is not a stream: {answer}",
            after=after,
            answer=exchange.summary,
        )
    expected = [(number, kind) for number, kind in whole if number is None or number > after]
    received = _numbered(exchange)
    if received == expected:
        return None
    differs = next((at for at, pair in enumerate(zip(received, expected, strict=False)) if len(set(pair)) > 1), None)
    at = min(len(received), len(expected)) if differs is None else differs
    return malformed(
        "background.resume_wrong",
        "asked for the {expected} events after {after}, received {received}; event {at} is {event}, expected {right}",
        expected=len(expected),
        after=after,
        received=len(received),
        at=at + 1,
        event=_event(received, at),
        right=_event(expected, at),
    )


def _event(events: Sequence[tuple[int | None, str]], at: int) -> str:
    return f"{events[at][1]} ({events[at][0]})" if at < len(events) else "-"


@probe("responses.background.resume", needs=background_stream_left, level="should", accepts=EVERYTHING)
def response_goes_on_without_its_client(evidence: Evidence, claim: Claim) -> Finding:
    """A background response is completed after its client left, and its stream resumes where the client left it."""
    first = evidence[0]
    was_left = first.last.failure is not None and first.last.failure.cause is Cause.HARNESS
    left = was_left and _left_id(first)
    if was_left and not left:
        return inapplicable("the stream was left before an event named its response").at(first.place)
    if not left or first.judged.terminal is not None:
        judged = first if left else clear(first, claim)
        return judged if not isinstance(judged, Exchange) else inapplicable("the stream ended before it was left")
    if not _in_background(first):
        return hidden("responses.background", "no response runs in the background, so none can be resumed")
    live, again = step(evidence, "live", claim), step(evidence, "again", claim)
    if not isinstance(live, Exchange):
        return live
    if live.is_stream and live.judged.terminal is None:
        return _endless(live, evidence.noted("poll"))
    if not isinstance(again, Exchange):
        return again
    if wrong := _wrong(live, _numbered(again)):
        return wrong.at(live.place)
    finding = answered(live)
    if isinstance(finding, Seen) and finding.fault_kind:
        return finding
    return honoured("completed after its client left, with {number} more events", number=len(_numbered(live))).at(
        live.place
    )


def _endless(live: Exchange, polled: Exchange | None) -> Finding:
    """Return the finding about a stream without an end; if its response is completed, only the end was lost."""
    if polled is not None and polled.ok and polled.response.get("status") == "completed":
        return hidden("stream.terminal", "the response is completed, but its stream has no end").at(live.place)
    return malformed(
        "background.ends_with_client",
        "after its client left, the stream goes on for {number} events and has no end",
        number=len(_numbered(live)),
    ).at(live.place)


def _in_background(exchange: Exchange) -> bool:
    responses = (event.value.get("response") for event in exchange.judged.events)
    return any(isinstance(response, dict) and response.get("background") is True for response in responses)


@probe("responses.background.plain_stream_refused", needs=plain_response_streamed, level="info", accepts=(REFUSAL,))
def plain_response_has_no_stream(evidence: Evidence, claim: Claim) -> Finding:
    """The stream of a response that was not made in the background is refused."""
    first = clear(evidence[0], claim)
    if not isinstance(first, Exchange):
        return first
    asked = step(evidence, "stream", claim)
    if isinstance(asked, Exchange):
        return malformed(
            "background.resume_wrong",
            "a stream of a response that was not in the background was asked for and is answered: {answer}",
            answer=asked.summary,
        ).at(asked.place)
    exchange = evidence.last
    if exchange.request.note != "stream":
        return nothing_to_judge("no response was stored: {answer}", answer=exchange.summary)
    if exchange.is_refusal:
        return honoured("refused: {answer}", answer=exchange.summary).at(exchange.place)
    return asked
