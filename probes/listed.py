"""The other image models of the list: whether each can be called, asked by a request that it must refuse."""

from __future__ import annotations

import re
from typing import Final

from gateprobe.build import generations, models
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, entries
from gateprobe.gateway import Gateway
from gateprobe.judge.refusals import MODEL_NOT_FOUND
from gateprobe.model import Claim, Finding, honoured, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.scenario import Steps, scenario

from .support.exchanges import EVERYTHING, clear

MOST: Final = 8
"""How many models are asked."""

IMPOSSIBLE: Final = "16x16"
"""A size that no image model draws."""

_IMAGE_MODEL: Final = re.compile(r"(?:[\w.-]+/)?(?:chatgpt-image|gpt-image|dall-e)-[\w.-]+", re.ASCII)
_OF_SIZE: Final = re.compile(r"\bsize|resolution|dimension|pixel|width|height|aspect", re.IGNORECASE)
_OF_MODEL: Final = re.compile(
    r"not\s+(?:be\s+)?(?:found|exist|available|support\w*|allowed|enabled|configured)|does\s+not\s+(?:exist|support)"
    r"|no\s+(?:available\s+)?(?:channel|access|such|permission|deployment|provider|endpoints?)|unknown|invalid model"
    r"|deprecat|retired|shut ?down|无可用|不存在|不支持",
    re.IGNORECASE,
)


@scenario(requests=1 + MOST)
def other_image_models(gateway: Gateway) -> Steps:
    """Ask for the models list, then each other image model of it for a picture of a size that nobody draws."""
    answer: Exchange = yield models(gateway)
    for name in _others(answer, gateway.models.image)[:MOST]:
        drawn: Exchange = yield generations(gateway, model=name, size=IMPOSSIBLE, note=name)
        if drawn.ok:
            return  # it draws what it should refuse, and may bill it


def _others(exchange: Exchange, known: str) -> list[str]:
    if not exchange.ok:
        return []
    try:
        ids = [entry.get("id") for entry in entries(exchange.json(), "models.list_wrong")]
    except MalformedAnswerError:
        return []  # the probes of the list judge it
    names = (name for name in ids if isinstance(name, str) and name != known and _IMAGE_MODEL.fullmatch(name))
    return list(dict.fromkeys(names))


def _is_callable(exchange: Exchange) -> bool | None:
    """Return whether an answer shows that the model can be called; None where it shows neither."""
    if exchange.ok and exchange.error is None:
        return True
    error = exchange.error
    if error is None:
        return None
    words = error.message.replace(exchange.request.note, "")
    if str(error.code).lower() in MODEL_NOT_FOUND or error.param == "model":
        return False
    if (error.param or "").rpartition(".")[2] == "size" or (_OF_SIZE.search(words) and exchange.status in (400, 422)):
        return True
    return False if exchange.request.note in error.message and _OF_MODEL.search(words) else None


@probe("models.others_callable", needs=other_image_models, level="should", accepts=EVERYTHING)
def other_image_models_are_callable(evidence: Evidence, claim: Claim) -> Finding:
    """Each image model of the list refuses an impossible size for its size, and not because there is no such model."""
    asked = [exchange for exchange in evidence.exchanges if exchange.request.note]
    if not asked:
        listed = clear(evidence[0], claim)
        if not isinstance(listed, Exchange):
            return listed
        return inapplicable("the list names no other image model")
    shown = {exchange.request.note: _is_callable(exchange) for exchange in asked}
    missing = [exchange for exchange in asked if shown[exchange.request.note] is False]
    if missing:
        return malformed(
            "models.list_wrong",
            "{number} of {total} other image models of the list cannot be called: {names}; {answer}",
            number=len(missing),
            total=len(asked),
            names=tuple(exchange.request.note for exchange in missing),
            answer=missing[0].summary,
        ).at(missing[0].place)
    answered = [name for name, is_callable in shown.items() if is_callable]
    if not answered:
        return nothing_to_judge(
            "no answer shows whether a model can be called; {model}: {answer}",
            model=asked[0].request.note,
            answer=asked[0].summary,
        )
    return honoured(
        "asked for the impossible size {size}: {names} can be called", size=IMPOSSIBLE, names=tuple(answered)
    )
