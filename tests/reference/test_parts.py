"""Small parts: memory, routes, forms, frames, fields."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.reference.fields import Fields
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, RefusalError, json_answer
from gateprobe.reference.http.router import Route
from gateprobe.reference.ids import IdFactory
from gateprobe.reference.images.forms import typed
from gateprobe.reference.state import Counters, LruStore

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_a_shelf_forgets_the_oldest() -> None:
    """It never holds more than it has room for."""
    shelf: LruStore[int] = LruStore(2)
    for number in range(3):
        shelf.put(str(number), number)
    assert (shelf.get("0"), shelf.all()) == (None, [1, 2])
    assert shelf.drop("1")
    assert not shelf.drop("1")


def test_counters_count() -> None:
    """Pictures and requests, in order."""
    counters = Counters()
    counters.heard("GET", "/a")
    counters.heard("POST", "/b")
    counters.drew()
    assert (counters.images, counters.requests, counters.log) == (1, 2, (("GET", "/a"), ("POST", "/b")))


async def nothing(_asked: IncomingRequest) -> Answer:
    """Answer with null."""
    return json_answer(None)


def test_a_route_finds_its_parts() -> None:
    """One segment each, and the whole path."""
    route = Route("GET", "/v1/responses/{id}/input_items", nothing)
    assert route.match("/v1/responses/resp_1/input_items") == ("resp_1",)
    assert route.match("/v1/responses/a/b/input_items") is None
    assert route.match("/v1/responses/resp_1/input_items/more") is None


def test_form_fields_get_their_types() -> None:
    """Numbers and booleans where they belong; what looks otherwise stays text."""
    assert typed({"n": "2", "stream": "True", "size": "16", "output_compression": "x", "partial_images": "-1"}) == {
        "n": 2,
        "stream": True,
        "size": "16",
        "output_compression": "x",
        "partial_images": -1,
    }


@given(json_values, st.text("abc._", min_size=1))
def test_a_frame_is_two_lines_and_a_blank_one(value: object, name: str) -> None:
    """Whatever its data, it stays one frame, and reads back as it was."""
    data = {"type": name, "value": value}
    head, body, *rest = Frame(data, name).encode().split(b"\n")
    assert (head, rest) == (f"event: {name}".encode(), [b"", b""])
    assert json.loads(body.removeprefix(b"data: ")) == data
    assert Frame(data, None).encode().startswith(b"data: ")


@given(json_values)
def test_any_value_is_read_or_refused(value: object) -> None:
    """A hostile parameter gives a refusal that names it, and nothing else."""
    fields = Fields({"x": value}, "tools[0].")
    for read in (
        lambda: fields.integer("x", 0, 10),
        lambda: fields.text("x"),
        lambda: fields.flag("x"),
        lambda: fields.choice("x", ("a", "b"), "a"),
    ):
        try:
            read()
        except RefusalError as refused:
            assert refused.error["param"] == "tools[0].x"  # noqa: PT017 - reading may also succeed


def test_ids_hold_their_second() -> None:
    """Eight digits at offset 18 (recorded traffic)."""
    digits = IdFactory(0x69CB387E).make("resp").removeprefix("resp_")
    assert (len(digits), digits[18:26]) == (50, "69cb387e")


def test_a_refusal_is_the_envelope() -> None:
    """All four keys, and the status."""
    refused = RefusalError(400, "No.", code="c", param="p")
    assert refused.answer() == json_answer(
        {"error": {"message": "No.", "type": "invalid_request_error", "param": "p", "code": "c"}}, 400
    )
    with pytest.raises(RefusalError, match="No"):
        raise refused
