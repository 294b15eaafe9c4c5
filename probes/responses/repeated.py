"""Fields that a Response takes from its request: the instructions, the continued response, the revised prompt."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, json_text
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Json, Observed, honoured, inapplicable, malformed
from gateprobe.probe import Selection, probe
from gateprobe.request import JsonBody, Transport
from gateprobe.stream import AnswerKind

from ..responses.state import turns
from ..scenarios.responses import red_square_stream
from ..support.exchanges import EVERYTHING
from .forms import no_instructions

_PROMPTS: Final = 3
"""The fewest different prompts that cannot all have the same revised prompt."""

_SHOWN: Final = 80  # characters of a value that a sentence quotes


def _response(exchange: Exchange) -> dict[str, Json]:
    """Return the Response of an answer; empty if the answer is not a Response."""
    try:
        return exchange.response if exchange.ok and exchange.error is None else {}
    except MalformedAnswerError:
        return {}


def _is_answer(exchange: Exchange) -> bool:
    request = exchange.request
    is_post = request.method == "POST" and request.transport is Transport.HTTP  # a WebSocket turn may be steered
    if not isinstance(request.body, JsonBody):  # a compressed request does not show what it asked
        return False
    return is_post and request.path == "/responses" and exchange.kind is AnswerKind.RESPONSES


RESPONSES: Final = Selection(
    "every answer that is a Response",
    (no_instructions,),
    _is_answer,
    missing_reason=message("no Response was returned"),
)
CONTINUED: Final = replace(RESPONSES, requires=(turns,))
DRAWN: Final = replace(RESPONSES, requires=(red_square_stream, turns))


@probe("responses.instructions_optional", needs=RESPONSES, level="should", accepts=EVERYTHING)
def instructions_match_the_request(evidence: Evidence, _claim: Claim) -> Finding:
    """A Response has the instructions of its request, and no others."""
    return _judged(evidence, "instructions")


@probe("responses.previous_response_id", needs=CONTINUED, level="should", accepts=EVERYTHING)
def continued_response_matches_the_request(evidence: Evidence, _claim: Claim) -> Finding:
    """A Response names the response that its request continues, and no other."""
    finding = _judged(evidence, "previous_response_id")
    is_asked = any(_response(exchange) and _sent(exchange, "previous_response_id") for exchange in evidence.exchanges)
    if finding.observed is Observed.HONOURED and not is_asked:
        return inapplicable("no answered request continues a response")
    return finding


@probe("responses.image.revised_prompt", needs=DRAWN, level="should", accepts=EVERYTHING)
def revised_prompts_are_not_shared(evidence: Evidence, _claim: Claim) -> Finding:
    """The revised prompt of a call belongs to its own request: different prompts do not share one."""
    revised = [(exchange, prompt) for exchange in evidence.exchanges if (prompt := _revised(exchange))]
    asked = {exchange.request.prompt for exchange, _ in revised}
    if len(asked) < _PROMPTS:
        return inapplicable("too few prompts with a revised prompt to compare: {number}", number=len(asked))
    if len({prompt for _, prompt in revised}) == 1:
        exchange, prompt = revised[0]
        return malformed(
            "option.misreported",
            "the calls of {number} different prompts have the same revised prompt {prompt!q}",
            option="revised_prompt",
            number=len(asked),
            prompt=prompt[:_SHOWN],
        ).at(exchange.place)
    return honoured("the calls of {number} different prompts have different revised prompts", number=len(asked))


def _revised(exchange: Exchange) -> str:
    """Return the revised prompt of an answer's last call; empty where it has none."""
    try:
        calls = exchange.calls if _response(exchange) else []
    except MalformedAnswerError:
        return ""
    prompt = calls[-1].get("revised_prompt") if calls else None
    return prompt if isinstance(prompt, str) else ""


def _judged(evidence: Evidence, field: str) -> Finding:
    """Compare a field of every Response with its request; a Response without the field is not judged."""
    answers = [(exchange, response) for exchange in evidence.exchanges if (response := _response(exchange))]
    stating = [(exchange, response[field]) for exchange, response in answers if field in response]
    if not answers:
        return inapplicable("no Response was returned")
    if not stating:
        return inapplicable("no Response has {field}", field=field)
    wrong = [(exchange, value) for exchange, value in stating if value != _sent(exchange, field)]
    if wrong:
        exchange, value = wrong[0]
        return malformed(
            "option.misreported",
            "{number} of {total} Responses do not have the {field} of their request; sent {sent}, received {received}",
            option=field,
            number=len(wrong),
            total=len(stating),
            field=field,
            sent=json_text(_sent(exchange, field), _SHOWN),
            received=json_text(value, _SHOWN),
        ).at(exchange.place)
    return honoured(
        "{number} of {number} Responses have the {field} of their request", number=len(stating), field=field
    )


def _sent(exchange: Exchange, field: str) -> Json:
    return exchange.request.json.get(field) if isinstance(exchange.request.json, dict) else None
