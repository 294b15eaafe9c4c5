"""Types of options: numbers, choices and sizes whose errors say what was expected."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any, Final

import click

from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

PATH: Final = click.Path(path_type=Path)

_UNITS: Final = {"USD": "USD", "SECONDS": "seconds", "DAYS": "days", "MB": "megabytes", "KB": "kilobytes"}
"""The units of numbers, by metavar; `N` has none."""

_BYTES: Final = {"K": 2**10, "M": 2**20, "G": 2**30}

_MAX_INTEGER: Final = 2**53
"""The largest integer that JSON stores exactly, as a run stores its options."""

_ALMOST: Final = re.compile(r"[^\d.,-]{0,4}(\d+(?:[.,]\d+)?)\D{0,8}", re.ASCII)
"""A number with a currency sign or a unit, or with a decimal comma."""


class BadValue(click.BadParameter):
    """A value that an option does not accept, and the expected one."""

    def __init__(self, value: object, expected: str) -> None:
        super().__init__(expected)
        self.value = printable(str(value).lower() if isinstance(value, bool) else str(value), 60)


class Number(click.FloatRange):
    """A number of at least `min`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Parse a finite number in range; raise BadValue for anything else."""
        return _read(self, value, param)


class Whole(click.IntRange):
    """A whole number from `min`, to `max` where there is one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse a whole number in range; raise BadValue for anything else."""
        return int(_read(self, value, param))


class OneOf(click.Choice[str]):
    """One of a few words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the word; raise BadValue with the choices and the closest one for another word."""
        if value in self.choices:
            return str(value)
        *rest, last = self.choices
        hint = did_you_mean(str(value), self.choices, "", most=1)
        raise BadValue(value, f"{', '.join(rest)} or {last}{'; ' if hint else ''}{hint}")


class ByteSize(click.ParamType[int]):
    """A size in bytes: `500M`, `2G`."""

    name = "size"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read a size; what is none is a BadValue."""
        if isinstance(value, int):
            return value
        number, unit = (value[:-1], value[-1:].upper()) if value[-1:].upper() in _BYTES else (value, "")
        if not number.isdecimal():
            raise BadValue(value, "a size in bytes, such as 500M or 2G")
        return int(number) * _BYTES.get(unit, 1)


def _read(of: Number | Whole, value: Any, param: click.Parameter | None) -> float:
    kind = int if isinstance(of, Whole) else float
    number = _number(kind, value)
    if number is not None and _fits(of, number):
        return number
    near = _ALMOST.fullmatch(value.strip()) if isinstance(value, str) else None
    meant = _number(kind, near[1].replace(",", ".")) if near else None
    hint = f"; did you mean {meant:g}?" if meant is not None and _fits(of, meant) else ""
    if of.max is None and number is not None and number > _MAX_INTEGER:
        hint = f", at most {_MAX_INTEGER:,}"
    raise BadValue(value, expected(of, param) + hint)


def _number(kind: type[int | float], value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = kind(value)
        finite = math.isfinite(number)
    except (ValueError, OverflowError):
        return None
    return number if finite and (isinstance(value, str) or number == value) else None


def _fits(of: Number | Whole, number: float) -> bool:
    return (of.min is None or number >= of.min) and number <= (_MAX_INTEGER if of.max is None else of.max)


def expected(of: Number | Whole, param: click.Parameter | None) -> str:
    """Describe the numbers that an option accepts: `a number of USD, 0 or more`, `a whole number from 1 to 64`."""
    unit = _UNITS.get(str(getattr(param, "metavar", "")), "")
    what = f"a {'whole ' if isinstance(of, Whole) else ''}number{' of ' if unit else ''}{unit}"
    if of.max is not None:
        return f"{what} from {of.min:g} to {of.max:g}"
    return f"{what}, {of.min:g} or more"
