"""WebSocket mode of the Responses API: a picture, the next turn on the same connection, and two errors."""

from __future__ import annotations

from typing import Final

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Observed, Seen, honoured, ignored, malformed
from gateprobe.probe import probe
from gateprobe.request import JsonBody, Transport
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..responses.edit import MAKE_BLUE
from ..responses.state import NO_SUCH_RESPONSE
from ..scenarios.responses import SQUARE_ON_PAGE, WORD
from ..support.exchanges import EVERYTHING, clear, drawn, step, turned_from
from ..support.refused import names_in
from ..support.sockets import broken_rule

_WS: Final = Transport.WEBSOCKET
_NO_SUCH_TYPE: Final = Phrase("gateprobe.invented", "{word 18}.{hex 4}")


@scenario(images=2, requests=4)
def websocket_turns(gateway: Gateway) -> Steps:
    """Over one WebSocket: draw, continue it, send a message of an unknown type, continue an invented response.

    If the first answer is lost, a word is asked for three times, which shows whether every request fails.
    """
    tools = [image_tool(gateway)]
    first: Exchange = yield responses(gateway, SQUARE_ON_PAGE, tools=tools, transport=_WS, buys=1, note="draw")
    if first.last.failure is not None:
        for _ in range(3):
            yield responses(gateway, WORD, transport=_WS)
        return
    if not first.ok or first.error is not None:
        return
    try:
        name = at(first.response, "id")
    except MalformedAnswerError:
        return  # the probe of the first step judges it
    yield responses(
        gateway, MAKE_BLUE, previous_response_id=name, tools=tools, transport=_WS, buys=1, note="by response id"
    )
    unknown = responses(gateway, WORD, transport=_WS, note="unknown message")
    yield unknown.with_(body=JsonBody({"type": _NO_SUCH_TYPE.of(gateway.seed)}))
    yield responses(gateway, WORD, previous_response_id=NO_SUCH_RESPONSE, transport=_WS, note="invented response id")


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_response_is_continued(evidence: Evidence, claim: Claim) -> Finding:
    """Over one WebSocket, a square is drawn, and a request with its response's id changes its colour."""
    exchange = step(evidence, "by response id", claim, refused_with="state.not_stored")
    if not isinstance(exchange, Exchange):
        return exchange
    return turned_from(evidence[0], exchange, fault_kind="state.context_lost")


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket answers a `response.create` message with events up to `response.completed`, and a picture."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    number = len(exchange.messages)
    with exchange.placing_errors():
        last = at(exchange.messages[-1], "type")
    if last != "response.completed":
        return malformed(
            "stream.no_terminal",
            "the last message has the type {type} (messages: {number})",
            number=number,
            type=json_text(last),
        ).at(exchange.place)
    return honoured("received a picture of {size} (messages: {number})", number=number, size=picture.size)


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_events_keep_the_rules(evidence: Evidence, claim: Claim) -> Finding:
    """The events of a WebSocket answer keep the rules of streams, except those about framing."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if broken := broken_rule(exchange):
        return broken
    return honoured("every rule is kept (messages: {number})", number=len(exchange.messages))


def _error_frame(evidence: Evidence, note: str, claim: Claim, fault_kind: str, option: str = "") -> Finding:
    """Judge that a message was answered with an error frame; `fault` and `option` are the kind where it was not."""
    exchange = evidence.noted(note)
    if exchange is None or exchange.last.failure is not None:
        result = step(evidence, note, claim)
        if not isinstance(result, Exchange):
            return result
        return malformed("stream.error_malformed", "{answer}", answer=result.summary).at(result.place)
    if exchange.error is None:
        return ignored(
            fault_kind,
            "{request}: no message is an error (messages: {number})",
            option=option,
            request=note,
            number=len(exchange.messages),
        ).at(exchange.place)
    last = exchange.messages[-1]
    with exchange.placing_errors():
        kind = at(last, "type")
        is_error = kind == "error" and isinstance(at(last, "error"), dict)
    if not is_error:
        return malformed(
            "stream.error_malformed",
            "{request}: the error came as a message of type {type}",
            request=note,
            type=json_text(kind),
        ).at(exchange.place)
    return honoured("{request}: {answer}", request=note, answer=exchange.summary)


def _asked(exchange: Exchange) -> str:
    """Return the invented id that a message asked for."""
    return NO_SUCH_RESPONSE.find_in(names_in(exchange.request))


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="should", accepts=EVERYTHING)
def websocket_bogus_response_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Over a WebSocket, an invented previous_response_id is answered with an error frame that names it."""
    finding = _error_frame(evidence, "invented response id", claim, "state.context_lost")
    exchange, error = evidence.last, evidence.last.error
    if finding.observed is not Observed.HONOURED or error is None:
        return finding
    if "previous_response" not in f"{error.code} {error.param}" and _asked(exchange) not in error.message:
        return malformed(
            "errors.reason_missing",
            "neither `code` nor `param` of the error names what is wrong: {answer}",
            answer=exchange.summary,
        ).at(exchange.place)
    return finding


@probe("responses.previous_response_id_websocket", needs=websocket_turns, level="info", accepts=EVERYTHING)
def websocket_unknown_message_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Over a WebSocket, a message of an unknown type is answered with an error frame."""
    return _error_frame(evidence, "unknown message", claim, "option.invalid_accepted", "unknown message")
