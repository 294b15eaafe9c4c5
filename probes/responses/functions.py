"""The image tool together with a client's own function, as agents send them."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.build import image_tool, responses, user
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Json, honoured, ignored, inapplicable, malformed
from gateprobe.probe import probe
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import WORD
from ..support.exchanges import EVERYTHING, clear

_NAME: Final = Phrase("note_colour", "note_{word 23}")
_DESCRIPTION: Final = Phrase("Notes a colour.", "{Notes|Stores|Keeps|Records} a colour {for|of} the {word 24}.")
_NOTE: Final = Phrase("Note the colour red.", "{Note|Store|Keep|Record|Please note} the colour {figure} for {word 24}.")
_CALL: Final = Phrase("call_1", "call_{hex 12}")
_NOTED: Final = Phrase("noted", "{word 25}")
_FUNCTION: Final = {
    "type": "function",
    "name": _NAME,
    "description": _DESCRIPTION,
    "parameters": {
        "type": "object",
        "properties": {"colour": {"type": "string"}},
        "required": ["colour"],
        "additionalProperties": False,
    },
    "strict": True,
}


@scenario()
def function_beside_tool(gateway: Gateway) -> Steps:
    """Send a function beside the image tool, and demand the function, so that nothing is drawn."""
    tools: list[Json] = [dict(_FUNCTION), image_tool(gateway)]
    choice: Json = {"type": "function", "name": _NAME}
    yield responses(gateway, _NOTE, tools=tools, tool_choice=choice)


@scenario()
def function_passed_back(gateway: Gateway) -> Steps:
    """Send a conversation in which the client's function was called and answered, with the function and the tool."""
    arguments = orjson.dumps({"colour": _NOTED.of(gateway.seed)}).decode()
    call = {"type": "function_call", "call_id": _CALL, "name": _NAME, "arguments": arguments}
    output = {"type": "function_call_output", "call_id": _CALL, "output": _NOTED}
    tools: list[Json] = [dict(_FUNCTION), image_tool(gateway)]
    yield responses(gateway, [user(_NOTE), call, output, user(WORD)], tools=tools, tool_choice="none")


@probe("responses.function_beside_tool", needs=function_beside_tool, level="info", accepts=EVERYTHING)
def demanded_function_is_called(evidence: Evidence, claim: Claim) -> Finding:
    """When `tool_choice` names a function sent with the image tool, the function is called, with arguments in JSON."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    name = at(exchange.request.json, "tool_choice", "name")
    call = next((item for item in exchange.items if item.get("type") == "function_call"), None)
    if call is None:
        kinds = ", ".join(json_text(item.get("type"), 40) for item in exchange.items[:6])
        return ignored(
            "option.ignored",
            "demanded the function {name}, received items of the types {kinds}",
            option="tool_choice",
            name=name,
            kinds=kinds or "-",
        ).at(exchange.place)
    if call.get("name") != name or not isinstance(call.get("call_id"), str) or not _is_object(call.get("arguments")):
        return malformed(
            "answer.fields",
            "the function_call has the name {name}, the call_id {call} and the arguments {arguments}",
            name=json_text(call.get("name"), 40),
            call=json_text(call.get("call_id"), 40),
            arguments=json_text(call.get("arguments"), 60),
        ).at(exchange.place)
    return honoured("{name} was called", name=name).at(exchange.place)


@probe("responses.function_beside_tool", needs=function_beside_tool, level="info", accepts=EVERYTHING)
def both_tools_are_repeated(evidence: Evidence, claim: Claim) -> Finding:
    """The Response repeats the function and the image tool that were sent, in their order."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    tools = exchange.response.get("tools")
    if tools is None:
        return inapplicable("the Response does not repeat tools").at(exchange.place)
    kinds = (
        [tool.get("type") if isinstance(tool, dict) else tool for tool in tools] if isinstance(tools, list) else tools
    )
    if kinds != ["function", "image_generation"]:
        return malformed(
            "option.misreported",
            "sent a function and the image tool, `tools` of the Response has {kinds}",
            option="tools",
            kinds=json_text(kinds, 80),
        ).at(exchange.place)
    return honoured("the Response repeats both tools").at(exchange.place)


@probe("responses.function_beside_tool", needs=function_passed_back, level="info", accepts=EVERYTHING)
def function_output_is_read(evidence: Evidence, claim: Claim) -> Finding:
    """A conversation with a function's call and output, and with the image tool, is continued."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if not exchange.text.strip():
        return ignored("answer.output_empty", "HTTP {status}, but the answer has no text", status=exchange.status).at(
            exchange.place
        )
    return honoured("answered: {text!q}", text=exchange.text[:60]).at(exchange.place)


def _is_object(text: Json) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False
