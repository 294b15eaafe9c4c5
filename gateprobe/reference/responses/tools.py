"""The hosted `image_generation` tool in a Responses request, and the choice of tools."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.uploads import from_reference
from gateprobe.reference.fields import Fields, bad_type, bad_value, missing, refuse
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.images.options import COMMON, Settings, check_fidelity, read_settings
from gateprobe.reference.models import Catalogue
from gateprobe.reference.state import PersonaState

IMAGE_TOOL: Final = "image_generation"
_ACTIONS: Final = ("generate", "edit", "auto")
_KNOWN: Final = COMMON | {"type", "action", "input_fidelity", "input_image_mask"}
_OTHER_TOOLS: Final = (
    "apply_patch",
    "code_interpreter",
    "computer",
    "computer_use_preview",
    "custom",
    "file_search",
    "function",
    "local_shell",
    "mcp",
    "namespace",
    "programmatic_tool_calling",
    "shell",
    "tool_search",
    "web_search",
    "web_search_2025_08_26",
    "web_search_preview",
    "web_search_preview_2025_03_11",
)
"""The tools of OpenAI's client 3.57.0 beside the image tool; none of them is run, but functions are called."""
_FUNCTION: Final = "function"
_CHOICES: Final = (*_OTHER_TOOLS, IMAGE_TOOL, "computer_use", "allowed_tools")
"""The types of an object in `tool_choice`."""
_ALIASES: Final = {"computer_use": "computer", "computer_use_preview": "computer"}
"""Types of one tool (OpenAI's client); a dated type stands for the tool without its date."""
_MODES: Final = ("none", "auto", "required")


class Choice(Enum):
    """Whether the image tool is called."""

    NEVER = "the answer is text"
    ASKED = "the text model decides"
    ALWAYS = "a picture is drawn whatever the text says"


@dataclass(frozen=True, slots=True)
class ImageTool:
    """The tool as asked for and checked; `echo` is how `response.tools` shows it."""

    settings: Settings
    action: str
    mask: bytes | None
    echo: dict[str, Json]
    prefix: str


@dataclass(frozen=True, slots=True)
class Tools:
    """All tools of a request: the image tool if it is there, and what the response echoes."""

    image: ImageTool | None
    echo: tuple[Json, ...]


def read_tools(state: PersonaState, catalogue: Catalogue, value: Json) -> Tools:
    """Check `tools`; raise RefusalError for the first that is wrong."""
    if value is None:
        return Tools(None, ())
    if not isinstance(value, list):
        raise bad_type(value, "an array of objects", "tools")
    image: ImageTool | None = None
    echo: list[Json] = []
    for place, each in enumerate(value):
        where = f"tools[{place}]"
        if not isinstance(each, dict):
            raise bad_type(each, "an object", where)
        kind = each.get("type")
        if kind is None:
            raise missing(f"{where}.type")
        if kind != IMAGE_TOOL:
            if kind not in _OTHER_TOOLS:
                raise bad_value(str(kind), (*_OTHER_TOOLS, IMAGE_TOOL), f"{where}.type")
            echo.append(each)
            continue
        image = _read_image_tool(state, catalogue, Fields(each, f"{where}."))
        echo.append(image.echo)
    return Tools(image, tuple(echo))


def _read_image_tool(state: PersonaState, catalogue: Catalogue, fields: Fields) -> ImageTool:
    fields.only(_KNOWN)  # no `n` here: OpenAI API reference
    name = fields.text("model") or catalogue.images[0].name
    model = catalogue.image_model(name)
    if model is None:
        raise RefusalError(
            400,
            f"The model '{name[:80]}' does not exist.",
            "image_generation_user_error",
            "invalid_value",
            f"{fields.prefix}model",
        )
    action = fields.choice("action", _ACTIONS, "auto")
    check_fidelity(fields, model)
    settings = read_settings(fields, model)
    mask = fields.values.get("input_image_mask")
    if mask is not None and settings.output_format == "gif":
        param = f"{fields.prefix}input_image_mask"
        raise refuse("A mask is not supported with output_format 'gif'.", "unsupported_parameter", param)
    return ImageTool(
        settings=settings,
        action=action,
        mask=None if mask is None else from_reference(state, mask, f"{fields.prefix}input_image_mask"),
        echo=_echo(fields, name),
        prefix=fields.prefix,
    )


def _echo(fields: Fields, model: str) -> dict[str, Json]:
    """Echo the tool with its defaults filled in; `partial_images` is never echoed (recorded traffic)."""
    defaults: dict[str, Json] = {
        "type": IMAGE_TOOL,
        "background": "auto",
        "model": model,
        "moderation": "auto",
        "n": 1,
        "output_compression": 100,
        "output_format": "png",
        "quality": "auto",
        "size": "auto",
    }
    given = {name: value for name, value in fields.values.items() if value is not None}
    return {name: value for name, value in (defaults | given).items() if name != "partial_images"}


def read_choice(value: Json, tools: Tools) -> Choice:
    """Check `tool_choice`; raise RefusalError for a form that does not exist or a tool that is not there."""
    match value:
        case None | "auto":
            return Choice.ASKED
        case "none":
            return Choice.NEVER
        case "required":
            if not tools.echo:
                raise refuse("Tool choice 'required' must be specified with 'tools' parameter.", None, "tool_choice")
            return Choice.ALWAYS if tools.image else Choice.ASKED
        case str():
            raise bad_value(value, _MODES, "tool_choice")
        case {"type": "allowed_tools", "tools": [*allowed]}:
            Fields(value, "tool_choice.").only(("type", "mode", "tools"))
            return _read_allowed(str(value.get("mode")), allowed, tools)
        case {"type": str(kind)}:
            if kind not in _CHOICES:
                raise bad_value(kind, _CHOICES, "tool_choice.type")
            _must_have(kind, tools)
            return Choice.ALWAYS if kind == IMAGE_TOOL else Choice.ASKED
        case _:
            raise bad_type(value, "a string or an object with a type", "tool_choice")


def demanded_function(value: Json, tools: Tools) -> str | None:
    """Return the function that `tool_choice` demands a call of; None where it demands none."""
    functions = [str(each.get("name")) for each in tools.echo if isinstance(each, dict) and each["type"] == _FUNCTION]
    match value:
        case "required":
            return functions[0] if functions else None
        case {"type": "function", "name": str(name)}:
            if name not in functions:
                raise refuse(f"Tool choice '{name[:80]}' not found in 'tools' parameter.", None, "tool_choice")
            return name
        case _:
            return None


def _read_allowed(mode: str, allowed: Sequence[Json], tools: Tools) -> Choice:
    if mode not in {"auto", "required"}:
        raise bad_value(mode, ("auto", "required"), "tool_choice.mode")
    kinds = [str(each.get("type")) for each in allowed if isinstance(each, dict)]
    for kind in kinds:
        _must_have(kind, tools)
    if IMAGE_TOOL not in kinds:
        return Choice.NEVER
    return Choice.ALWAYS if mode == "required" else Choice.ASKED


def _must_have(kind: str, tools: Tools) -> None:
    kinds = {_undated(str(each.get("type"))) for each in tools.echo if isinstance(each, dict)}
    if _undated(kind) not in kinds:
        raise refuse(f"Tool choice '{kind[:80]}' not found in 'tools' parameter.", None, "tool_choice")


def _undated(kind: str) -> str:
    kind = re.sub(r"_\d{4}_\d{2}_\d{2}$", "", kind)
    return _ALIASES.get(kind, kind)
