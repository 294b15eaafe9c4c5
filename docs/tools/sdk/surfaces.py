"""The image surfaces: which types of the SDKs describe each, and what of them is no part of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """Who sends a surface's fields."""

    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, slots=True, order=True)
class Fact:
    """One thing that an SDK knows: a field of a surface, or one literal value of that field (`value` is set).

    `field` is the path inside the surface, such as `svg.reasoning.effort`. Models and events are surfaces too.
    """

    surface: str
    field: str
    value: str = ""

    def __str__(self) -> str:
        """Write the fact as the file of exceptions names it."""
        return f"{self.surface}: {self.field}{f' = {self.value}' if self.value else ''}"


@dataclass(frozen=True, slots=True)
class Surface:
    """A surface, its types by `module:Name` below `openai.types`, and the fields whose content is another surface's.

    `node` names the interfaces of the Node SDK as `file:Name`.
    """

    name: str
    side: Side
    types: tuple[str, ...]
    node: tuple[str, ...] = ()
    closed: frozenset[str] = frozenset()


_CONVERSATION: Final = frozenset({"input", "instructions", "output", "prompt", "reasoning", "text", "tool_choice"})
"""Fields that carry the text conversation, and those whose content is a surface of its own."""
_CLOSED: Final = _CONVERSATION | {"tools", "model", "metadata"}

SURFACES: Final = (
    Surface(
        "images.generate",
        Side.REQUEST,
        ("image_generate_params:ImageGenerateParamsBase", "image_generate_params:ImageGenerateParamsStreaming"),
        ("images:ImageGenerateParamsBase",),
        frozenset({"model"}),
    ),
    Surface(
        "images.edit",
        Side.REQUEST,
        ("image_edit_params:ImageEditParamsBase", "image_edit_params:ImageEditParamsStreaming"),
        ("images:ImageEditParamsBase",),
        frozenset({"model"}),
    ),
    Surface(
        "tool image_generation",
        Side.REQUEST,
        ("responses.tool_param:ImageGeneration",),
        ("responses/responses:Tool.ImageGeneration",),
        frozenset({"model"}),
    ),
    Surface(
        "responses.create",
        Side.REQUEST,
        (
            "responses.response_create_params:ResponseCreateParamsBase",
            "responses.response_create_params:ResponseCreateParamsStreaming",
        ),
        ("responses/responses:ResponseCreateParamsBase",),
        _CLOSED,
    ),
    Surface(
        "responses.create over WebSocket",
        Side.REQUEST,
        ("responses.responses_client_event:ResponseCreate",),
        ("responses/responses:ResponsesClientEvent.ResponseCreate",),
        _CLOSED,
    ),
    Surface(
        "responses.steer",
        Side.REQUEST,
        ("responses.response_steer_event:ResponseSteerEvent",),
        ("responses/responses:ResponseSteerEvent",),
        frozenset({"input"}),
    ),
    Surface(
        "tool_choice allowed_tools",
        Side.REQUEST,
        ("responses.tool_choice_allowed_param:ToolChoiceAllowedParam",),
        ("responses/responses:ToolChoiceAllowed",),
        frozenset({"tools"}),
    ),
    Surface(
        "responses.retrieve",
        Side.REQUEST,
        (
            "responses.response_retrieve_params:ResponseRetrieveParamsBase",
            "responses.response_retrieve_params:ResponseRetrieveParamsStreaming",
        ),
        ("responses/responses:ResponseRetrieveParamsBase",),
    ),
    Surface(
        "Images answer",
        Side.ANSWER,
        ("images_response:ImagesResponse",),
        ("images:ImagesResponse",),
    ),
    Surface(
        "Response",
        Side.ANSWER,
        ("responses.response:Response",),
        ("responses/responses:Response",),
        _CLOSED | {"conversation", "prompt_cache_options", "moderation", "input_transformations"},
    ),
    Surface(
        "item image_generation_call",
        Side.ANSWER,
        ("responses.response_output_item:ImageGenerationCall",),
        ("responses/responses:ResponseOutputItem.ImageGenerationCall",),
    ),
    Surface("Model", Side.ANSWER, ("model:Model",), ("models:Model",)),
)

EVENT_UNIONS: Final = {
    "events of a Responses stream": "responses.response_stream_event:ResponseStreamEvent",
    "events of a Responses WebSocket": "responses.responses_server_event:ResponsesServerEvent",
    "events of /images/generations": "image_gen_stream_event:ImageGenStreamEvent",
    "events of /images/edits": "image_edit_stream_event:ImageEditStreamEvent",
}
"""The unions of event classes."""

KIND_UNIONS: Final = {
    "tools of a request": "responses.tool_param:ToolParam",
    "items of an input": "responses.response_input_item_param:ResponseInputItemParam",
}
"""The unions of what a request may list, each member with a `type`."""
