"""Describe a text that stands for a picture: base64, a data URI, a link, Markdown."""

from __future__ import annotations

import base64
import re
from typing import Final

from gateprobe.message import Message, message
from gateprobe.stream.forms.magic import describe_magic

_LINK: Final = re.compile(r"https?://\S+")
_MARKDOWN: Final = re.compile(r"!\[[^\]]*\]\(\S+\)")
_HEAD: Final = 4096  # characters of a text that are decoded to see whether it is a picture


def describe_picture_text(text: str) -> Message | None:
    """Return what a text is that stands for a picture: base64, a data URI, a link, Markdown; None for another text."""
    text = text.strip()
    if text.startswith("data:"):
        head = text.partition(",")[0]
        return message("a data URI ({head})", head=head[:60])
    if _LINK.fullmatch(text[:_HEAD]):
        return message("a link ({link})", link=text[:120])
    if _MARKDOWN.search(text[:_HEAD]):
        return message("Markdown with a picture ({text!q})", text=text[:120])
    if len(text) < 32:
        return None
    head = text[:_HEAD]
    try:
        start = base64.b64decode(head[: len(head) // 4 * 4], validate=True)
    except ValueError:
        return None
    form = describe_magic(start)
    return None if form is None else message("base64 of {form}", form=form)
