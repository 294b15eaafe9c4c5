"""Faults of what agents send beside the image tool (`agent.`): functions, reasoning, conversations, their fields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests.refusing import both, input_items, posted, refusing, with_fields
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.faults.streams.frames import in_body, without_keys
from gateprobe.reference.fields import unknown
from gateprobe.reference.http.exchange import Answer, IncomingRequest, json_answer

_NEWEST: Final = ("context_management", "image", "moderation")
_BLANK: Final = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8"
    "z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg=="
)
"""A picture of one pixel."""


def _without_functions(asked: IncomingRequest) -> IncomingRequest:
    """Drop the client's own functions."""
    fields = asked.fields
    if not posted("/responses")(asked) or not isinstance(fields, dict) or not isinstance(fields.get("tools"), list):
        return asked
    tools = [tool for tool in fields["tools"] if not (isinstance(tool, dict) and tool.get("type") == "function")]
    choice = fields.get("tool_choice")
    kept = (
        without_keys(fields, "tool_choice") if isinstance(choice, dict) and choice.get("type") == "function" else fields
    )
    return with_fields(asked, {**kept, "tools": tools})


def _sends(kind: str, field: str = "") -> Callable[[IncomingRequest], bool]:
    """Return whether a request's input has an item of a kind, with a field."""
    return lambda sent: any(item.get("type") == kind and (not field or field in item) for item in input_items(sent))


def _newest_refused(sent: IncomingRequest, answer: Answer) -> Answer:
    """Refuse fields that an older list of parameters does not have."""
    known = sent.fields if posted("/responses")(sent) and isinstance(sent.fields, dict) else {}
    field = next((name for name in _NEWEST if name in known), None)
    return answer if field is None or answer.status >= 400 else unknown(field).answer()


def _echo_tier(sent: IncomingRequest, answer: Answer) -> Answer:
    """State the requested tier in the Response, whatever tier served it."""
    fields = sent.fields if isinstance(sent.fields, dict) else {}
    if "service_tier" not in fields:
        return answer
    return in_body(lambda body: body | {"service_tier": fields["service_tier"]}, "/v1/responses")(sent, answer)


def _listed_empty(sent: IncomingRequest, answer: Answer) -> Answer:
    """List no input items."""
    if not sent.path.endswith("/input_items") or answer.status >= 400:
        return answer
    return json_answer({"object": "list", "data": [], "first_id": None, "last_id": None, "has_more": False})


def _blank_for_links(asked: IncomingRequest) -> IncomingRequest:
    """Replace each picture address in a JSON edit by a blank picture."""
    fields = asked.fields
    if not posted("/images/edits")(asked) or asked.form or not isinstance(fields, dict):
        return asked
    return replace(
        asked, fields={**fields, "images": [_blank_for_link(picture) for picture in fields.get("images") or ()]}
    )


def _blank_for_link(picture: Json) -> Json:
    address = picture.get("image_url") if isinstance(picture, dict) else None
    return {"image_url": _BLANK} if isinstance(address, str) and address.startswith("http") else picture


def _names_file(sent: IncomingRequest) -> bool:
    images = sent.fields.get("images") if isinstance(sent.fields, dict) else None
    return isinstance(images, list) and any(isinstance(image, dict) and "file_id" in image for image in images)


FAULTS: Final = (
    Fault(
        "agent.conversation_ignored",
        "conversation is accepted and ignored: no response continues an earlier one.",
        request=lambda asked: without("conversation")(asked) if posted("/responses")(asked) else asked,
    ),
    Fault("agent.include_dropped", "include is not passed on: reasoning is not encrypted.", request=without("include")),
    Fault(
        "agent.reasoning_refused",
        "Encrypted reasoning that is sent back is refused.",
        answer=refusing(
            both(posted("/responses"), _sends("reasoning", "encrypted_content")),
            400,
            "Unknown parameter: 'input[1].encrypted_content'.",
            code="unknown_parameter",
            param="input[1].encrypted_content",
        ),
    ),
    Fault(
        "agent.functions_dropped",
        "A client's own functions are dropped from requests with the image tool.",
        request=_without_functions,
    ),
    Fault(
        "agent.function_items_refused",
        "A function_call item in the input is refused.",
        answer=refusing(
            both(posted("/responses"), _sends("function_call")),
            400,
            "Invalid value: 'function_call'. Supported values are: 'message'.",
            code="invalid_value",
            param="input[1].type",
        ),
    ),
    Fault(
        "agent.fields_dropped",
        "max_tool_calls, prompt_cache_key and service_tier are not passed on.",
        request=without("max_tool_calls", "prompt_cache_key", "service_tier"),
    ),
    Fault(
        "agent.newest_fields_refused",
        "context_management, image and moderation are refused as unknown parameters of a Response.",
        answer=_newest_refused,
    ),
    Fault(
        "agent.tier_echoed",
        "The Response repeats the service_tier of its request, whatever tier serves it.",
        answer=_echo_tier,
    ),
    Fault(
        "agent.moderation_dropped",
        "`moderation` is not passed on, so that a Response has no moderation results.",
        request=lambda asked: without("moderation")(asked) if posted("/responses")(asked) else asked,
    ),
    Fault("agent.input_items_empty", "The input items of a stored response are an empty list.", answer=_listed_empty),
    Fault(
        "agent.edit_file_refused",
        "An edit in JSON that names an uploaded file is refused.",
        answer=refusing(
            both(posted("/images/edits"), _names_file),
            400,
            "Missing required parameter: 'images[0].image_url'.",
            code="missing_required_parameter",
            param="images[0].image_url",
        ),
    ),
    Fault(
        "agent.edit_link_passed_over",
        "The address of a picture in a JSON edit is ignored, and a blank picture is edited.",
        request=_blank_for_links,
    ),
)
