"""Messages: sentences as a template and its values, so that data stays data and a template can be translated.

    >>> str(Message("asked for {asked} pictures, received {received}", {"asked": 2, "received": 1}))
    'asked for 2 pictures, received 1'

A template is a literal, in English. What a server sent is always a value. A value is text, a number, a truth value,
None, another message, or a list of these; `{words!q}` quotes text of a stranger, `{share:.0%}` formats as Python does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, Union

from gateprobe.text import printable

Value = Union[str, int, float, bool, None, "Message", "tuple[Value, ...]"]
"""What a message can hold."""

_LONGEST: Final = 1000  # characters of one text value
_QUOTED: Final = 160  # characters of a text that a sentence quotes
_NONE: Final[Mapping[str, Any]] = MappingProxyType({})


class _Words(Formatter):
    """Formats values for a sentence: texts printable, lists joined, `!q` in quotation marks."""

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        if conversion == "q":
            return quoted(str(value))
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, list | tuple):
            return ", ".join(self.format_field(part, format_spec) for part in value)
        if isinstance(value, Message):
            return str(value)
        if value is None or isinstance(value, bool):
            return {None: "null", True: "true", False: "false"}[value]
        if isinstance(value, str) and not format_spec:
            return printable(value)
        return str(super().format_field(value, format_spec))


_WORDS: Final = _Words()


def quoted(text: str, limit: int = _QUOTED) -> str:
    """Return a stranger's text in quotation marks: printable, on one line, at most `limit` characters."""
    shown = printable(text, limit)
    mark = '"' if "'" in shown and '"' not in shown else "'"
    return f"{mark}{shown}{mark}"


@lru_cache(maxsize=4096)
def fields_of(template: str) -> frozenset[str]:
    """Return the names that a template needs values for.

    Raises:
        ValueError: the template is malformed, or a field is no plain name.
    """
    names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    if wrong := [name for name in names if not name.isidentifier()]:
        raise ValueError(f"the template {template!r} has a field {wrong[0]!r}, which is no name")
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence: a template and the values of its fields.

    Raises:
        ValueError: a field of the template has no value, or a value is of no type that a message can hold.
    """

    template: str
    values: Mapping[str, Value] = field(default_factory=lambda: _NONE, hash=False)

    def __post_init__(self) -> None:
        """Check the values and freeze them."""
        missing = fields_of(self.template) - self.values.keys()
        if missing:
            raise ValueError(f"the template {self.template!r} has no value for {', '.join(sorted(missing))}")
        object.__setattr__(self, "values", {name: _value(value) for name, value in self.values.items()})

    def __str__(self) -> str:
        """Return the sentence."""
        return _WORDS.vformat(self.template, (), self.values)

    def __bool__(self) -> bool:
        """Return whether there is a sentence."""
        return bool(self.template)


def message(template: str, **values: Value) -> Message:
    """Return a message; see `Message`."""
    return Message(template, values)


def verbatim(text: str) -> Message:
    """Return a message that is a finished text: of the system, or of a library."""
    return Message("{text}", {"text": text})


def plural(number: int, one: str, many: str, **values: Value) -> Message:
    """Return one of two messages by a number, which both know as `{number}`."""
    return Message(one if number == 1 else many, {"number": number, **values})


NOTHING: Final = Message("")
"""No message: false, and empty as text."""


def _value(value: Any) -> Value:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…"
    if value is None or isinstance(value, bool | int | float | Message):
        return value
    if isinstance(value, list | tuple):
        return tuple(_value(part) for part in value)
    raise ValueError(f"a message cannot hold {type(value).__name__}")
