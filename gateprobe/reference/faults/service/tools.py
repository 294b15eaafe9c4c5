"""Faults of the image tool (`tool.`) and of models (`models.`)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.requests.refusing import both, has_image_tool, posted, refusing, with_fields
from gateprobe.reference.faults.requests.requests import without
from gateprobe.reference.faults.streams.frames import (
    CALL,
    TERMINAL,
    Object,
    body_of,
    each,
    in_body,
    in_output,
    of_calls,
    of_items,
    of_responses,
    without_keys,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer, RefusalError, json_answer

_TOOL: Final = {"type": "image_generation", "model": "gpt-image-2", "size": "auto", "quality": "auto"}
_OLDER: Final = "gpt-image-1"


def _injected(response: Object) -> Object:
    return {**response, "tools": [_TOOL]} if response.get("tools") == [] else response


def _searching(response: Object) -> Object:
    tools = response.get("tools")
    return {**response, "tools": [*tools, {"type": "web_search"}]} if isinstance(tools, list) and tools else response


async def _without_call(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave every event of an image call out of a stream, and the call out of its Response."""
    dropped: set[object] = set()
    async for frame in frames:
        item, response = frame.data.get("item"), frame.data.get("response")
        if isinstance(item, dict) and item.get("type") == CALL:
            dropped.add(item.get("id"))
            continue
        if frame.data.get("item_id") in dropped:
            continue
        if isinstance(response, dict) and isinstance(response.get("output"), list):
            left = [item for item in response["output"] if not (isinstance(item, dict) and item.get("type") == CALL)]
            yield Frame({**frame.data, "response": {**response, "output": left}}, frame.event)
            continue
        yield frame


def _some_accounts(fault: Fault) -> Fault:
    """Refuse each third picture, as a pool does in which some accounts may not draw."""
    turns = itertools.count()
    message = "Tool 'image_generation' is not supported with this account."

    def refused(sent: IncomingRequest, answer: Answer) -> Answer:
        if not _draws(sent) or answer.status >= 400 or next(turns) % 3 != 1:
            return answer
        return RefusalError(400, message, code="unsupported_value", param="tools").answer()

    return replace(fault, answer=refused)


def _answered_as_text(asked: IncomingRequest) -> IncomingRequest:
    """Ask a text model where an image model was named as `model`."""
    fields = asked.fields
    if not posted("/responses")(asked) or not isinstance(fields, dict):
        return asked
    return with_fields(asked, {**fields, "model": "gpt-5.5"}) if "image" in str(fields.get("model")) else asked


def _blind(asked: IncomingRequest) -> IncomingRequest:
    """Drop every picture from the input."""
    items = asked.fields.get("input") if isinstance(asked.fields, dict) else None
    if not isinstance(items, list):
        return asked
    return with_fields(asked, {**asked.fields, "input": [_without_picture(item) for item in items]})


def _without_picture(item: Json) -> Json:
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list):
        return item
    parts = [part for part in content if not (isinstance(part, dict) and part.get("type") == "input_image")]
    return {**item, "content": parts}


def _other_model(response: Object) -> Object:
    tools = response.get("tools")
    if not isinstance(tools, list):
        return response
    changed_tools = [
        {**tool, "model": _OLDER} if isinstance(tool, dict) and "model" in tool else tool for tool in tools
    ]
    return {**response, "tools": changed_tools}


def _ends_as_another(frame: Frame) -> Frame:
    """Name another model in the event that ends a response."""
    if frame.type not in TERMINAL:
        return frame
    return of_responses(lambda response: {**response, "model": f"{response.get('model')}-mini"})(frame)


def _answered_anyway(asked: IncomingRequest) -> IncomingRequest:
    """Ask an existing model where an invented one was named."""
    fields = asked.fields
    if not posted("/responses", "/images/generations")(asked) or not isinstance(fields, dict):
        return asked
    known = str(fields.get("model")).startswith(("gpt-", "openai/"))
    other = "gpt-5.5" if asked.path == "/v1/responses" else "gpt-image-2"
    return asked if known or "model" not in fields else with_fields(asked, {**fields, "model": other})


def _first_call(response: Object) -> Object:
    """Leave all image calls but the first out of a Response."""
    output = response.get("output")
    if not isinstance(output, list):
        return response
    calls = [item for item in output if isinstance(item, dict) and item.get("type") == CALL]
    return {**response, "output": [item for item in output if item not in calls[1:]]}


