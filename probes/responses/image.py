"""The hosted image tool: a picture with and without a stream, the tool forced and forbidden, its echo and usage."""

from __future__ import annotations

from gateprobe.build import RED_SQUARE, image_tool, responses
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.image import Certainty
from gateprobe.message import message
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Level,
    Seen,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import image_tool_in
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import TOOL_PICTURES, WORD, red_square_plain, red_square_stream, words
from ..support.exchanges import EVERYTHING, answered, asking, completed, drawn, no_stream, well_formed
from ..support.figures import area, figure_asked, shows
from ..support.refused import all_refused, names
from ..support.usage import unsound


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


def _one_square(exchange: Exchange) -> Finding:
    """Judge that one call brought one picture, and that the picture shows what was requested."""
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    if len(exchange.calls) != 1 or len(exchange.pictures) != 1:
        return malformed(
            "param.n_ignored",
            "asked for 1 picture, received {calls} image_generation_call with {pictures} pictures",
            calls=len(exchange.calls),
            pictures=len(exchange.pictures),
        ).at(exchange.place)
    if unfinished := completed(exchange):
        return unfinished
    colour = figure_asked(exchange.request)
    covered = area(picture, colour)
    match shows(picture, colour):
        case Certainty.NO:
            return ignored(
                "image.wrong_content",
                "asked for a {colour} square: the largest {colour} part covers {covered:.1%}",
                colour=colour,
                covered=covered,
            ).at(exchange.place)
        case Certainty.UNCLEAR:
            return nothing_to_judge(
                "asked for a {colour} square: {covered:.1%} of the picture may be {colour}, which decides nothing",
                colour=colour,
                covered=covered,
            ).at(exchange.place)
    return honoured(
        "received 1 {format} picture of {size}, its largest {colour} part covers {covered:.0%}",
        format=picture.format,
        size=picture.size,
        colour=colour,
        covered=covered,
    )


@probe("responses.image.stream", needs=red_square_stream)
def streamed_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """A streamed picture arrives whole, shows what was requested, and the stream completes."""
    return _one_square(evidence.last) if evidence.last.is_stream else no_stream(evidence.last)


