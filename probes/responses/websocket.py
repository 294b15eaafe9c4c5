"""WebSocket mode of the Responses API: a picture, the next turn on the same connection, and two errors."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Level, Observed, Seen, honoured, ignored, malformed
from gateprobe.probe import probe
from gateprobe.request import JsonBody, Transport
from gateprobe.scenario import Steps, scenario
from gateprobe.stream import AnswerKind, Framing, judge_stream

from ..responses.edit import MAKE_BLUE
from ..responses.state import NO_SUCH_RESPONSE
from ..scenarios.responses import WORD
from ..support.exchanges import EVERYTHING, clear, count, drawn, step, turned_from

_WS: Final = Transport.WEBSOCKET


@scenario(images=2, requests=4, tier="deep")
def websocket_turns(gateway: Gateway) -> Steps:
    """Over one WebSocket: draw, go on from it, send a message of no known type, go on from an invented response."""
    tools = [image_tool(gateway)]
    first: Exchange = yield responses(gateway, RED_SQUARE, tools=tools, transport=_WS, buys=1, note="draw")
    if not first.ok or first.error is not None:
        return
    try:
        name = at(first.response, "id")
    except MalformedAnswerError:
        return  # judged where it came
    yield responses(
        gateway, MAKE_BLUE, previous_response_id=name, tools=tools, transport=_WS, buys=1, note="by response id"
    )
    message = responses(gateway, WORD, transport=_WS, note="unknown message")
    yield message.with_(body=JsonBody({"type": "gateprobe.invented"}))
    yield responses(gateway, WORD, previous_response_id=NO_SUCH_RESPONSE, transport=_WS, note="invented response id")


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_response_is_continued(evidence: Evidence, claim: Claim) -> Finding:
    """Over one WebSocket, a red square is drawn, and "make it blue" with its response's id gives it in blue."""
    exchange = step(evidence, "by response id", claim)
    return turned_from(evidence[0], exchange) if isinstance(exchange, Exchange) else exchange


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket answers a `response.create` message with events up to `response.completed`, and a picture."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    last = at(exchange.messages[-1], "type")
    if last != "response.completed":
        return malformed(f"{len(exchange.messages)} messages came, the last of type {last!r:.80}")
    return honoured(f"{len(exchange.messages)} messages came, and a picture of {picture.size}")


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_events_keep_the_rules(evidence: Evidence, claim: Claim) -> Finding:
    """The events of a WebSocket answer keep what the rules of streams require, but for framing."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    frames = b"".join(b"data: " + orjson.dumps(message) + b"\n\n" for message in exchange.messages)
    judged = judge_stream(AnswerKind.RESPONSES, frames, exchange.asked, framing=Framing.NONE)
    wrong = [violation for violation in judged.violations if violation.level is Level.MUST]
    if wrong:
        where = "the whole" if wrong[0].event is None else f"message {wrong[0].event} ({wrong[0].type or 'no type'})"
        return malformed(f"{where}: {wrong[0].message} [{wrong[0].rule}]; {count(len(wrong), 'violation')}")
    return honoured(f"{count(len(exchange.messages), 'message')}: every rule kept")


def _error_frame(evidence: Evidence, note: str, claim: Claim) -> Finding:
    """Judge that a message was answered with an error frame."""
    exchange = evidence.noted(note)
    if exchange is None or exchange.last.failure is not None:
        found = step(evidence, note, claim)
        if not isinstance(found, Exchange):
            return found
        return malformed("stream.error_malformed", "{answer}", answer=found.summary).at(found.place)
    if exchange.error is None:
        return ignored(f"{note}: {len(exchange.messages)} messages came, none of them an error")
    last = exchange.messages[-1]
    if at(last, "type") != "error" or not isinstance(at(last, "error"), dict):
        return malformed(f"{note}: the error came as a message of type {at(last, 'type')!r:.80}")
    return honoured(f"{note}: {exchange.summary}")


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_bogus_response_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Over a WebSocket, an invented previous_response_id is answered with an error frame that says so."""
    found = _error_frame(evidence, "invented response id", claim)
    said = evidence.last.error
    if found.observed is not Observed.HONOURED or said is None:
        return found
    if "previous_response" not in f"{said.code} {said.param}" and NO_SUCH_RESPONSE not in said.message:
        return malformed(f"the error tells neither by code nor by param what is wrong: {evidence.last.summary}")
    return found


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="info", accepts=EVERYTHING)
def websocket_unknown_message_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Over a WebSocket, a message of no known type is answered with an error frame."""
    return _error_frame(evidence, "unknown message", claim)
