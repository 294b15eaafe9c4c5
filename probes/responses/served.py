"""How a response was served: by which tier, and what moderation found."""

from __future__ import annotations

from typing import Final

from gateprobe.build import responses
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, honoured, ignored, inapplicable, malformed
from gateprobe.probe import probe
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import WORD
from ..support.exchanges import EVERYTHING, clear

TIERS: Final = ("auto", "fast", "flex")
_SERVING: Final = ("default", "flex", "scale", "priority", "ultrafast")
"""The tiers that a finished Response can have: `auto` is decided by then, and `fast` is served as `priority`."""
_RESULTS: Final = ("moderation_result", "error")


@scenario()
def served_by_tier(gateway: Gateway, tier: str) -> Steps:
    """Ask for one word with a service tier."""
    yield responses(gateway, WORD, service_tier=tier, note=f"service_tier {tier}")


@scenario()
def moderated_word(gateway: Gateway) -> Steps:
    """Ask for one word with moderation results."""
    policy = {"input": {"mode": "score"}, "output": {"mode": "score"}}
    moderation = {"model": "omni-moderation-latest", "policy": policy}
    yield responses(gateway, WORD, moderation=moderation, note="moderation results")


@probe(
    "responses.service_tier",
    needs=served_by_tier,
    level="info",
    values=TIERS,
    accepts=EVERYTHING,
    vendor_only=True,
)
def tier_that_served_is_named(evidence: Evidence, claim: Claim, tier: str) -> Finding:
    """With `service_tier`, the Response names the tier that served it: never `auto`, and `priority` for `fast`."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    stated = exchange.response.get("service_tier")
    if stated is None:
        return inapplicable("the Response has no service_tier").at(exchange.place)
    if stated not in _SERVING:
        return malformed(
            "option.misreported",
            "asked for the service_tier {tier}, the finished Response has {stated}",
            option="service_tier",
            tier=tier,
            stated=json_text(stated, 40),
        ).at(exchange.place)
    return honoured("asked for the service_tier {tier}, served by {stated}", tier=tier, stated=str(stated)).at(
        exchange.place
    )


@probe("responses.moderation", needs=moderated_word, level="info", accepts=EVERYTHING, vendor_only=True)
def moderation_results_are_returned(evidence: Evidence, claim: Claim) -> Finding:
    """With `moderation`, the Response has a result, or an error, for its input and for its output."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    results = exchange.response.get("moderation")
    if not isinstance(results, dict):
        return ignored(
            "option.ignored",
            "asked for moderation results, `moderation` of the Response is {stated}",
            option="moderation",
            stated=json_text(results, 60),
        ).at(exchange.place)
    for side in ("input", "output"):
        kind = at(results, side, "type")
        if kind not in _RESULTS:
            return malformed(
                "answer.fields",
                "`moderation.{side}` of the Response has the type {kind}",
                side=side,
                kind=json_text(kind, 40),
            ).at(exchange.place)
    return honoured("the Response has moderation results for its input and its output").at(exchange.place)
