"""Fields of a request that the Response repeats, and options of its stream."""

from __future__ import annotations

from typing import Final

from gateprobe.build import image_tool, responses
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Seen, honoured, ignored, inapplicable, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import WORD
from ..support.echoes import judge_echo
from ..support.exchanges import EVERYTHING, answered, clear, drawn
from .forms import usual_fields

CHOICES: Final = ("required", "allowed_tools")


_CACHE: Final = Phrase("gateprobe", "{word 26}-{hex 6}")
FIELDS: Final = ("max_tool_calls", "prompt_cache_key", "service_tier")
NEWEST: Final[dict[str, Json]] = {
    "context_management": [{"type": "compaction", "compact_threshold": 100_000}],
    "image": {"context_compression": "auto"},
    "moderation": {"model": "omni-moderation-latest"},
    "prompt_cache_retention": "24h",
    "text": {"verbosity": "low"},
}
"""Fields that change nothing about one word."""


@scenario()
def fields_of_agents(gateway: Gateway) -> Steps:
    """Ask for one word with fields that agents send."""
    yield responses(
        gateway, WORD, max_tool_calls=3, prompt_cache_key=_CACHE, service_tier="default", note="fields of agents"
    )


@scenario()
def field_of_newest_clients(gateway: Gateway, field: str) -> Steps:
    """Ask for one word with a field that only the newest clients have."""
    yield responses(gateway, WORD, **{field: NEWEST[field]}, note=field)


@scenario()
def plain_stream(gateway: Gateway) -> Steps:
    """Ask for one word as a stream without obfuscation."""
    yield responses(gateway, WORD, stream=True, stream_options={"include_obfuscation": False})


@scenario(images=1)
def required_picture(gateway: Gateway, choice: str) -> Steps:
    """Ask for one word where the choice of tools demands the image tool."""
    tools: list[Json] = [image_tool(gateway)]
    allowed: Json = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "image_generation"}]}
    yield responses(gateway, WORD, tools=tools, tool_choice=allowed if choice == "allowed_tools" else choice, buys=1)


@probe("responses.safety_identifier", needs=usual_fields, level="info")
def safety_identifier_comes_back(evidence: Evidence, _claim: Claim) -> Finding:
    """The `safety_identifier` of a Response, if it has one, is what the request sent."""
    return judge_echo(evidence.last, "safety_identifier")


@probe(
    "responses.fields_repeated",
    needs=fields_of_agents,
    level="info",
    values=FIELDS,
)
def field_comes_back(evidence: Evidence, _claim: Claim, field: str) -> Finding:
    """The Response repeats `max_tool_calls`, `prompt_cache_key` and `service_tier` of its request."""
    return judge_echo(evidence.last, field)


@probe(
    "responses.fields_accepted",
    needs=field_of_newest_clients,
    level="info",
    values=tuple(NEWEST),
)
def newest_field_is_accepted(evidence: Evidence, _claim: Claim, _field: str) -> Finding:
    """A request with a field that only the newest clients send, such as `context_management`, is answered."""
    return answered(evidence.last)


@probe("responses.text.obfuscation", needs=plain_stream, level="info", accepts=EVERYTHING)
def obfuscation_can_be_left_out(evidence: Evidence, claim: Claim) -> Finding:
    """With `include_obfuscation: false`, no event of a stream has random characters."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if not exchange.is_stream:
        return nothing_to_judge("no stream came: {answer}", answer=exchange.summary)
    if not exchange.judged.events:
        return nothing_to_judge("the stream holds no event")
    padded = sum("obfuscation" in event.value for event in exchange.judged.events)
    if padded:
        return ignored(
            "option.ignored",
            "asked for no obfuscation, {number} of {total} events have some",
            option="stream_options",
            number=padded,
            total=len(exchange.judged.events),
        ).at(exchange.place)
    return honoured("none of {total} events has a field `obfuscation`", total=len(exchange.judged.events)).at(
        exchange.place
    )


@probe(
    "responses.image.tool_choice_required",
    needs=required_picture,
    level="should",
    values=CHOICES,
    accepts=EVERYTHING,
    refused_option="tool_choice",
)
def demanded_tool_is_called(evidence: Evidence, claim: Claim, choice: str) -> Finding:
    """With tool_choice "required", or `allowed_tools` that requires the image tool, a picture comes for any prompt."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if exchange.error is not None:
        return inapplicable("no answer shows it: {answer}", answer=exchange.summary)
    received = drawn(exchange, fault_kind="option.ignored", option="tool_choice")
    if isinstance(received, Seen):
        return received
    return honoured("tool_choice {choice}: a picture of {size}", choice=choice, size=received.size).at(exchange.place)
