"""Browsers: whether a page may send requests to the API and read its answers (CORS, Fetch standard)."""

from __future__ import annotations

import re
from typing import Final

from gateprobe.build import models
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Claim, Finding, honoured, ignored, refused
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import Auth, Request
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from .scenarios.errors import draws

ORIGIN: Final = Phrase("https://app.example", "https://{word 19}.example")
"""The page that a browser would call from."""


@scenario()
def preflight(gateway: Gateway) -> Steps:
    """Ask as a browser does before a page may send a key."""
    surface = gateway.path("generations") if draws(gateway) else gateway.path("responses")
    headers = (
        ("origin", ORIGIN.of(gateway.seed)),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    )
    yield Request("OPTIONS", surface or "/responses", auth=Auth.NONE, headers=headers)


@scenario()
def from_a_page(gateway: Gateway) -> Steps:
    """Ask for the models list as a page in a browser does."""
    asked = models(gateway)
    yield asked.with_(headers=(*asked.headers, ("origin", ORIGIN.of(gateway.seed))))


@probe("transport.cors_preflight", needs=preflight, level="info", accepts=(REFUSAL, Cause.AUTH))
def preflight_is_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """A browser's preflight, which carries no key, is answered: this page may send a key and JSON."""
    exchange = evidence.last
    if not exchange.ok:
        return refused("transport.cors", "the preflight is answered with HTTP {status}", status=exchange.status).at(
            exchange.place
        )
    if not _may_read(exchange):
        return _not_for_pages(exchange)
    allowed = (exchange.last.header("access-control-allow-headers") or "").lower()
    missing = [name for name in ("authorization", "content-type") if name not in re.split(r"[\s,]+", allowed)]
    if "*" in allowed:
        missing = [name for name in missing if name == "authorization"]  # a star does not cover it (Fetch standard)
    if missing:
        return ignored("transport.cors", "the preflight does not allow {names}", names=tuple(missing)).at(
            exchange.place
        )
    return honoured("HTTP {status}: a page may send authorization and content-type", status=exchange.status)


@probe("transport.cors_response", needs=from_a_page, level="info", accepts=(REFUSAL,))
def page_may_read_the_answer(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer allows the page that sent the request to read it."""
    exchange = evidence.last
    if not _may_read(exchange):
        return _not_for_pages(exchange)
    origin = exchange.last.header("access-control-allow-origin") or ""
    return honoured("a page may read the answer: Access-Control-Allow-Origin is {origin!q}", origin=origin[:60])


def _not_for_pages(exchange: Exchange) -> Finding:
    return ignored(
        "transport.cors",
        "HTTP {status} without an Access-Control-Allow-Origin for a page",
        status=exchange.status,
    ).at(exchange.place)


def _may_read(exchange: Exchange) -> bool:
    origin = dict(exchange.request.headers)["origin"]
    return exchange.last.header("access-control-allow-origin") in {"*", origin}
