"""Faults of parameters (`param.`): what was asked for is dropped, changed, told falsely or refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import (
    both,
    detailing,
    input_items,
    lacks,
    names_any,
    posted,
    refusing,
    with_fields,
)
from gateprobe.reference.faults.requests.requests import always, without
from gateprobe.reference.faults.streams.frames import (
    Object,
    body_of,
    each,
    in_body,
    in_output,
    of_calls,
    of_items,
    of_responses,
)
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, json_answer

_STANDARD: Final = ("truncation", "safety_identifier", "metadata", "user", "stream_options")
_KNOWN_TO_IMAGES: Final = frozenset(
    {"prompt", "model", "n", "size", "quality", "background", "output_format", "output_compression", "moderation"}
    | {"stream", "partial_images", "user", "input_fidelity", "images", "image", "mask", "safety_identifier"}
)
_KNOWN_TO_RESPONSES: Final = frozenset(
    {"model", "input", "instructions", "stream", "tools", "tool_choice", "store", "previous_response_id", "metadata"}
    | {"truncation", "parallel_tool_calls", "safety_identifier", "temperature", "top_p", "reasoning", "include"}
    | {"user", "text"}
)
_RANGES: Final = {"n": (1, 10), "partial_images": (0, 3), "output_compression": (0, 100)}


def _not_validated(asked: IncomingRequest) -> IncomingRequest:
    """Leave out, and bring into range, whatever would be refused."""
    if not isinstance(asked.fields, dict) or asked.method not in {"POST", "WEBSOCKET"}:
        return asked
    known = _KNOWN_TO_IMAGES if asked.path.startswith("/v1/images") else _KNOWN_TO_RESPONSES
    fields = {name: value for name, value in asked.fields.items() if name in known}
    tools = fields.get("tools")
    if isinstance(tools, list):
        fields["tools"] = [_in_range(tool) if isinstance(tool, dict) else tool for tool in tools]
    elif isinstance(fields.get("tool_choice"), dict):
        del fields["tool_choice"]
    return with_fields(asked, _in_range(fields))


def _in_range(fields: Object) -> Object:
    changed = dict(fields)
    for name, (least, most) in _RANGES.items():
        value = changed.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            changed[name] = min(max(value, least), most)
    if changed.get("background") == "transparent":
        del changed["background"]
    return changed


def _one_more(body: Object) -> Object:
    data = body.get("data")
    return {**body, "data": [*data, data[-1]]} if isinstance(data, list) and data else body


_ECHOES: Final = ("size", "quality", "background")


def _auto(thing: Object) -> Object:
    return {**thing, **{name: "auto" for name in _ECHOES if name in thing}}


def _auto_response(response: Object) -> Object:
    tools = response.get("tools")
    changed_tools = (
        [_auto(tool) if isinstance(tool, dict) else tool for tool in tools] if isinstance(tools, list) else tools
    )
    return in_output(of_calls(_auto))({**response, "tools": changed_tools} if "tools" in response else response)


def _echo_auto(sent: IncomingRequest, answer: Answer) -> Answer:
    changed = in_body(_auto, "/v1/images")(sent, answer)
    return in_body(_auto_response, "/v1/responses")(sent, changed)


def _first_standard(asked: IncomingRequest) -> str:
    return next(name for name in _STANDARD if name in asked.fields)


def _standard_refused(sent: IncomingRequest, answer: Answer) -> Answer:
    if answer.status >= 400 or not both(posted("/responses"), names_any(*_STANDARD))(sent):
        return answer
    return json_answer({"detail": f"Unsupported parameter: {_first_standard(sent)}"}, 400)


def _has_generated_item(sent: IncomingRequest) -> bool:
    return any(item.get("type") == "image_generation_call" for item in input_items(sent))


def _response_format_crashes(sent: IncomingRequest, answer: Answer) -> Answer:
    if not both(posted("/images/generations"), names_any("response_format"))(sent):
        return answer
    body: Json = {"error": {"message": "'url'", "type": "KeyError", "param": None, "code": None}}
    return PlainAnswer(500, orjson.dumps(body), {"content-type": "application/json"})


def _wants_url(asked: IncomingRequest) -> IncomingRequest:
    fields = asked.fields
    if not isinstance(fields, dict) or fields.get("response_format") != "url":
        return asked
    return without("response_format")(asked)


def _url_lost(sent: IncomingRequest, answer: Answer) -> Answer:
    """Keep base64, where a link was asked for and the document knows of links."""
    body = body_of(answer)
    wanted = isinstance(sent.fields, dict) and sent.fields.get("response_format") == "url"
    if not wanted or body is None or not isinstance(answer, PlainAnswer) or answer.status >= 400:
        return answer
    data = [{"b64_json": ""} if isinstance(entry, dict) and "url" in entry else entry for entry in body.get("data", [])]
    return replace(answer, body=orjson.dumps({**body, "data": data}))


def _without_markup(asked: IncomingRequest) -> IncomingRequest:
    uploads = tuple(upload for upload in asked.uploads if upload.field != "markup")
    return asked if uploads == asked.uploads else replace(asked, uploads=uploads)


def _replace_instructions(response: Object) -> Object:
    own = "You are a coding agent. Answer in short sentences."
    return {**response, "instructions": own} if response.get("object") == "response" else response


FAULTS: Final = (
    Fault(
        "param.n_ignored",
        "One picture comes back, however many were asked for.",
        request=without("n"),
    ),
    Fault(
        "param.n_extra",
        "One picture more than was asked for comes back, the last one twice.",
        answer=in_body(_one_more, "/v1/images"),
    ),
    Fault(
        "param.size_ignored",
        "Every picture is 1024x1024, whatever size was asked for.",
        request=without("size"),
    ),
    Fault(
        "param.size_wide",
        "Every picture is 1536x1024, whatever size was asked for.",
        request=always(size="1536x1024"),
    ),
    Fault(
        "param.size_echo_auto",
        "The answer reports size, quality and background as auto, whatever was asked for and drawn.",
        answer=_echo_auto,
        frames=each(lambda frame: of_items(of_calls(_auto))(of_responses(_auto_response)(frame))),
    ),
    Fault(
        "param.format_ignored",
        "Every picture is PNG, whatever format was asked for.",
        request=without("output_format", "output_compression"),
    ),
    Fault("param.format_webp", "Every picture is WebP.", request=always(output_format="webp")),
    Fault(
        "param.background_ignored",
        "A transparent background is accepted and an opaque picture comes.",
        request=without("background"),
    ),
    Fault(
        "param.forwarded_unknown",
        "A streamed picture is refused for a parameter that the client never sent.",
        answer=refusing(
            lambda sent: posted("/images/generations")(sent) and bool((sent.fields or {}).get("stream")),
            400,
            "Unknown parameter: 'extra_body'.",
            code="unknown_parameter",
            param="extra_body",
        ),
    ),
    Fault(
        "param.input_items_rejected",
        "An image_generation_call in the input is refused as an unknown type of item.",
        answer=refusing(
            both(posted("/responses"), _has_generated_item),
            400,
            "Invalid value: 'image_generation_call'. Supported values are: 'message', 'function_call'.",
            code="invalid_value",
            param="input[1].type",
        ),
    ),
    Fault(
        "param.instructions_required",
        "A request without instructions is refused, as by a Codex back end.",
        answer=detailing(both(posted("/responses"), lacks("instructions")), 400, "Instructions are required"),
    ),
    Fault(
        "param.instructions_injected",
        "The relay replaces the instructions of the request with its own.",
        answer=in_body(_replace_instructions, "/v1/responses"),
        frames=each(of_responses(_replace_instructions)),
    ),
    Fault("param.instructions_dropped", "instructions are not passed on.", request=without("instructions")),
    Fault(
        "param.complexity_dropped",
        "complexity is taken out of the request, whatever its value.",
        request=without("complexity"),
    ),
    Fault("param.markup_dropped", "A markup layer is taken out of an edit.", request=_without_markup),
    Fault("param.safety_dropped", "safety_identifier is not passed on.", request=without("safety_identifier")),
    Fault("param.stream_options_dropped", "stream_options is not passed on.", request=without("stream_options")),
    Fault(
        "param.no_validation",
        "Unknown parameters, numbers out of range and a forced tool that was not sent are accepted.",
        request=_not_validated,
    ),
    Fault(
        "param.response_format_gptimage",
        "response_format makes the gateway's own program fail.",
        answer=_response_format_crashes,
    ),
    Fault(
        "param.response_format_url",
        "A picture asked for as a link comes as base64, without a word, or not at all.",
        request=_wants_url,
        answer=_url_lost,
    ),
    Fault(
        "param.metadata_dropped",
        "metadata is accepted, and does not come back in the Response.",
        request=without("metadata"),
    ),
    Fault(
        "param.std_params_rejected",
        "metadata, truncation, safety_identifier and user are refused.",
        answer=_standard_refused,
    ),
)
