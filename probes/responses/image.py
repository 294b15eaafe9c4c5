"""The hosted image tool: a picture with and without a stream, the tool forced and forbidden, what is said of it."""

from __future__ import annotations

from typing import Final

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, at
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, Level, Seen, honoured, ignored, malformed
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import TOOL_PICTURES, WORD, red_square_plain, red_square_stream, words
from ..support.exchanges import (
    EVERYTHING,
    all_refused,
    answered,
    asking,
    completed,
    drawn,
    names,
    quoted,
    tool_of,
    well_formed,
)

_CENTRE: Final = (0.4, 0.4, 0.6, 0.6)
_USAGE: Final = ("input_tokens", "output_tokens", "total_tokens")


@scenario(images=1)
def forced_picture(gateway: Gateway) -> Steps:
    """Force the tool with a prompt that does not ask for a picture."""
    yield responses(gateway, WORD, tools=[image_tool(gateway)], tool_choice={"type": "image_generation"}, buys=1)


@scenario()
def forced_without_tool(gateway: Gateway) -> Steps:
    """Force the image tool without sending it."""
    choice = {"type": "image_generation"}
    yield responses(gateway, WORD, tool_choice=choice, note="tool_choice without its tool")


@scenario()
def forbidden_picture(gateway: Gateway) -> Steps:
    """Ask for a picture with `tool_choice: none`."""
    yield responses(gateway, RED_SQUARE, tools=[image_tool(gateway)], tool_choice="none")


def _one_red_square(exchange: Exchange) -> Finding:
    """Judge that one call brought one picture, and that it shows what was asked."""
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    if len(exchange.calls) != 1 or len(exchange.pictures) != 1:
        calls, pictures = len(exchange.calls), len(exchange.pictures)
        return malformed(f"asked for one picture: {calls} image_generation_call and {pictures} pictures came")
    if unfinished := completed(exchange):
        return unfinished
    red = picture.share("red", _CENTRE)
    if red < 0.5:
        return ignored(f"asked for a red square: {red:.0%} of the middle of the picture is red")
    return honoured(f"one {picture.format} picture of {picture.size} came, {red:.0%} of its middle is red")


@probe("responses.image.stream", needs=red_square_stream)
def streamed_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """A streamed picture arrives whole, shows what was asked for, and the stream completes."""
    if not evidence.last.is_stream:
        kind = evidence.last.content_type or "no content type"
        return ignored(f"asked for a stream, received HTTP {evidence.last.status} with {kind}")
    return _one_red_square(evidence.last)


@probe("responses.image.non_stream", needs=red_square_plain)
def plain_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, the JSON answer holds the picture of one image_generation_call."""
    if evidence.last.is_stream:
        return ignored("no stream was asked for, and one came")
    return _one_red_square(evidence.last)


@probe("responses.image.non_stream", needs=red_square_plain)
def plain_picture_has_its_fields(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, the Response and its image_generation_call have the fields that clients read."""
    return well_formed(evidence.last, Level.MUST)


