"""A Responses request after checking, and the behaviour of the document it was checked by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.uploads import check_mask
from gateprobe.reference.fields import Fields, bad_type, missing, refuse
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.models import Catalogue
from gateprobe.reference.responses.conversation import Context, last_picture, last_text, pictures_given_now
from gateprobe.reference.responses.inputs import Input, find_conversation, read_input
from gateprobe.reference.responses.intent import is_change, wants_picture
from gateprobe.reference.responses.parameters import check_parameters, read_included
from gateprobe.reference.responses.tools import Choice, ImageTool, Tools, demanded_function, read_choice, read_tools
from gateprobe.reference.state import PersonaState, StoredResponse

_KNOWN: Final = frozenset(
    {
        *(
            "access_programs",
            "background",
            "background_options",
            "context_management",
            "conversation",
            "frequency_penalty",
            "image",
            "include",
            "input",
        ),
        *("instructions", "max_output_tokens", "max_tool_calls", "metadata", "model", "moderation"),
        *("parallel_tool_calls", "presence_penalty", "previous_response_id", "prompt", "prompt_cache_key"),
        *("prompt_cache_options", "prompt_cache_retention", "reasoning", "safety_identifier", "service_tier"),
        *("store", "stream", "stream_options", "temperature", "text", "tool_choice", "tools", "top_logprobs"),
        *("top_p", "truncation", "user"),
    }
)
_FEWEST_TOKENS: Final = 16
Recall = Callable[[str], StoredResponse | None]
"""Finds an earlier response by its id."""


class Partials(Enum):
    """Which partial renders a stream carries."""

    AS_ASKED = "as many as asked; the whole picture once where none is asked (recorded traffic of OpenAI)"
    AT_MOST_ONE = "one where any is asked, none otherwise"
    WHOLE = "the whole picture, once, whatever is asked"

    def sketches(self, asked: int) -> int:
        """Count the renders that come before the picture is finished."""
        return {Partials.AS_ASKED: asked, Partials.AT_MOST_ONE: min(asked, 1), Partials.WHOLE: 0}[self]

    def repeats_whole(self, asked: int) -> bool:
        """Return whether the finished picture is sent as a partial one too."""
        return self is Partials.WHOLE or (self is Partials.AS_ASKED and not asked)


@dataclass(frozen=True, slots=True)
class ResponsesBehaviour:
    """How one document describes `/v1/responses`.

    `reasons` puts a reasoning item before the picture, `closes_with_text` an empty message after it.
    `streamed_status` is the status of a finished picture in a stream. `heartbeat` sends `keepalive` events.
    `previous_over_http` lets a turn name an earlier one over HTTP. `background` makes responses in the background.
    """

    instructions_required: bool = False
    list_required: bool = False
    stream_required: bool = False
    previous_over_http: bool = True
    background: bool = False
    reasons: bool = True
    closes_with_text: bool = True
    streamed_status: str = "generating"
    heartbeat: bool = True
    partials: Partials = Partials.AS_ASKED


@dataclass(frozen=True, slots=True)
class Request:
    """A checked request; `context` holds everything said and drawn before and in it."""

    fields: dict[str, Json]
    model: str
    context: Context
    given: Input
    tools: Tools
    tool: ImageTool | None
    editing: bool
    stream: bool
    background: bool
    store: bool
    obfuscate: bool
    most_tokens: int | None
    most_calls: int | None
    include: frozenset[str]
    conversation: str | None
    function: str | None

    @property
    def prewarms(self) -> bool:
        """Whether the prompt cache shall be prepared, and no output made (`prompt_cache_options.prewarm`)."""
        return Fields(Fields(self.fields).object("prompt_cache_options")).flag("prewarm")

    @property
    def sources(self) -> tuple[bytes, ...]:
        """The pictures that a change starts from."""
        if not self.editing:
            return ()
        given = pictures_given_now(self.context)
        latest = last_picture(self.context)
        return given or ((latest,) if latest is not None else ())


def read_request(
    state: PersonaState,
    catalogue: Catalogue,
    behaviour: ResponsesBehaviour,
    value: Json,
    recall: Recall,
    *,
    socket: bool,
) -> Request:
    """Check a request body; raise RefusalError for the first thing that is wrong with it."""
    fields = Fields(value)
    fields.only(_KNOWN)
    _check_behaviour(fields, behaviour, socket=socket)
    model = _model(fields, catalogue)
    stream = fields.flag("stream")
    if behaviour.stream_required and not stream and not socket:
        raise RefusalError(500, "The upstream returned no data.", "server_error", "server_error")
    check_parameters(fields)
    tools = read_tools(state, catalogue, value.get("tools"))
    choice = read_choice(value.get("tool_choice"), tools)
    _check_prompt(fields)
    earlier = _earlier(state, fields, recall)
    given = read_input(state, _input(fields))
    context = (*earlier, *given.context)
    tool = _called(tools, choice, context)
    return Request(
        fields=value,
        model=model,
        context=context,
        given=given,
        tools=tools,
        tool=tool,
        editing=tool is not None and _edits(tool, context),
        stream=stream or socket,
        background=fields.flag("background"),
        store=fields.flag("store", default=True),
        obfuscate=_obfuscates(fields),
        most_tokens=fields.integer("max_output_tokens", _FEWEST_TOKENS),
        most_calls=fields.integer("max_tool_calls", 1),
        include=read_included(value.get("include")),
        conversation=_conversation(fields),
        function=None if tool is not None else demanded_function(value.get("tool_choice"), tools),
    )


def _check_behaviour(fields: Fields, behaviour: ResponsesBehaviour, *, socket: bool) -> None:
    """Refuse background mode where it is not offered, and what VibeAPI does not take (its document, 2026-05-08)."""
    if behaviour.instructions_required and not fields.text("instructions"):
        raise refuse("Instructions are required", "missing_required_parameter", "instructions")
    if behaviour.list_required and not isinstance(fields.values.get("input"), list):
        raise refuse("Input must be a list", "invalid_type", "input")
    if fields.flag("background") and not behaviour.background:
        raise refuse("Background mode is not offered here.", "unsupported_value", "background")
    if not behaviour.previous_over_http and not socket and fields.text("previous_response_id") is not None:
        raise refuse(
            "previous_response_id is only supported over WebSocket v2.",
            "unsupported_parameter",
            "previous_response_id",
        )


def _model(fields: Fields, catalogue: Catalogue) -> str:
    name = fields.text("model")
    if name is None:
        raise missing("model")
    if catalogue.image_model(name) is not None:
        raise refuse(
            f"The model '{name}' draws pictures and cannot be the model of a response. "
            "Name a text model here and the image model inside the image_generation tool.",
            "invalid_value",
            "model",
        )
    if not catalogue.has_text_model(name):
        # Recorded 2026: 400 here, where GET /models/{id} says 404.
        raise refuse(f"The requested model '{name[:80]}' does not exist.", "model_not_found", "model")
    return name


def _conversation(fields: Fields) -> str | None:
    """Return the id of the conversation, which is given as it is or in an object."""
    value = fields.values.get("conversation")
    if isinstance(value, dict):
        Fields(value, "conversation.").only(("id",))
        value = value.get("id")
    if value is not None and not isinstance(value, str):
        raise bad_type(value, "a string", "conversation")
    return value


def _check_prompt(fields: Fields) -> None:
    """Refuse a prompt template: none is stored here."""
    name = fields.object("prompt").get("id")
    if name is not None:
        raise RefusalError(404, f"Prompt with id '{str(name)[:80]}' not found.", param="prompt")


def _input(fields: Fields) -> Json:
    """Return the input, which may be left out where an earlier response or a conversation is continued."""
    continues = any(fields.values.get(name) is not None for name in ("previous_response_id", "conversation"))
    return [] if continues and fields.values.get("input") is None else fields.values.get("input")


def _earlier(state: PersonaState, fields: Fields, recall: Recall) -> Context:
    name, conversation = fields.text("previous_response_id"), _conversation(fields)
    if conversation is not None:
        if name is not None:
            raise refuse(
                "Mutually exclusive parameters: ''. Ensure you are only providing one of: "
                "'previous_response_id' or 'conversation'.",
                "mutually_exclusive_parameters",
                None,
            )
        return find_conversation(state, conversation).context
    if name is None:
        return ()
    stored = recall(name)
    if stored is None:
        raise refuse(
            f"Previous response with id '{name[:80]}' not found.",
            "previous_response_not_found",
            "previous_response_id",
        )
    return stored.context


def _obfuscates(fields: Fields) -> bool:
    options = fields.object("stream_options")
    return Fields(options, "stream_options.").flag("include_obfuscation", default=True)


def _called(tools: Tools, choice: Choice, context: Context) -> ImageTool | None:
    """Decide whether the tool is called."""
    if tools.image is None or choice is Choice.NEVER:
        return None
    if choice is Choice.ALWAYS:
        return tools.image
    wanted = wants_picture(last_text(context), has_picture=last_picture(context) is not None)
    return tools.image if wanted or tools.image.action == "edit" else None


def _edits(tool: ImageTool, context: Context) -> bool:
    """Decide between drawing anew and changing a picture; `edit` without one is an error (OpenAI guide)."""
    given, latest = pictures_given_now(context), last_picture(context)
    if tool.action == "edit" and latest is None:
        raise RefusalError(
            400,
            "The action 'edit' needs an image in the context, but there is none.",
            "image_generation_user_error",
            "invalid_value",
            f"{tool.prefix}action",
        )
    if tool.mask is not None and latest is not None:
        check_mask(tool.mask, given[0] if given else latest, f"{tool.prefix}input_image_mask")
    if tool.action == "auto":
        return is_change(last_text(context), given_now=bool(given), has_picture=latest is not None)
    return tool.action == "edit"
