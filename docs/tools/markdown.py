"""Sentences and headings of generated pages, as Markdown."""

from __future__ import annotations

import html
import re
from typing import Final

_CODE: Final = re.compile(r"(`[^`]*`)")


def text(sentence: str) -> str:
    """Return a sentence as Markdown, with every mark outside code escaped."""
    parts = _CODE.split(sentence)
    return "".join(part if index % 2 else _plain(part) for index, part in enumerate(parts))


def _plain(part: str) -> str:
    return re.sub(r"([\\*_\[\]|{}])", r"\\\1", html.escape(part, quote=False))


def heading(name: str, marks: str = "###") -> str:
    """Return the heading of a name, which is its anchor as well."""
    return f"{marks} `{name}` {{: #{name} }}\n"
