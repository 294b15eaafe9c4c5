"""Dataclasses as JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.codec import CodecError, dumps, from_plain, to_plain
from gateprobe.message import NOTHING, Message


class Colour(StrEnum):
    """An enum."""

    RED = "red"
    BLUE = "blue"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: float


@dataclass(frozen=True)
class Inner:
    """A field of a field."""

    colour: Colour | None
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Outer:
    """Every type that a stored value may have."""

    name: str
    number: float
    inner: Mapping[str, Inner]
    message: Message = NOTHING
    interval: tuple[float, float] | None = None
    json: Any = None
    switched: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | NUMBERS | TEXT
NAMES = st.sampled_from(("asked", "received"))
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.builds(Message, st.just("{asked}"), st.fixed_dictionaries({"asked": inner}))
    ),
    max_leaves=4,
)
OUTERS = st.builds(
    Outer,
    TEXT,
    NUMBERS,
    st.dictionaries(
        TEXT,
        st.builds(
            Inner,
            st.none() | st.sampled_from(Colour),
            st.lists(st.builds(Point, st.integers(0, 9), NUMBERS), max_size=2).map(tuple),
        ),
        max_size=3,
    ),
    message=st.builds(
        Message, st.just("{asked} {received}"), st.fixed_dictionaries({"asked": VALUES, "received": VALUES})
    ),
    interval=st.none() | st.tuples(NUMBERS, NUMBERS),
    json=st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=4),
    switched=st.booleans(),
    counts=st.dictionaries(TEXT, st.integers(0, 9), max_size=2),
)


@given(OUTERS)
def test_a_value_survives(value: Outer) -> None:
    """Written as JSON text and read back, a value is the same, its enums and tuples included."""
    back = from_plain(Outer, orjson.loads(dumps(value)))
    assert back == value
    assert [type(inner.colour) for inner in back.inner.values()] == [type(x.colour) for x in value.inner.values()]


GOOD = to_plain(Outer("a", 1.5, {"b": Inner(Colour.RED)}))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"number": "1"}, "expected float @ Outer.number"),
        ({"name": 1}, "expected str @ Outer.name"),
        ({"switched": 1}, "expected bool @ Outer.switched"),
        ({"switched": None}, "expected bool @ Outer.switched"),
        ({"counts": {"a": True}}, "expected int @ Outer.counts"),
        ({"inner": {"b": {"colour": "green"}}}, r"Outer\.inner\['b'\]\.colour"),
        ({"inner": {"b": {}}}, r"required field missing @ Outer\.inner\['b'\]\.colour"),
        ({"message": {"template": "{a}", "values": {}}}, "expected Message @ Outer.message"),
        ({"odd": 1}, r"extra fields found \(odd\) @ Outer"),
    ],
)
def test_a_value_of_another_type_is_refused(change: dict[str, Any], sentence: str) -> None:
    """A value that is not of its field's type is an error that names the field; nothing is converted."""
    plain = orjson.loads(orjson.dumps(GOOD))
    with pytest.raises(CodecError, match=sentence):
        from_plain(Outer, plain | change)


@pytest.mark.parametrize("plain", [None, 7, "text", [], [["name", "a"]]])
def test_what_is_no_object_is_refused(plain: object) -> None:
    """A dataclass is read from an object alone."""
    with pytest.raises(CodecError):
        from_plain(Outer, plain)