@probe("responses.image.non_stream", needs=red_square_plain, level="should")
def plain_call_says_completed(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, a finished call says completed (25 of 25 recorded answers; streams say generating)."""
    if not evidence.last.calls:
        return ignored("no image_generation_call came")
    status = evidence.last.calls[-1].get("status")
    if status != "completed":
        return malformed(f"the finished image_generation_call says {status!r:.40}, and clients wait for 'completed'")
    return honoured("the finished image_generation_call says 'completed'")


@probe("responses.image.tool_choice", needs=forced_picture)
def tool_can_be_forced(evidence: Evidence, claim: Claim) -> Finding:
    """With tool_choice naming the tool, a picture comes even for a prompt that does not ask for one."""
    picture = drawn(evidence.last)
    return picture if isinstance(picture, Seen) else honoured(f"a picture of {picture.size} came for {WORD!r}")


@probe("responses.image.tool_choice", needs=forced_without_tool, level="info", accepts=(REFUSAL,))
def forced_tool_must_be_sent(evidence: Evidence, claim: Claim) -> Finding:
    """A tool_choice that names a tool which was not sent is refused."""
    return all_refused(evidence.exchanges, claim)


@probe("responses.image.tool_choice_none", needs=forbidden_picture)
def tool_can_be_forbidden(evidence: Evidence, claim: Claim) -> Finding:
    """With tool_choice none, text comes back and no picture is drawn."""
    calls = evidence.last.calls
    if calls:
        return ignored(f"tool_choice is none, and {len(calls)} image_generation_call came")
    return answered(evidence.last)


def _model_named(exchange: Exchange) -> bool:
    return "model" in tool_of(exchange.request.json) and exchange.request.images > 0


@probe(
    "responses.image.tool_model",
    needs=Selection("pictures whose tool names an image model", TOOL_PICTURES.requires, _model_named),
    level="should",
    accepts=EVERYTHING,
    values=lambda gateway: gateway.claim("responses.image.tool_model").values[:1] or (gateway.models.image,),
)
def tool_model_is_used(evidence: Evidence, claim: Claim, model: Json) -> Finding:
    """A tool that names its image model is accepted, and draws with that model."""
    exchange = asking(evidence, claim, "model", model)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    echoed = tool_of(exchange.response).get("model")
    if echoed is None:
        return honoured(f"a picture came; the answer's tool does not repeat the model {model}")
    if not names(echoed, model):
        return ignored(f"asked the tool for {model}, the answer's tool names {echoed!r:.80}")
    return honoured(f"a picture came, and the answer's tool names {quoted(str(echoed))}")


@probe("responses.image.tool_echoed", needs=red_square_stream, level="should")
def tool_is_echoed_as_sent(evidence: Evidence, claim: Claim) -> Finding:
    """The response echoes the image tool with the values that were sent, and no tool besides."""
    sent, echoed = tool_of(evidence.last.request.json), tool_of(evidence.last.response)
    tools = at(evidence.last.response, "tools")
    if not echoed:
        return ignored(f"the image tool was sent, and `tools` of the response is {tools!r:.80}")
    if len(tools) != 1:
        return ignored(f"one tool was sent, and `tools` of the response holds {len(tools)}")
    for name, value in sent.items():
        if name not in ("partial_images", "model") and echoed.get(name) != value:
            return ignored(f"the tool was sent with {name} {value!r}, and is echoed with {echoed.get(name)!r:.80}")
    return honoured(f"the tool is echoed with {', '.join(sent)} as sent")


@probe("responses.image.tool_echoed", needs=words, level="should")
def no_tool_is_injected(evidence: Evidence, claim: Claim) -> Finding:
    """The response to a request without tools names none."""
    tools = at(evidence.last.response, "tools")
    if tools:
        return ignored(f"no tool was sent, and `tools` of the response is {tools!r:.80}")
    return honoured("no tool was sent, and the response names none")


@probe("responses.image.revised_prompt", needs=red_square_stream, level="should")
def revised_prompt_is_told(evidence: Evidence, claim: Claim) -> Finding:
    """The finished call says which prompt was really drawn."""
    if not evidence.last.calls:
        return ignored("no image_generation_call came")
    told = evidence.last.calls[-1].get("revised_prompt")
    if told is None:
        return ignored("the image_generation_call has no revised_prompt")
    if not isinstance(told, str) or not told.strip():
        return malformed(f"revised_prompt is {told!r:.40}")
    return honoured(f"the call says {quoted(told)}")


def _unsound(usage: Json, where: str) -> Finding | None:
    """Give a finding where a usage is incomplete or does not add up."""
    counts = [at(usage, name) for name in _USAGE]
    if not all(isinstance(count, int) and not isinstance(count, bool) and count >= 0 for count in counts):
        return malformed(f"{where} holds {counts!r:.80} where whole numbers belong")
    came_in, came_out, total = counts
    if came_in + came_out != total:
        return malformed(f"{where}: {came_in} in + {came_out} out is not {total}")
    return None if total else malformed(f"{where} is zero throughout")


@probe("responses.image.usage", needs=red_square_stream, level="should")
def usage_adds_up(evidence: Evidence, claim: Claim) -> Finding:
    """The usage of a response with a picture is complete and adds up."""
    usage = evidence.last.response.get("usage")
    if not isinstance(usage, dict):
        return ignored(f"the completed response has no usage: {usage!r:.40}")
    return _unsound(usage, "usage") or honoured(f"{usage['total_tokens']} tokens, adding up")


@probe("responses.image.usage", needs=red_square_stream, level="should")
def tool_usage_adds_up(evidence: Evidence, claim: Claim) -> Finding:
    """The picture's own tokens stand in tool_usage.image_gen, and add up (recorded traffic since 2026-06-30)."""
    tools = evidence.last.response.get("tool_usage")
    own = tools.get("image_gen") if isinstance(tools, dict) else None
    if not isinstance(own, dict):
        return ignored(f"the completed response has no tool_usage.image_gen: {own!r:.40}")
    return _unsound(own, "tool_usage.image_gen") or honoured(f"{own['output_tokens']} tokens out for the picture")
