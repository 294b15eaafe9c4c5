"""The help of the commands in the chosen language. English help never loads this module."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Final, TypeVar

import click
from rich.cells import cell_len

from gateprobe.language import localise, translated

_C = TypeVar("_C", bound=click.Command)
_PIECE: Final = re.compile(r"[（《「『]*(?:`[^`]*`|[!-~]+|\s+|.)")  # noqa: RUF001 - opening marks
_NEVER_FIRST: Final = frozenset("，。；：！？、）》」』")  # noqa: RUF001 - no line begins with these
_MODULES: Final = (click.core, click.decorators, click.exceptions, click.formatting)


def translate_click() -> None:
    """Make click print its own words in the chosen language, and wrap lines by the width of their characters."""
    for module in _MODULES:
        setattr(module, "_", lambda text: localise(translated, text))  # noqa: B010 - its module-level name for gettext
    click.formatting.wrap_text = wrapped
    setattr(click.HelpFormatter, "write_heading", _write_heading)  # noqa: B010 - its colon is Western


def _write_heading(formatter: click.HelpFormatter, heading: str) -> None:
    colon = localise(translated, ":")
    formatter.write(f"{'':>{formatter.current_indent}}{heading}{colon}\n")


def translate_command(command: _C) -> _C:
    """Return a copy of a command with its help in the chosen language."""
    local = copy.copy(command)
    local.help, local.short_help = map(_translated, (command.help, command.short_help))
    local.params = [_translate_param(param) for param in command.params]
    if isinstance(local, click.Group):
        local.commands = {name: translate_command(inner) for name, inner in local.commands.items()}
    return local


def _translate_param(param: click.Parameter) -> click.Parameter:
    if not isinstance(param, click.Option):
        return param
    local = copy.copy(param)
    local.help = _translated(param.help)
    return local


def _translated(text: str | None) -> str | None:
    return localise(translated, text) if text else text


def wrapped(
    text: str,
    width: int = 78,
    initial_indent: str = "",
    subsequent_indent: str = "",
    preserve_paragraphs: bool = False,  # noqa: FBT002 - the signature of click's own
) -> str:
    """Wrap a text by columns, also between Chinese characters; it replaces click's function, which wraps at spaces."""
    if not preserve_paragraphs:
        return "\n".join(_lines(" ".join(text.split()), width, initial_indent, subsequent_indent))
    paragraphs = (
        paragraph.replace("\b\n", "", 1) if _is_verbatim(paragraph) else _joined(paragraph, width, initial_indent)
        for paragraph in text.split("\n\n")
    )
    return "\n\n".join(paragraphs)


def _is_verbatim(paragraph: str) -> bool:
    return paragraph.startswith(("\b\n", "    "))


def _joined(paragraph: str, width: int, indent: str) -> str:
    return "\n".join(_lines(" ".join(paragraph.split()), width, indent, indent))


def _lines(text: str, width: int, first: str, rest: str) -> Iterator[str]:
    line, columns = first, len(first)
    for piece in _PIECE.findall(text):
        length = cell_len(piece)
        if columns + length > width and line.strip() and piece not in _NEVER_FIRST:
            yield line.rstrip()
            line, columns = rest, len(rest)
            piece = piece.lstrip()  # noqa: PLW2901 - the space at which a line is broken
            length = cell_len(piece)
        line += piece
        columns += length
    yield line.rstrip()