@probe("responses.image.non_stream", needs=red_square_plain)
def plain_picture_arrives(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, the JSON answer holds the picture of one image_generation_call."""
    if evidence.last.is_stream:
        return ignored("option.ignored", "asked for no stream, received one", option="stream").at(evidence.last.place)
    return _one_square(evidence.last)


@probe("responses.image.non_stream", needs=red_square_plain)
def plain_picture_has_its_fields(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, the Response and its image_generation_call have the fields that clients read."""
    return well_formed(evidence.last, Level.MUST)


@probe("responses.image.non_stream", needs=red_square_plain, level="should")
def plain_call_says_completed(evidence: Evidence, claim: Claim) -> Finding:
    """Without a stream, a finished call has the status completed (25 of 25 recorded answers)."""
    exchange = evidence.last
    if not exchange.calls:
        return _no_call(exchange)
    status = exchange.calls[-1].get("status")
    if status != "completed":
        return malformed(
            "answer.status_wrong",
            'the finished image_generation_call has the status {status}, but clients wait for "completed"',
            status=json_text(status, 40),
        ).at(exchange.place)
    return honoured('the finished image_generation_call has the status "completed"')


def _no_call(exchange: Exchange) -> Finding:
    return nothing_to_judge("the answer has no image_generation_call").at(exchange.place)


@probe("responses.image.tool_choice", needs=forced_picture)
def tool_can_be_forced(evidence: Evidence, claim: Claim) -> Finding:
    """With tool_choice naming the tool, a picture comes even for a prompt that does not request one."""
    exchange = evidence.last
    picture = drawn(exchange, fault_kind="option.ignored", option="tool_choice")
    if isinstance(picture, Seen):
        return picture
    return honoured("received a picture of {size} for {prompt!q}", size=picture.size, prompt=exchange.request.prompt)


@probe("responses.image.tool_choice", needs=forced_without_tool, level="info", accepts=(REFUSAL,))
def forced_tool_must_be_sent(evidence: Evidence, claim: Claim) -> Finding:
    """A tool_choice that names a tool which was not sent is refused."""
    return all_refused(evidence.exchanges, claim, option="tool_choice")


@probe("responses.image.tool_choice_none", needs=forbidden_picture)
def tool_can_be_forbidden(evidence: Evidence, claim: Claim) -> Finding:
    """With tool_choice none, text comes back and no picture is drawn."""
    exchange = evidence.last
    if exchange.calls:
        return ignored(
            "option.ignored",
            "asked with tool_choice none, received {calls} image_generation_call",
            option="tool_choice",
            calls=len(exchange.calls),
        ).at(exchange.place)
    return answered(exchange)


def _model_named(exchange: Exchange) -> bool:
    return "model" in image_tool_in(exchange.request.json) and exchange.request.images > 0


@probe(
    "responses.image.tool_model",
    needs=Selection(
        "pictures whose tool names an image model",
        TOOL_PICTURES.requires,
        _model_named,
        missing_reason=message("no picture was requested from a named model"),
    ),
    level="should",
    accepts=EVERYTHING,
    values=lambda gateway: (gateway.models.image,),
)
def tool_model_is_used(evidence: Evidence, claim: Claim, model: Json) -> Finding:
    """A tool that names its image model is accepted, and draws with that model."""
    exchange = asking(evidence, claim, "model", model)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    if isinstance(picture, Seen):
        return picture
    echoed = image_tool_in(exchange.response).get("model")
    if echoed is None:
        return inapplicable("received a picture; the answer's tool does not name its model {model}", model=str(model))
    if not names(echoed, model):
        return ignored(
            "models.substituted",
            "asked the tool for {model}, the answer's tool names {named}",
            model=str(model),
            named=json_text(echoed),
        ).at(exchange.place)
    return honoured("received a picture, and the answer's tool names {named!q}", named=str(echoed))


@probe("responses.image.tool_echoed", needs=red_square_stream, level="should")
def tool_is_echoed_as_sent(evidence: Evidence, claim: Claim) -> Finding:
    """The response echoes the image tool with the values that were sent."""
    exchange = evidence.last
    sent, echoed = image_tool_in(exchange.request.json), image_tool_in(exchange.response)
    if not echoed:
        return ignored(
            "option.misreported",
            "the image tool was sent, and `tools` of the response is {tools}",
            option="tools",
            tools=json_text(at(exchange.response, "tools")),
        ).at(exchange.place)
    for name, value in sent.items():
        if name not in ("partial_images", "model") and echoed.get(name) != value:
            return ignored(
                "option.misreported",
                "the tool was sent with {option} {sent}, and is echoed with {echoed}",
                option=name,
                sent=json_text(value),
                echoed=json_text(echoed.get(name)),
            ).at(exchange.place)
    return honoured("the tool is echoed with {names} as sent", names=tuple(sent))


@probe("responses.image.tool_echoed", needs=red_square_stream)
def no_other_tool_is_injected(evidence: Evidence, claim: Claim) -> Finding:
    """The response to a request with the image tool names no other tool."""
    tools = at(evidence.last.response, "tools")
    if not tools:
        return inapplicable("the response names no tool")
    if not isinstance(tools, list) or len(tools) != 1:
        return ignored(
            "tool.injected", "sent 1 tool, and `tools` of the response is {tools}", tools=json_text(tools)
        ).at(evidence.last.place)
    return honoured("sent 1 tool, and the response names 1")


@probe("responses.image.tool_echoed", needs=words)
def no_tool_is_injected(evidence: Evidence, claim: Claim) -> Finding:
    """The response to a request without tools names none."""
    tools = at(evidence.last.response, "tools")
    if tools:
        return ignored(
            "tool.injected", "sent no tool, and `tools` of the response is {tools}", tools=json_text(tools)
        ).at(evidence.last.place)
    return honoured("sent no tool, and the response names none")


@probe("responses.image.revised_prompt", needs=red_square_stream, level="should", vendor_only=True)
def revised_prompt_is_told(evidence: Evidence, claim: Claim) -> Finding:
    """The finished call names the prompt that was really drawn."""
    exchange = evidence.last
    if not exchange.calls:
        return _no_call(exchange)
    prompt = exchange.calls[-1].get("revised_prompt")
    if prompt is None:
        return ignored("answer.fields", "the image_generation_call has no revised_prompt").at(exchange.place)
    if not isinstance(prompt, str) or not prompt.strip():
        return malformed("answer.fields", "`revised_prompt` is {value}, expected text", value=json_text(prompt, 40)).at(
            exchange.place
        )
    return honoured("the call names the prompt {prompt!q}", prompt=prompt)


@probe("responses.image.usage", needs=red_square_stream, level="should")
def usage_adds_up(evidence: Evidence, claim: Claim) -> Finding:
    """The usage of a response with a picture is complete and adds up."""
    usage: Json = evidence.last.response.get("usage")
    if finding := _unsound("usage", usage, evidence.last):
        return finding
    return honoured("{total} tokens in total, as input and output add up", total=usage["total_tokens"])


@probe("responses.image.usage", needs=red_square_stream, level="info", vendor_only=True)
def tool_usage_adds_up(evidence: Evidence, claim: Claim) -> Finding:
    """The picture's own tokens are in tool_usage.image_gen, and add up (recorded traffic since 2026-06-30)."""
    tools = evidence.last.response.get("tool_usage")
    usage: Json = tools.get("image_gen") if isinstance(tools, dict) else None
    if finding := _unsound("tool_usage.image_gen", usage, evidence.last):
        return finding
    return honoured("{output} output tokens for the picture", output=usage["output_tokens"])


def _unsound(name: str, usage: Json, exchange: Exchange) -> Seen | None:
    """Return a finding where a usage is missing, incomplete or does not add up."""
    if not isinstance(usage, dict):
        return ignored(
            "usage.missing", "`{name}` of the completed response is {value}", name=name, value=json_text(usage, 40)
        ).at(exchange.place)
    if wrong := unsound(usage, details=False):
        return malformed(wrong.fault_kind, "`{name}`: {problem}", name=name, problem=wrong.problem).at(exchange.place)
    if not usage["total_tokens"]:
        return malformed("usage.missing", "`{name}` is zero throughout", name=name).at(exchange.place)
    return None
