"""Judge the calls of a completed Response by the tools and limits that the same Response states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateprobe.message import message
from gateprobe.stream.keywords.base import Breach

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateprobe.model import Json

_CALL: Final = "image_generation_call"
_TOOL: Final = "image_generation"
_BUILT_IN: Final = frozenset({_CALL, "web_search_call", "file_search_call", "code_interpreter_call"})
_OPTIONS: Final = ("size", "quality", "output_format", "background")
_OPEN: Final = frozenset({None, "", "auto"})
"""Values that leave an option to the model."""


def judge_calls(body: dict[str, Json]) -> Iterator[Breach]:
    """Yield calls against `tool_choice`, beyond `max_tool_calls`, and with other options than the stated tool."""
    items = _dicts(body.get("output"))
    calls = [item for item in items if item.get("type") == _CALL]
    yield from _choice(body.get("tool_choice"), len(calls))
    most, number = body.get("max_tool_calls"), sum(item.get("type") in _BUILT_IN for item in items)
    if type(most) is int and number > most > 0:
        text = message("`max_tool_calls` is {most}, but `output` has {number} calls", most=most, number=number)
        yield Breach("stream.body.tool_choice", None, text)
    tools = [tool for tool in _dicts(body.get("tools")) if tool.get("type") == _TOOL]
    if len(tools) == 1:
        yield from _options(tools[0], calls)


def _choice(choice: Json, calls: int) -> Iterator[Breach]:
    if choice == "none" and calls:
        text = message("`tool_choice` is none, but `output` has an image_generation_call")
        yield Breach("stream.body.tool_choice", None, text)
    if isinstance(choice, dict) and choice.get("type") == _TOOL and not calls:
        text = message("`tool_choice` requires the image tool, but `output` has no image_generation_call")
        yield Breach("stream.body.tool_choice", None, text)


def _options(tool: dict[str, Json], calls: list[dict[str, Json]]) -> Iterator[Breach]:
    for call in calls:
        for option in _OPTIONS:
            asked, drawn = tool.get(option), call.get(option)
            if isinstance(asked, str) and isinstance(drawn, str) and not {asked, drawn} & _OPEN and asked != drawn:
                text = message(
                    "the image tool has {option} {asked!q}, its call has {drawn!q}",
                    option=option,
                    asked=asked[:60],
                    drawn=drawn[:60],
                )
                yield Breach("stream.body.tool_options", None, text)
                return


def _dicts(values: Json) -> list[dict[str, Json]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