async def _first_call_only(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Leave every event of a further image call out of a stream."""
    first: object = None
    dropped: set[object] = set()
    async for frame in frames:
        item = frame.data.get("item")
        if isinstance(item, dict) and item.get("type") == CALL:
            first = first or item.get("id")
            if item.get("id") != first:
                dropped.add(item.get("id"))
                continue
        if frame.data.get("item_id") not in dropped:
            yield of_responses(_first_call)(frame)


def _same_prompt(call: Object) -> Object:
    return {**call, "revised_prompt": "A photo of a cat."} if "revised_prompt" in call else call


def _untold(call: Object) -> Object:
    return without_keys(call, "revised_prompt")


def _bare_list(sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    if sent.path != "/v1/models" or answer.status >= 400 or body is None or not isinstance(answer, PlainAnswer):
        return answer
    names = [{"id": entry.get("id")} for entry in body.get("data", []) if isinstance(entry, dict)]
    return replace(answer, body=orjson.dumps({"models": names}))


def _another_entry(sent: IncomingRequest, answer: Answer) -> Answer:
    """Return the entry of another model than the path names."""
    body = body_of(answer)
    if not sent.path.startswith("/v1/models/") or body is None or answer.status >= 400:
        return answer
    return json_answer({**body, "id": "gpt-4o" if body.get("id") != "gpt-4o" else "o3"})


def _draws(sent: IncomingRequest) -> bool:
    """Return whether a request asks for a picture."""
    return posted("/images/generations", "/images/edits")(sent) or (posted("/responses")(sent) and has_image_tool(sent))


_LISTED_ONLY: Final = ("gpt-image-2.5-flare", "gpt-image-2.5-sunburst")


def _listed_only(sent: IncomingRequest, answer: Answer) -> Answer:
    """Refuse image models that the list names."""
    model = sent.fields.get("model") if isinstance(sent.fields, dict) else None
    if not posted("/images/generations")(sent) or model not in _LISTED_ONLY:
        return answer
    return RefusalError(404, f"The model '{model}' does not exist.", code="model_not_found", param="model").answer()


FAULTS: Final = (
    Fault(
        "tool.rejected_400",
        "The image tool is refused as an unknown tool.",
        answer=refusing(
            both(posted("/responses"), has_image_tool),
            400,
            "Invalid value: 'image_generation'. Supported values are: 'function'.",
            code="invalid_value",
            param="tools[0].type",
        ),
    ),
    Fault(
        "tool.flaky_by_account",
        "Each third picture is refused; the same request again is drawn.",
        start=_some_accounts,
    ),
    Fault(
        "tool.injected_unrequested",
        "The image tool is added to requests that brought none.",
        answer=in_body(_injected, "/v1/responses"),
        frames=each(of_responses(_injected)),
    ),
    Fault(
        "tool.search_added",
        "A web search tool is added to requests that brought another tool.",
        answer=in_body(_searching, "/v1/responses"),
        frames=each(of_responses(_searching)),
    ),
    Fault(
        "tool.item_dropped_in_stream",
        "The picture is left out of streams, and comes without one.",
        frames=_without_call,
    ),
    Fault(
        "tool.first_call_only",
        "Of several pictures that were asked for in words only the first comes.",
        answer=in_body(_first_call, "/v1/responses"),
        frames=_first_call_only,
    ),
    Fault(
        "tool.prompt_untold",
        "The prompt that was really drawn is not reported.",
        answer=in_body(in_output(of_calls(_untold)), "/v1/responses"),
        frames=each(of_items(of_calls(_untold))),
    ),
    Fault(
        "tool.prompt_shared",
        "Every call has the same revised prompt.",
        answer=in_body(in_output(of_calls(_same_prompt)), "/v1/responses"),
        frames=each(of_items(of_calls(_same_prompt))),
    ),
    Fault("tool.choice_ignored", "tool_choice is not looked at.", request=without("tool_choice")),
    Fault("models.unknown_answered", "A model that there is not is answered by another.", request=_answered_anyway),
    Fault(
        "models.image_model_as_text",
        "An image model as `model` is answered by a text model.",
        request=_answered_as_text,
    ),
    Fault("models.capability_lie", "Pictures in the input are accepted and not looked at.", request=_blind),
    Fault(
        "models.tool_substituted",
        "The image tool that the answer echoes names an older model than was asked for.",
        answer=in_body(_other_model, "/v1/responses"),
        frames=each(of_responses(_other_model)),
    ),
    Fault(
        "models.changed_in_stream",
        "A stream begins with the model that was asked for, and ends with a smaller one.",
        frames=each(_ends_as_another),
    ),
    Fault("models.listed_only", "The list names image models that cannot be called.", answer=_listed_only),
    Fault("models.list_shape", "The models list is `{models: [{id}]}`.", answer=_bare_list),
    Fault(
        "models.retrieved_another",
        "A model that is fetched by its id comes back as another one.",
        answer=_another_entry,
    ),
    Fault(
        "models.listed_not_callable",
        "The image model is listed, and not found when it is called.",
        answer=refusing(
            _draws,
            404,
            "The model 'gpt-image-2' does not exist or you do not have access to it.",
            code="model_not_found",
            param="model",
        ),
    ),
)
