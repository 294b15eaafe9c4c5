"""Lanes of a WebSocket: simultaneous responses, each with the `stream_id` of its request."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from gateprobe.build import responses
from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.request import Following, Transport, prompt_in
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import single_word, word_asked
from ..support.exchanges import EVERYTHING, clear
from ..support.sockets import broken_rule, ends_of, events_of, text_of

_LANES: Final = tuple(
    Phrase(f"lane-{letter}", f"{{word {number}}}-{{hex 4}}") for letter, number in (("a", 7), ("b", 8))
)
_ASKED: Final = (
    (_LANES[0], single_word("kumquat", 20)),
    (_LANES[1], single_word("mango", 21)),
    (_LANES[0], single_word("papaya", 22)),
)
"""The requests of each lane; the two of the first lane follow each other."""
_COUNTED_TOGETHER: Final = "stream.sequence_number.gap"
_ANSWERS: Final = ("response.steer.accepted", "response.steer.failed", "response.steer.pending", "error")
"""Types of events that concern the connection, or a message on no lane."""
_INTRODUCING: Final = ("response.created", "response.output_item.added")
"""Types of events that name a response or an item for the first time; gateways may name items alike on each lane."""


@scenario(requests=2, tier="deep")
def websocket_lanes(gateway: Gateway) -> Steps:
    """Ask for a word on a lane of a WebSocket, then for three words at once on two lanes; deep, as it may never end."""
    lane, question = _ASKED[0]
    request = responses(gateway, question, transport=Transport.WEBSOCKET, stream_id=lane, note="one lane")
    answer: Exchange = yield request
    if not answer.ok or answer.error is not None:
        return
    asked = [
        responses(gateway, question, transport=Transport.WEBSOCKET, stream_id=lane).json for lane, question in _ASKED
    ]
    yield request.with_(note="two lanes", following=tuple(Following(value) for value in asked[1:]))


def _words(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """Return the lane and the word of each message, in order."""
    request = exchange.request
    bodies = (request.json, *(following.value for following in request.following))
    return tuple((str(body["stream_id"]), word_asked(prompt_in(body))) for body in bodies)


@probe("responses.websocket_lanes", needs=websocket_lanes, level="info", accepts=EVERYTHING)
def lanes_are_kept_apart(evidence: Evidence, claim: Claim) -> Finding:
    """On a WebSocket, the events of each response have its `stream_id` and form a stream of their own."""
    events = 0
    for exchange in evidence.exchanges:
        judged = clear(exchange, claim)
        if not isinstance(judged, Exchange):
            return judged
        words = _words(exchange)
        wrong = _not_echoed(exchange, {lane for lane, _ in words}) or _mixed(exchange, words)
        wrong = wrong or broken_rule(exchange, *([_COUNTED_TOGETHER] if _share_numbers(exchange) else []))
        if wrong:
            return wrong
        events += len(exchange.messages)
    if not events:
        return nothing_to_judge("no event was received on any lane")
    return honoured(
        "each of {events} events carries the stream_id that was asked for, and each response is a stream of its own",
        events=events,
    )


def _share_numbers(exchange: Exchange) -> bool:
    """Return whether no number came on two lanes: gaps of a lane may be the numbers of another, or just gaps."""
    numbers: defaultdict[str, list[Json]] = defaultdict(list)
    for event in exchange.messages:
        if isinstance(event, dict) and isinstance(event.get("sequence_number"), int):
            numbers[json_text(event.get("stream_id"), 60)].append(event["sequence_number"])
    sent = [number for lane in numbers.values() for number in lane]
    return len(numbers) > 1 and len(sent) == len(set(sent))


def _not_echoed(exchange: Exchange, lanes: set[str]) -> Seen | None:
    """Return the finding about an event on a lane that was not asked for, or on none."""
    for event in exchange.messages:
        lane, kind = (event.get("stream_id"), event.get("type")) if isinstance(event, dict) else (None, event)
        if (isinstance(lane, str) and lane in lanes) or (lane is None and str(kind) in _ANSWERS):
            continue
        return ignored(
            "option.ignored",
            "asked with stream_id {lanes}, an event of type {type} has the stream_id {other}",
            option="stream_id",
            lanes=" and ".join(sorted(lanes)),
            type=json_text(kind, 60),
            other=json_text(lane, 60),
        ).at(exchange.place)
    return None


def _mixed(exchange: Exchange, words: tuple[tuple[str, str], ...]) -> Seen | None:
    """Return the finding about an event, or an answer, on the lane of another response."""
    introduced: defaultdict[str, set[str]] = defaultdict(set)
    for event in events_of(exchange):
        if str(event.get("type")) in _INTRODUCING:
            for name in _names(event):
                introduced[name].add(str(event.get("stream_id")))
    for event in events_of(exchange):
        lane = str(event.get("stream_id"))
        other = next((lanes for name in _names(event) if (lanes := introduced.get(name)) and lane not in lanes), None)
        if other is not None:
            return malformed(
                "stream.lanes_mixed",
                "an event of type {type} is on lane {lane!q}, its response on lane {other!q}",
                type=json_text(event.get("type"), 60),
                lane=lane,
                other=" and ".join(sorted(other)),
            ).at(exchange.place)
    waiting = {lane: [word for other, word in words if other == lane] for lane, _ in words}
    for event in ends_of(exchange):
        lane, text = str(event.get("stream_id")), text_of(event).lower()
        expected = waiting[lane].pop(0) if waiting.get(lane) else ""
        foreign = next((word for _, word in words if word in text and expected not in text), None)
        if foreign is not None:
            return malformed(
                "stream.lanes_mixed",
                "the answer on lane {lane!q} is {word!q}, expected {expected!q}",
                lane=lane,
                word=foreign,
                expected=expected,
            ).at(exchange.place)
    return None


def _names(event: dict[str, Json]) -> list[str]:
    """Return the ids in an event of what belongs to one response: itself, and its items."""
    values = [event.get("item_id")]
    values += [part.get("id") for name in ("response", "item") if isinstance(part := event.get(name), dict)]
    return [value for value in values if isinstance(value, str)]
