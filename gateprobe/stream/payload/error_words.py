"""Find words for nothing in an error: `None` and `null` as text, and the HTTP status as a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import orjson

from gateprobe.message import Message, message

if TYPE_CHECKING:
    from gateprobe.model import Json

_NOTHING: Final = frozenset({"none", "null", "nil", "undefined", "nan", "n/a", "<nil>", "[object object]"})
_STATUS: Final = re.compile(r"[1-5]\d\d")


def is_word_for_nothing(value: Json) -> bool:
    """Return whether a value is a text that stands for no value."""
    return isinstance(value, str) and value.strip().lower() in _NOTHING


def is_json_object(text: Json) -> bool:
    """Return whether a value is a text that holds a JSON object."""
    if not isinstance(text, str) or not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def words_for_nothing(error: dict[str, Json]) -> Message | None:
    """Return which fields of an error hold a word for nothing, the status or another error; None where none does.

    Azure's own envelope has the status as `code` and no `type`: there it is no fault.
    """
    problems: list[Message] = []
    for field in ("message", "type", "param", "code"):
        value = error.get(field)
        if is_word_for_nothing(value):
            problems.append(message("`{field}` is the word {value!q}", field=field, value=value))
    problems += [message("`{field}` is empty", field=field) for field in ("message", "type") if error.get(field) == ""]
    if is_json_object(error.get("message")):
        problems.append(message("`message` is another error as JSON text"))
    code = error.get("code")
    if "type" in error and isinstance(code, str) and _STATUS.fullmatch(code):
        problems.append(message("`code` is the HTTP status {code!q}", code=code))
    return message("{problems}", problems=tuple(problems)) if problems else None
