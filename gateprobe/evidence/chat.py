"""Pictures in chat completions, in the four shapes that public gateways use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateprobe.evidence.exchange import Exchange
from gateprobe.evidence.promised import MalformedAnswerError
from gateprobe.model import Json

_MARKDOWN: Final = re.compile(
    r"!?\[[^\[\]]{0,400}\]\(\s*<?((?:https?://|data:image/)[^\s()<>]{1,20000000}+)>?[^()]{0,200}\)"
)
_DATA: Final = re.compile(r"data:image/[\w.+-]{1,20};base64,[A-Za-z0-9+/=_-]+")
_LINK: Final = re.compile(r"https?://[^\s()<>\"'\]]{1,4000}")


_HOLDERS: Final = ("image_url", "image", "source")
_SOURCES: Final = ("url", "image_url", "b64_json", "data", "image", "result")


class ChatShape(StrEnum):
    """Where a message holds a picture."""

    IMAGES = "message.images"
    DATA_URI = "a data URI in the text"
    PART = "a content part"
    LINK = "a link in the text"


@dataclass(frozen=True, slots=True)
class ChatPicture:
    """A picture of a message: its shape, and its link, data URI or base64."""

    shape: ChatShape
    value: str


def chat_pictures(exchange: Exchange) -> tuple[ChatPicture, ...]:
    """Return the pictures of a chat completion, each once, the most specific shape first."""
    try:
        body = exchange.json() if exchange.ok else None
    except MalformedAnswerError:
        return ()
    choices = body.get("choices") if isinstance(body, dict) else None
    messages = (
        [choice.get("message") for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    )
    by_value: dict[str, ChatPicture] = {}
    for message in messages:
        for picture in _of_message(message):
            by_value.setdefault(picture.value, picture)
    return tuple(by_value.values())


def _of_message(message: Json) -> Iterator[ChatPicture]:
    if not isinstance(message, dict):
        return
    yield from (ChatPicture(ChatShape.IMAGES, value) for value in _sources(message.get("images")))
    content = message.get("content")
    if isinstance(content, list):
        yield from (ChatPicture(ChatShape.PART, value) for value in _sources(content))
        texts = [part.get("text") for part in content if isinstance(part, dict)]
        content = "\n".join(text for text in texts if isinstance(text, str))
    if isinstance(content, str):
        yield from _of_text(content)


def _sources(parts: Json) -> Iterator[str]:
    """Yield the pictures in a list of parts: `{"image_url": {"url": …}}` and similar objects."""
    for part in parts if isinstance(parts, list) else ():
        if not isinstance(part, dict):
            if isinstance(part, str) and part:
                yield part
            continue
        inner = [part, *(part[key] for key in _HOLDERS if isinstance(part.get(key), dict))]
        texts = (holder.get(key) for holder in inner for key in _SOURCES)
        if (value := next((text for text in texts if isinstance(text, str) and text), None)) is not None:
            yield value


def _of_text(text: str) -> Iterator[ChatPicture]:
    """Yield the pictures of a text: data URIs, Markdown links, and a bare link where there is nothing else."""
    data = _DATA.findall(text)
    yield from (ChatPicture(ChatShape.DATA_URI, value) for value in data)
    links = [value for value in _MARKDOWN.findall(text) if value.startswith("http")]
    if not data and not links:
        links = [link.rstrip(".,;:!") for link in _LINK.findall(text)]
    yield from (ChatPicture(ChatShape.LINK, value) for value in links)
