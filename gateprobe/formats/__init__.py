"""Reports: views of a run, drawn from its folder alone, one module for each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from gateprobe.errors import UsageError
from gateprobe.formats.badge import render_badge, render_shields
from gateprobe.formats.csv import render_csv
from gateprobe.formats.html import render_html, write_html
from gateprobe.formats.json import render_json
from gateprobe.formats.junit import render_junit
from gateprobe.formats.markdown import render_markdown
from gateprobe.formats.terminal import render_terminal
from gateprobe.record.file import Run
from gateprobe.redact.outgoing import clean

FORMATS: Final[Mapping[str, Callable[[Run], str]]] = MappingProxyType(
    {
        "html": render_html,
        "markdown": render_markdown,
        "junit": render_junit,
        "json": render_json,
        "csv": render_csv,
        "badge": render_badge,
        "shields": render_shields,
        "text": render_terminal,
    }
)
"""Every format by the name that `gateprobe report --format` takes."""


class UnknownFormatError(UsageError):
    """No report has a format of that name."""


def render(run: Run, format: str) -> str:  # noqa: A002 - the option's own name
    """Draw a run in a format.

    Raises:
        UnknownFormatError: there is none of that name.
    """
    if format not in FORMATS:
        raise UnknownFormatError(f'There is no report format "{format}"; known are {", ".join(FORMATS)}.')
    return clean(FORMATS[format](run))


__all__ = ["FORMATS", "UnknownFormatError", "render", "write_html"]
