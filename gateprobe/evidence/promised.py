"""Reading hostile JSON: what is not as promised raises, and the sentence says where."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.message import Message, Value
from gateprobe.model import Json


class MalformedAnswerError(Exception):
    """What came back does not have the shape that the protocol promises.

    `fault` is the kind of fault, `message` says what is wrong and where.
    """

    def __init__(self, fault: str, template: str = "", **values: Value) -> None:
        if not template:  # TRANSITION: a sentence alone, from code that is not converted yet
            fault, template, values = "answer.fields", "{text}", {"text": fault}
        self.fault, self.message = fault, Message(template, values)
        super().__init__(fault, template)

    def __str__(self) -> str:
        """Return the sentence."""
        return str(self.message)


class UnfinishedStreamError(MalformedAnswerError):
    """A stream ended without its terminal event, so that what only this event tells cannot be known."""


def at(value: Json, *path: str | int) -> Json:
    """Follow keys and indices into a JSON value.

    Raises:
        MalformedAnswerError: something on the way is missing or of another type; the message says where.
    """
    here, shown = value, ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        if not _holds(here, step):
            raise MalformedAnswerError(f"`{shown}` is missing from the answer")
        here = here[step]
    return here


def _holds(value: Json, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and -len(value) <= step < len(value)
    return isinstance(value, dict) and step in value


def encoded_data(body: Json) -> Iterator[tuple[str, Json]]:
    """Give the encoded pictures of an ImagesResponse with where each stands."""
    for at, entry in enumerate(entries(body)):
        link = entry.get("url")
        if entry.get("b64_json") is not None:
            yield f"data[{at}].b64_json", entry["b64_json"]
        elif isinstance(link, str) and link.startswith("data:"):
            yield f"data[{at}].url", link


def entries(body: Json) -> tuple[dict[str, Json], ...]:
    """Give the entries of `data` in an ImagesResponse or a list.

    Raises:
        MalformedAnswerError: there is no list of objects.
    """
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        raise MalformedAnswerError(f"`data` is {type(data).__name__}, not a list")
    for at, entry in enumerate(data):
        if not isinstance(entry, dict):
            raise MalformedAnswerError(f"data[{at}] is {type(entry).__name__}, not an object")
    return tuple(data)


def as_picture(value: Json, where: str) -> Picture:
    """Decode base64 (or a base64 data URI) to a picture.

    Raises:
        MalformedAnswerError: it is no text, no base64, or no picture.
    """
    if not isinstance(value, str):
        raise MalformedAnswerError(f"{where} is {type(value).__name__}, not base64 text")
    text = value
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedAnswerError(f"{where} ({len(text):,} characters) is no base64: {error}") from None
    try:
        return open_picture(data)
    except NotAPicture as error:
        raise MalformedAnswerError(f"{where} is no picture: {error}") from None
