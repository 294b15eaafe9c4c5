"""The data of one frame as JSON: hostile bytes in, a value and its faults out.

A string of many kilobytes is checked and fingerprinted in place, and replaced in the value by a short `LargeString`, so
that neither time nor memory is spent on a second and third copy. Callers that need the text itself parse with
`full_text=True`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

import orjson

from gateprobe.message import Message, message
from gateprobe.stream.payload.large_strings import LARGE, extract, restore

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.payload.large_strings import LargeString

_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))  # all digits become 0
_LONG: Final = b"0" * 16
_WHOLE: Final = re.compile(rb"[:\[,]\s*(-?\d{16,})(?=\s*[,\]}])")
_SAFE: Final = 2**53 - 1
_DEEP: Final = 250  # where orjson stops as well

_POSITION: Final = re.compile(r": line \d+ column \d+ \(char (\d+)\)")
"""Where a parser stopped, as it says so."""

_GLUED: Final = re.compile(rb"\}\s*(?:event:|data:|\{)")
"""Where the blank line between two frames was lost."""


@dataclass(frozen=True, slots=True)
class ParseFault:
    """One fault of the data of a frame: the rule that it breaks and one sentence."""

    rule: str
    message: Message


_NO_JSON: Final = "stream.framing.json"
_DOUBTFUL: Final = "stream.framing.ambiguous"


def parse(data: bytes, *, full_text: bool = False) -> tuple[Json, tuple[ParseFault, ...]]:
    """Parse one frame's data; the value is None where it is no JSON at all.

    Everything that parsers disagree on is a fault even where ours has an answer: a key given twice, a number that
    JavaScript would round, half a surrogate pair, invalid UTF-8 (read as U+FFFD, as the standard says).
    """
    strings: dict[str, LargeString] = {}
    text = data
    try:
        if not full_text and len(data) > LARGE:
            text, strings = extract(data)
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_try(data, _POSITION.sub(_place, str(error)))
    try:
        doubts = _doubts(text, value)
    except orjson.JSONEncodeError:
        return None, (_TOO_DEEP,)
    return (restore(value, strings) if strings else value), doubts


_TOO_DEEP: Final = ParseFault(_NO_JSON, message("the data nests deeper than parsers follow"))


def _doubts(data: bytes, value: Json) -> tuple[ParseFault, ...]:
    """Return what parsers disagree on; the usual frame is written as orjson writes it and is not searched.

    Raises:
        orjson.JSONEncodeError: it nests deeper than parsers follow.
    """
    faults: list[ParseFault] = []
    if _may_repeat_a_key(data, value):
        faults += [
            ParseFault(_DOUBTFUL, message("one object has the key {key!q} twice", key=key))
            for key in _duplicate_keys(data)[:1]
        ]
    if _has_long_number(data) and _is_among(value, _unsafe_numbers(data)):
        faults.append(ParseFault(_DOUBTFUL, message("JavaScript rounds an integer of this event (above 2^53 - 1)")))
    return tuple(faults)


def _may_repeat_a_key(data: bytes, value: Json) -> bool:
    """Whether there may be more keys in the text than in the value; rarely true without need."""
    if len(data) <= LARGE:
        again = orjson.dumps(value)
        return again != data and data.count(b'":') != again.count(b'":')
    return data.count(b'":') - data.count(b'\\":') != _keys(value)


def _keys(value: Json, depth: int = 0) -> int:
    if depth > _DEEP:
        raise orjson.JSONEncodeError("too deep")
    if isinstance(value, dict):
        return len(value) + sum([_keys(entry, depth + 1) for entry in value.values()])
    return sum([_keys(entry, depth + 1) for entry in value]) if isinstance(value, list) else 0


def _has_long_number(data: bytes) -> bool:
    """Whether there are 16 digits in a row, in a number or in a text."""
    if len(data) <= LARGE:
        return _LONG in data.translate(_DIGITS)
    step = LARGE - len(_LONG)
    return any(_LONG in data[at : at + LARGE].translate(_DIGITS) for at in range(0, len(data), step))


def _unsafe_numbers(data: bytes) -> frozenset[float]:
    """Return what may be integers beyond what JavaScript holds: numbers, or digits inside a text."""
    return frozenset(number for text in _WHOLE.findall(data) if abs(number := float(text)) > _SAFE)


def _is_among(value: Json, numbers: frozenset[float]) -> bool:
    """Whether a value contains one of these numbers (orjson makes floats of the longest)."""
    if isinstance(value, dict):
        return any(_is_among(entry, numbers) for entry in value.values())
    if isinstance(value, list):
        return any(_is_among(entry, numbers) for entry in value)
    return isinstance(value, int | float) and float(value) in numbers


def _duplicate_keys(data: bytes) -> list[str]:
    """Return the keys that one object has twice."""
    duplicates: list[str] = []

    def look(pairs: list[tuple[str, Json]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    duplicates.append(key)
                seen.add(key)

    json.loads(data, object_pairs_hook=look)
    return duplicates


class _NotJsonError(ValueError):
    """A constant that Python reads and JSON does not have."""


def _refuse(name: str) -> NoReturn:
    raise _NotJsonError(f"{name} is not JSON")


def _place(position: re.Match[str]) -> str:
    return f" at character {int(position[1]) + 1:,}"


def _second_try(data: bytes, reason: str) -> tuple[Json, tuple[ParseFault, ...]]:
    """Return what a more lenient parser makes of data that orjson refused, and why orjson refused it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start
        invalid = message("the data is not UTF-8 (byte {at} of the data is 0x{byte:02x})", at=at, byte=data[at])
        utf8 = ParseFault("stream.framing.utf8", invalid)
        value, faults = parse(data.decode("utf-8", "replace").encode(), full_text=True)
        return value, (utf8, *faults)
    try:
        value = json.loads(text, parse_constant=_refuse)
        orjson.dumps(value, default=str)
    except (RecursionError, orjson.JSONEncodeError) as error:
        if "surrogate" not in str(error):
            return None, (_TOO_DEEP,)
    except ValueError as error:
        if _GLUED.search(data):
            glued = message("the data is not JSON: two events follow each other without a blank line between them")
            return None, (ParseFault(_NO_JSON, glued),)
        if isinstance(error, _NotJsonError):
            reason = str(error)
        if not data.strip():
            return None, (ParseFault(_NO_JSON, message("the data is empty")),)
        return None, (ParseFault(_NO_JSON, message("the data is not JSON: {reason}", reason=reason)),)
    if "surrogate" in reason:
        half = message(
            "some parsers refuse this JSON: it has an incomplete character escape (\\ud800 to \\udfff alone)"
        )
        return value, (ParseFault(_DOUBTFUL, half),)
    return value, (ParseFault(_DOUBTFUL, message("some parsers refuse this JSON ({reason})", reason=reason)),)
