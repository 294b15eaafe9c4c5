"""The form of a body is named: for any bytes and any value, in one printable sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.model import Json
from gateprobe.stream.forms import Shape, describe_bytes, describe_value, foreign_form, shape_of
from tests.support.evidence.odd_bodies import ERROR, IMAGES, MODELS, RESPONSE
from tests.support.printing import is_safe

VALUES = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["data", "status", "id", "error", "choices", "images", "content", "type", "url", "code"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(value=VALUES)
def test_any_value_has_a_form(value: Json) -> None:
    """Nothing raises, and the sentence is printable."""
    assert is_safe(str(describe_value(value)))
    foreign_form(value, Shape.IMAGES)


@given(data=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
def test_any_bytes_have_a_form(data: bytes) -> None:
    """Nothing raises, and the sentence is printable and not empty."""
    words = str(describe_bytes(data))
    assert words
    assert is_safe(words)


@given(at=st.integers(1, len(dumps(IMAGES)) - 1))
def test_cut_json_is_named_wherever_it_is_cut(at: int) -> None:
    """In the middle of a text, a number, a key or between two."""
    assert "cut after" in str(describe_bytes(dumps(IMAGES)[:at]))


@pytest.mark.parametrize(
    ("value", "shape"),
    [(IMAGES, Shape.IMAGES), (RESPONSE, Shape.RESPONSE), (MODELS, Shape.MODELS), (ERROR, Shape.ERROR)],
)
def test_an_object_of_the_api_is_foreign_elsewhere_only(value: Json, shape: Shape) -> None:
    """Each has its shape, and is no foreign form where it is expected."""
    assert shape_of(value) is shape
    assert foreign_form(value, shape) is None
    assert all(foreign_form(value, other) is not None for other in Shape if other not in {shape, Shape.OTHER})


@pytest.mark.parametrize("value", [{"created": 1, "data": None}, {"created": 1, "data": []}, {"data": [{}]}])
def test_an_object_that_lacks_something_is_not_foreign(value: Json) -> None:
    """The schema says what is missing."""
    assert foreign_form(value, Shape.IMAGES) is None


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (b'data: {"a":1}\n\ndata: {"a":2}\n\n', "(the first holds a JSON object with the key a)"),
        (b"data: [1]\n\ndata: [2]\n\n", "(the first holds a list of 1 entry, the number 1)"),
        (b'data: {"type":"x"}\n\ndata: {"type":"y"}\n\n', "(the first is 'x')"),
    ],
)
def test_events_without_types_are_named_by_the_first(body: bytes, form: str) -> None:
    """A body of several server-sent events is named with the form of the first."""
    assert str(describe_bytes(body)) == f"a stream of 2 server-sent events {form}"
