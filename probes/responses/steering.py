"""Steering on a WebSocket: new input stops a running response, and a successor follows it."""

from __future__ import annotations

from typing import Final

from gateprobe.build import responses
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, inapplicable, malformed, refused
from gateprobe.probe import probe
from gateprobe.request import RESPONSE_ID, Following, Transport, prompt_in
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import COUNT, single_word, word_asked
from ..support.exchanges import EVERYTHING, clear
from ..support.sockets import broken_rule, ends_of, events_of, text_of

_STOP: Final = Phrase(
    "Stop counting. Reply with the single word: mango.",
    f"{{Stop counting|Count no further|Stop that}}. {single_word('mango', 21).template}",
)
_LONG: Final = Phrase("Count from 1 to 400, in digits, with commas.", COUNT.template.replace("180..240", "380..420"))
_DELTA: Final = "response.output_text.delta"
_STEER: Final = "response.steer"
_LATE: Final = ("response_already_completed", "response_not_active", "response_not_found")
"""Codes of steering that came after the end of its response."""


@scenario(tier="deep")
def websocket_steered(gateway: Gateway) -> Steps:
    """Over a WebSocket, ask for a long text, and steer it to a single word as soon as it begins."""
    steer = {
        "type": _STEER,
        "previous_response_id": RESPONSE_ID,
        "input": _STOP.of(gateway.seed),
    }
    asked = responses(gateway, _LONG, transport=Transport.WEBSOCKET)
    yield asked.with_(following=(Following(steer, after=_DELTA),))


@probe("responses.websocket_steer", needs=websocket_steered, level="info", accepts=EVERYTHING)
def running_response_is_steered(evidence: Evidence, claim: Claim) -> Finding:
    """On a WebSocket, `response.steer` is accepted, and the successor of the running response follows its input."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return (_refused(evidence[0]) if isinstance(exchange, Seen) else None) or exchange
    ends = ends_of(exchange)
    if not any(event.get("type") == _DELTA for event in events_of(exchange)):
        return inapplicable("the answer had no deltas, so nothing was steered").at(exchange.place)
    if failed := _event(exchange, "failed"):
        return _failed(exchange, failed)
    accepted = _event(exchange, "accepted")
    if accepted is None:
        return ignored("steer.lost", "response.steer was sent, and no event answers it").at(exchange.place)
    with exchange.placing_errors():
        target, name = at(accepted, "steer", "previous_response_id"), at(accepted, "steer", "id")
    steered = ends[0]["response"].get("id") if ends else None
    if not isinstance(name, str) or target != steered:
        return malformed(
            "answer.fields",
            "response.steer.accepted names the response {target}, expected {steered}; its id is {name}",
            target=json_text(target, 60),
            steered=json_text(steered, 60),
            name=json_text(name, 60),
        ).at(exchange.place)
    if broken := broken_rule(exchange):
        return broken
    return _followed(exchange, ends)


def _followed(exchange: Exchange, ends: list[dict[str, Json]]) -> Finding:
    """Judge that a successor exists, continues the steered response, and follows the steering input."""
    if _event(exchange, "pending"):
        return inapplicable("the steering input waits for the results of tools").at(exchange.place)
    if len(ends) <= 1:
        return ignored("steer.lost", "response.steer was accepted, and no response follows").at(exchange.place)
    first, last = (end["response"] for end in (ends[0], ends[-1]))
    if "previous_response_id" in last and last["previous_response_id"] != first.get("id"):
        return malformed(
            "steer.lost",
            "the successor continues the response {previous}, expected {steered}",
            previous=json_text(last.get("previous_response_id"), 60),
            steered=json_text(first.get("id"), 60),
        ).at(exchange.place)
    text, word = text_of(ends[-1]), word_asked(prompt_in(exchange.request.following[0].value))
    if word not in text.lower():
        return ignored(
            "steer.lost", "steered to the word {word!q}, the successor says {text!q}", word=word, text=text[:80]
        ).at(exchange.place)
    return honoured(
        "the response is {status}, its successor says {text!q}",
        status=json_text(first.get("status"), 40),
        text=text[:80],
    ).at(exchange.place)


def _event(exchange: Exchange, outcome: str) -> dict[str, Json] | None:
    """Return the first event that answers steering in one way."""
    return next((event for event in events_of(exchange) if event.get("type") == f"{_STEER}.{outcome}"), None)


def _failed(exchange: Exchange, event: dict[str, Json]) -> Finding:
    """Judge steering that failed: if it was too late, nothing can be judged; otherwise it was refused."""
    with exchange.placing_errors():
        code = at(event, "error", "code")
    if code in _LATE:
        return inapplicable("the response had ended before it was steered: {code}", code=json_text(code, 60)).at(
            exchange.place
        )
    return refused("option.refused", "response.steer was refused: {code}", option=_STEER, code=json_text(code, 60)).at(
        exchange.place
    )


def _refused(exchange: Exchange) -> Finding | None:
    """Return the refusal of a steering message by an error, while its response was answered; None for another error."""
    if exchange.status != 101 or exchange.error is None or not ends_of(exchange):
        return None
    return refused("option.refused", "response.steer: {answer}", option=_STEER, answer=exchange.summary).at(
        exchange.place
    )
