"""Encrypted reasoning, which a client keeps of an unstored response and sends back in its next turn."""

from __future__ import annotations

from typing import Final

from gateprobe.build import responses, user
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, honoured, ignored, inapplicable
from gateprobe.probe import probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import WORD
from ..support.exchanges import EVERYTHING, answered, clear, step

_QUESTION: Final = Phrase(
    "Is 391 a prime number? Reply with yes or no.",
    "Is {301..999} {a prime number|prime|a prime}? {Reply|Answer|Respond} with yes or no.",
)
_ENCRYPTED: Final = "reasoning.encrypted_content"


@scenario(requests=2)
def reasoning_sent_back(gateway: Gateway) -> Steps:
    """Ask with encrypted reasoning and without storing, then send the whole output back before another question."""
    options: dict[str, Json] = {"store": False, "include": [_ENCRYPTED], "reasoning": {"effort": "low"}}
    first: Exchange = yield responses(gateway, _QUESTION, **options, note="reason")
    if first.ok and first.error is None and _encrypted(first):
        asked: list[Json] = [user(_QUESTION), *first.items, user(WORD)]
        yield responses(gateway, asked, **options, note="send back")


def _reasoning(exchange: Exchange) -> list[dict[str, Json]]:
    return [item for item in exchange.items if item.get("type") == "reasoning"]


def _encrypted(exchange: Exchange) -> bool:
    return any(isinstance(item.get("encrypted_content"), str) for item in _reasoning(exchange))


@probe(
    "responses.encrypted_reasoning",
    needs=reasoning_sent_back,
    level="info",
    accepts=EVERYTHING,
    refused_option="include",
)
def reasoning_comes_encrypted(evidence: Evidence, claim: Claim) -> Finding:
    """With `include: ["reasoning.encrypted_content"]`, the reasoning of an answer is encrypted."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    items = _reasoning(exchange)
    if not items:
        return inapplicable("the answer has no reasoning item").at(exchange.place)
    if not _encrypted(exchange):
        return ignored(
            "option.ignored",
            "asked for encrypted reasoning, none of {number} reasoning items has encrypted_content",
            option="include",
            number=len(items),
        ).at(exchange.place)
    return honoured("the reasoning is encrypted").at(exchange.place)


@probe("responses.encrypted_reasoning", needs=reasoning_sent_back, level="info", accepts=EVERYTHING)
def encrypted_reasoning_is_read(evidence: Evidence, claim: Claim) -> Finding:
    """Encrypted reasoning that is sent back in the next turn is accepted."""
    first = clear(evidence[0], claim)
    if not isinstance(first, Exchange):
        return first
    if not _encrypted(first):
        return inapplicable("the answer has no encrypted reasoning to send back").at(first.place)
    exchange = step(evidence, "send back", claim, refused_with="state.item_refused")
    return answered(exchange) if isinstance(exchange, Exchange) else exchange
