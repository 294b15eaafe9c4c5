"""Reading untrusted JSON: what is not as promised raises an error that names the fault and the place."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Final

from gateprobe.evidence.attempt import Failure
from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.message import Message, Value, message
from gateprobe.model import Json, Place
from gateprobe.stream.forms import Shape, describe_picture_text, describe_text, describe_value, foreign_form
from gateprobe.stream.payload.base64 import base64_flaw


class MalformedAnswerError(Exception):
    """An answer does not have the shape that the protocol promises.

    `fault_kind` is the kind of fault, `message` says what is wrong and where. `place` is the exchange that the answer
    belongs to, once it is known.
    """

    def __init__(self, fault_kind: str, template: str, **values: Value) -> None:
        self.fault_kind, self.message = fault_kind, Message(template, values)
        self.place: Place | None = None
        super().__init__(fault_kind, template)

    def __str__(self) -> str:
        """Return the sentence."""
        return str(self.message)


class UnfinishedStreamError(MalformedAnswerError):
    """A stream ended without its terminal event, so that what only this event holds cannot be known."""


class UnseenAnswerError(Exception):
    """What a probe needs was not fetched, or something kept us from it: `failure` says what, `place` where."""

    def __init__(self, failure: Failure, place: Place) -> None:
        self.failure, self.place = failure, place
        super().__init__(failure.reason)


class MissingStepError(Exception):
    """A scenario ended before the step that is needed; `message` says which."""

    def __init__(self, scenario: str, step: int) -> None:
        self.message = message("the scenario {scenario} ended before step {step}", scenario=scenario, step=step)
        super().__init__(str(self.message))


_TYPES: Final = ((bool, "boolean"), (int | float, "number"), (str, "text"), (list, "list"), (dict, "object"))


def json_type(value: Json) -> str:
    """Return the name of a value's JSON type: null, boolean, number, text, list or object."""
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")


def json_text(value: Json, limit: int = 80) -> str:
    """Return a JSON value as a sentence shows it: as JSON text of at most `limit` characters."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def at(value: Json, *path: str | int) -> Json:
    """Follow keys and indices into a JSON value.

    Raises:
        MalformedAnswerError: something on the way is missing or of another type; the message says where.
    """
    current, shown = value, ""
    for step in path:
        shown += f"[{step}]" if isinstance(step, int) else f".{step}" if shown else step
        if not _has(current, step):
            fault_kind = "usage.missing" if path[0] in ("usage", "tool_usage") else "answer.fields"
            raise MalformedAnswerError(fault_kind, "`{path}` is missing from the answer", path=shown)
        current = current[step]
    return current


def _has(value: Json, step: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(step, int) and -len(value) <= step < len(value)
    return isinstance(value, dict) and step in value


def encoded_data(body: Json) -> Iterator[tuple[str, Json]]:
    """Yield the encoded pictures of an ImagesResponse, each after its path."""
    for index, entry in enumerate(entries(body)):
        link = entry.get("url")
        if entry.get("b64_json") is not None:
            yield f"data[{index}].b64_json", entry["b64_json"]
        elif isinstance(link, str) and link.startswith("data:"):
            yield f"data[{index}].url", link


def entries(body: Json, fault_kind: str = "answer.fields") -> tuple[dict[str, Json], ...]:
    """Return the entries of `data` in an ImagesResponse or a list.

    Raises:
        MalformedAnswerError: there is no list of objects; of kind `fault_kind`, or of another API's shape.
    """
    data = body.get("data") if isinstance(body, dict) else None
    form = _foreign(body, Shape.MODELS if fault_kind == "models.list_wrong" else Shape.IMAGES)
    if form is not None:
        kind = "surface.foreign_shape" if fault_kind == "answer.fields" else fault_kind
        raise MalformedAnswerError(kind, "the body is {form}, expected an object with the list `data`", form=form)
    if isinstance(body, dict) and "data" not in body:
        raise MalformedAnswerError(
            fault_kind, "the body is {form}, expected an object with the list `data`", form=describe_value(body)
        )
    if not isinstance(data, list):
        raise MalformedAnswerError(fault_kind, "`data` is of type {type}, expected a list", type=json_type(data))
    for index, entry in enumerate(data):
        if not isinstance(entry, dict):
            raise MalformedAnswerError(
                fault_kind, "data[{index}] is of type {type}, expected an object", index=index, type=json_type(entry)
            )
    return tuple(data)


def _foreign(body: Json, expected: Shape) -> Message | None:
    """Return what a body is that has no entries; None where `data` lists objects that may be entries, or is lacking."""
    data = body.get("data") if isinstance(body, dict) else None
    if isinstance(data, list) and all(isinstance(entry, dict) for entry in data):
        is_listed = not data or expected is Shape.MODELS or any(_PICTURE & entry.keys() for entry in data)
        return None if is_listed else foreign_form(body, expected)
    return None if isinstance(data, list) else foreign_form(body, expected)


_PICTURE: Final = frozenset({"b64_json", "url", "revised_prompt"})


def as_picture(value: Json, where: str | Message) -> Picture:
    """Decode base64 (or a base64 data URI) to a picture; `where` names its place in the answer.

    Raises:
        MalformedAnswerError: it is not text, not base64, or not a picture.
    """
    fault_kind = "image.undecodable"
    if not isinstance(value, str):
        raise MalformedAnswerError(
            fault_kind, "{where} is of type {type}, expected base64 text", where=where, type=json_type(value)
        )
    text = value
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        flaw = base64_flaw(text.encode("utf-8", "replace")) or message("its last group is incomplete")
        form = describe_picture_text(text) or describe_text(text)
        raise MalformedAnswerError(
            fault_kind,
            "{where} ({length:,} characters) is {form}, not base64: {flaw}",
            where=where,
            length=len(text),
            form=form,
            flaw=flaw,
        ) from None
    try:
        return open_picture(data)
    except NotAPicture as error:
        raise MalformedAnswerError(
            fault_kind, "{where} is not a picture: {error}", where=where, error=str(error)
        ) from None
