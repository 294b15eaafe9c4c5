"""Unusual ways to send a request: compressed, with an offer of HTTP/2, or in a large WebSocket message."""

from __future__ import annotations

from typing import Final

from gateprobe.build import data_url, image_tool, responses, user
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Seen,
    honoured,
    inapplicable,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import probe
from gateprobe.request import Transport
from gateprobe.scenario import Steps, scenario

from .scenarios.responses import MAKE_IT_BLUE, single_word
from .support import pictures as made
from .support.exchanges import ABSENT, EVERYTHING, answered, clear
from .support.packing import packed

ENCODINGS: Final = ("gzip", "zstd")
UPGRADE: Final = (
    ("connection", "Upgrade, HTTP2-Settings"),
    ("upgrade", "h2c"),
    ("http2-settings", "AAMAAABkAAQAAP__"),
)
"""What a client sends that would like HTTP/2 without TLS (RFC 7540, 3.2); Java's client does so by default."""

_OBSTACLES: Final = (401, 402, 403, 408, 429)
_WORD: Final = single_word("packed", 6)


@scenario()
def packed_request(gateway: Gateway, encoding: str) -> Steps:
    """Ask for one word with a compressed body."""
    yield packed(responses(gateway, _WORD), encoding)


@scenario()
def upgrade_offered(gateway: Gateway) -> Steps:
    """Ask for one word, and offer to go on with HTTP/2."""
    request = responses(gateway, _WORD)
    yield request.with_(headers=(*request.headers, *UPGRADE))


@scenario(tier="deep")
def large_message(gateway: Gateway) -> Steps:
    """Send a picture of 20 MB over a WebSocket, for a size that is refused, so that nothing is drawn or billed."""
    asked = user(MAKE_IT_BLUE, {"type": "input_image", "image_url": data_url(made.large(seed=gateway.seed))})
    tools = [image_tool(gateway, size="512x512")]
    yield responses(gateway, [asked], tools=tools, transport=Transport.WEBSOCKET)


def _taken(exchange: Exchange, claim: Claim, form: Json) -> Finding:
    """Judge that a request in an unusual form is answered as any other; every refusal is one of the form."""
    if exchange.status in ABSENT:
        return inapplicable("no endpoint answers text: {answer}", answer=exchange.summary)
    failure = exchange.last.failure
    lost = failure is not None and failure.cause is Cause.NETWORK and exchange.last.left
    status = exchange.status or 0
    if lost or (status >= 400 and status not in _OBSTACLES):
        return refused("request.refused", "{form}: {answer}", form=form, answer=exchange.summary).at(exchange.place)
    judged = clear(exchange, claim)
    if not isinstance(judged, Exchange):
        return judged
    finding = answered(exchange)
    if isinstance(finding, Seen) and finding.fault_kind:
        return finding
    return honoured("{form}: {text!q}", form=form, text=exchange.text[:60]).at(exchange.place)


@probe("transport.packed_request", needs=packed_request, level="info", values=ENCODINGS, accepts=EVERYTHING)
def packed_request_is_read(evidence: Evidence, claim: Claim, encoding: str) -> Finding:
    """A request whose body is compressed, and says so, is answered."""
    return _taken(evidence.last, claim, message("a request in {encoding}", encoding=encoding))


@probe("transport.upgrade_offer", needs=upgrade_offered, level="info", accepts=EVERYTHING)
def upgrade_offer_is_harmless(evidence: Evidence, claim: Claim) -> Finding:
    """A request that offers HTTP/2 without TLS is answered, with or without it."""
    exchange = evidence.last
    if exchange.status == 101:
        return honoured("the offer of HTTP/2 was taken").at(exchange.place)
    return _taken(exchange, claim, message("a request that offers HTTP/2"))


@probe("transport.large_message", needs=large_message, level="info", accepts=EVERYTHING)
def large_message_is_read(evidence: Evidence, claim: Claim) -> Finding:
    """A WebSocket message of more than 16 MiB reaches the API, which refuses it for another reason than its bytes."""
    exchange = evidence.last
    size = len(made.large()) * 4 / 3 / (1 << 20)
    if exchange.status != 101:
        return inapplicable("no WebSocket was opened: {answer}", answer=exchange.summary)
    failure = exchange.last.failure
    if failure is not None and failure.cause is Cause.NETWORK:
        return refused(
            "request.too_large", "a WebSocket message of {size:.0f} MiB: {answer}", size=size, answer=exchange.summary
        ).at(exchange.place)
    if failure is not None:
        judged = clear(exchange, claim)
        return judged if not isinstance(judged, Exchange) else nothing_to_judge("no answer came")
    try:
        number = len(exchange.messages)
    except MalformedAnswerError:
        number = 0
    return honoured(
        "a WebSocket message of {size:.0f} MiB was read and answered (messages: {number})", size=size, number=number
    ).at(exchange.place)
