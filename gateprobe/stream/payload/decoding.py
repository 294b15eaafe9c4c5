"""The data of one frame as JSON: hostile bytes in, a value and what is wrong with it out.

A string of many kilobytes is *lifted*: checked and fingerprinted where it lies, and replaced in the value by a short
`Lifted`, so that neither time nor memory is spent on a second and third copy. Callers that want the text itself
parse with `lift=False`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

import orjson

from gateprobe.stream.payload.large_strings import LIFT_FROM, lifted_out, put_back

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.payload.large_strings import Lifted

_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))  # all digits become 0
_LONG: Final = b"0" * 16
_WHOLE: Final = re.compile(rb"[:\[,]\s*(-?\d{16,})(?=\s*[,\]}])")
_SAFE: Final = 2**53 - 1
_DEEP: Final = 250  # where orjson stops as well

_GLUED: Final = re.compile(rb"\}\s*(?:event:|data:|\{)")
"""Where the blank line between two frames was lost."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with the data of a frame: the rule it breaks and one sentence."""

    rule: str
    message: str


_NO_JSON: Final = "stream.framing.json"
_DOUBTFUL: Final = "stream.framing.ambiguous"


def parse(data: bytes, *, lift: bool = True) -> tuple[Json, tuple[Fault, ...]]:
    """Read one frame's data; the value is None where it is no JSON at all.

    Everything that parsers disagree on is a fault even where ours has an answer: a key given twice, a number that
    JavaScript would round, half a surrogate pair, invalid UTF-8 (read as U+FFFD, as the standard says).
    """
    lifted: dict[str, Lifted] = {}
    text = data
    try:
        if lift and len(data) > LIFT_FROM:
            text, lifted = lifted_out(data)
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return _second_try(data, str(error))
    try:
        doubts = _doubts(text, value)
    except orjson.JSONEncodeError:
        return None, (_TOO_DEEP,)
    return (put_back(value, lifted) if lifted else value), doubts


_TOO_DEEP: Final = Fault(_NO_JSON, "the data nests deeper than parsers follow")


def _doubts(data: bytes, value: Json) -> tuple[Fault, ...]:
    """Find what parsers disagree on; the usual frame is written as orjson writes it and is not looked at twice.

    Raises:
        orjson.JSONEncodeError: it nests deeper than parsers follow.
    """
    found: list[Fault] = []
    if _may_repeat_a_key(data, value):
        found += [
            Fault(_DOUBTFUL, f"the key {key[:60]!r} stands twice in one object") for key in _duplicate_keys(data)[:1]
        ]
    if _has_long_number(data) and _is_among(value, _unsafe_numbers(data)):
        found.append(Fault(_DOUBTFUL, "a whole number is beyond 2^53 - 1, which JavaScript would round"))
    return tuple(found)


def _may_repeat_a_key(data: bytes, value: Json) -> bool:
    """Whether there may be more keys in the text than in the value; rarely says so in vain."""
    if len(data) <= LIFT_FROM:
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
    """Whether 16 digits stand in a row, in a number or in a text."""
    if len(data) <= LIFT_FROM:
        return _LONG in data.translate(_DIGITS)
    step = LIFT_FROM - len(_LONG)
    return any(_LONG in data[at : at + LIFT_FROM].translate(_DIGITS) for at in range(0, len(data), step))


def _unsafe_numbers(data: bytes) -> frozenset[float]:
    """Give what may be whole numbers beyond what JavaScript holds: numbers, or digits inside a text."""
    return frozenset(number for text in _WHOLE.findall(data) if abs(number := float(text)) > _SAFE)


def _is_among(value: Json, numbers: frozenset[float]) -> bool:
    """Whether one of these numbers stands somewhere in a value (orjson makes floats of the longest)."""
    if isinstance(value, dict):
        return any(_is_among(entry, numbers) for entry in value.values())
    if isinstance(value, list):
        return any(_is_among(entry, numbers) for entry in value)
    return isinstance(value, int | float) and float(value) in numbers


def _duplicate_keys(data: bytes) -> list[str]:
    """Name the keys that one object has twice."""
    found: list[str] = []

    def look(pairs: list[tuple[str, Json]]) -> None:
        if len({key for key, _ in pairs}) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    found.append(key)
                seen.add(key)

    json.loads(data, object_pairs_hook=look)
    return found


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _second_try(data: bytes, said: str) -> tuple[Json, tuple[Fault, ...]]:
    """Find out why orjson refused, and go on with what a more lenient parser makes of it."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        place = f"byte {error.start} of the data"
        utf8 = Fault("stream.framing.utf8", f"the data is not UTF-8 ({place} is 0x{data[error.start]:02x})")
        value, faults = parse(data.decode("utf-8", "replace").encode(), lift=False)
        return value, (utf8, *faults)
    try:
        value = json.loads(text, parse_constant=_refuse)
        orjson.dumps(value, default=str)
    except (RecursionError, orjson.JSONEncodeError) as error:
        if "surrogate" not in str(error):
            return None, (_TOO_DEEP,)
    except ValueError as error:
        why = str(error) if str(error).endswith("is no JSON") else said
        if _GLUED.search(data):
            why = "two events are glued together, without the blank line between frames"
        return None, (Fault(_NO_JSON, f"the data is no JSON: {why[:120]}"),)
    return value, (Fault(_DOUBTFUL, f"not every parser takes this JSON ({said[:80]})"),)
