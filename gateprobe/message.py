"""Messages: a sentence as a template and its values, which can be translated and compared without parsing.

    >>> str(Message("asked for {asked} pictures, received {received}", {"asked": 2, "received": 1}))
    'asked for 2 pictures, received 1'

A template is a literal, in English; a test extracts all of them. Server text is always a value. A value is text,
a number, a truth value, None, another message, or a list of these. `{words!q}` puts text in quotation marks,
`{share:.0%}` formats as Python does. A list of texts is joined with commas, a list of messages with semicolons.

Values are bounded when a message is built, and escaped when it is rendered: untrusted values are safe, and rendering
never raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, Union

from gateprobe.language import current, in_each_language, is_marked, translated, unmarked
from gateprobe.text import printable, spaced

Value = Union[str, int, float, bool, None, "Message", "tuple[Value, ...]"]
"""The types of values in a message."""

_LONGEST: Final = 1000  # characters of one text value
_MOST: Final = 100  # entries of one list
_QUOTED: Final = 160  # characters of a text that a sentence quotes
_SMALLEST_INTEGER, _LARGEST_INTEGER = -(2**63), 2**64 - 1  # integers beyond this are rounded by some JSON readers
_ELLIPSIS: Final = "…"
_CONVERSIONS: Final = (None, "q", "s", "r")
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


def _formatted(value: Any, spec: str, conversion: str | None) -> str:
    """Return a value as a sentence shows it: texts printable, lists joined, `!q` in quotation marks; nothing raises."""
    if isinstance(value, str) and is_marked(value):
        value = unmarked(value)
    if conversion == "q":
        value = _quoted(value)
    elif conversion is not None:
        value = str(value) if conversion == "s" else repr(value)
    if isinstance(value, tuple):
        separator = "; " if value and all(isinstance(entry, Message) for entry in value) else ", "
        return translated(separator).join(_formatted(entry, spec, None) for entry in value)
    if isinstance(value, Message):
        return str(value)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not spec:
        return printable(str(value))
    try:
        return printable(format(value, spec))
    except (ValueError, OverflowError):  # an untrusted value can have another type than the format expects
        return printable(str(value))


def _quoted(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_quoted(entry) for entry in value)
    return quoted(str(value)) if isinstance(value, str | Message) else value


@lru_cache(maxsize=8192)
def _parts(template: str) -> tuple[tuple[str, str | None, str, str | None], ...]:
    """Return a template in parts: a text, and the field after it with its format and conversion."""
    return tuple((text, name, spec or "", conversion) for text, name, spec, conversion in Formatter().parse(template))


def quoted(text: str, limit: int = _QUOTED) -> str:
    """Return untrusted text in quotation marks: printable, on one line, at most `limit` characters."""
    shown = printable(text, limit)
    mark = '"' if "'" in shown and '"' not in shown else "'"
    return f"{mark}{shown}{mark}"


@lru_cache(maxsize=4096)
def fields_of(template: str) -> frozenset[str]:
    """Return the names that a template needs values for.

    Raises:
        ValueError: the template is malformed, a field is no plain name, or its conversion is none of `!q`, `!s`, `!r`.
    """
    names: set[str] = set()
    for _, name, spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if not name.isidentifier():
            raise ValueError(f"the template {template!r} has a field {name!r}, which is not a name")
        if conversion not in _CONVERSIONS or "{" in (spec or ""):
            raise ValueError(f"the template {template!r} has an unsupported format for the field {name!r}")
        names.add(name)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: a template and the values of its fields.

    Raises:
        ValueError: the template is malformed, a field of it has no value, or a value has an unsupported type.
    """

    template: str
    values: Mapping[str, Value] = field(default_factory=lambda: _NONE, hash=False)

    def __post_init__(self) -> None:
        """Check, bound and copy the values."""
        missing = fields_of(self.template) - self.values.keys()
        if missing:
            raise ValueError(f"the template {self.template!r} has no value for {', '.join(sorted(missing))}")
        object.__setattr__(self, "values", {name: _value(value) for name, value in self.values.items()})

    def __str__(self) -> str:
        """Return the sentence, in the current language (`language.localise`)."""
        return _rendered(self)

    def __bool__(self) -> bool:
        """Return whether the message has text."""
        return bool(self.template)

    def shortened(self, limit: int) -> Message:
        """Return this message with each text value printable and at most `limit` characters long."""
        return self.with_texts(lambda text: printable(text, limit))

    def with_texts(self, change: Callable[[str], str]) -> Message:
        """Return this message with each text value changed, also those of nested messages; templates stay."""
        return Message(self.template, {name: _with_texts(value, change) for name, value in self.values.items()})


@in_each_language
def _rendered(of: Message) -> str:
    values, parts = of.values, []
    for text, name, spec, conversion in _parts(translated(of.template)):
        parts.append(text)
        if name is not None:
            parts.append(_formatted(values[name], spec, conversion))
    return spaced(parts) if current() == "zh" else "".join(parts)


def message(template: str, **values: Value) -> Message:
    """Return a message; see `Message`."""
    return Message(template, values)


def sentence(template: str, **values: Value) -> str:
    """Return a rendered sentence, for text that is printed and not stored."""
    return str(Message(template, values))


def verbatim(text: str) -> Message:
    """Return a message from finished text of the operating system or a library."""
    return Message("{text}", {"text": text})


def plural(number: int, singular: str, several: str, **values: Value) -> Message:
    """Return one of two messages by a number, which both know as `{number}`."""
    return Message(singular if number == 1 else several, {"number": number, **values})


NOTHING: Final = Message("")
"""No message: false, and empty as text."""


def _value(value: Any) -> Value:
    """Return a value in its stored form: bounded, immutable, and equal after a round trip through JSON."""
    if value is None or isinstance(value, bool | Message):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return value if _SMALLEST_INTEGER <= value <= _LARGEST_INTEGER else _large(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, list | tuple):
        entries = value if len(value) <= _MOST else [*value[: _MOST - 1], _ELLIPSIS]
        return tuple(_value(entry) for entry in entries)
    raise ValueError(f"a message cannot hold {type(value).__name__}")


def _text(text: str) -> str:
    """Return a plain text of bounded length; half a surrogate pair, which JSON cannot encode, becomes an escape."""
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + _ELLIPSIS
    if text.isascii():
        return str(text)
    written = text.encode("utf-8", "backslashreplace").decode()
    return written if len(written) <= _LONGEST else written[: _LONGEST - 1] + _ELLIPSIS


def _large(number: int) -> str:
    """Return an integer that JSON readers would round, as text."""
    try:
        return _text(str(number))
    except ValueError:  # Python writes no number of more than 4,300 digits
        return "a number of thousands of digits"


def _with_texts(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Message):
        return value.with_texts(change)
    return tuple(_with_texts(entry, change) for entry in value) if isinstance(value, tuple) else value
