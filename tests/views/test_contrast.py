"""Asked and received: the options that decide, the fields of the answer, the events in their order."""

from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.check.asked import Asked
from gateprobe.model import Json
from gateprobe.request import FormBody, JsonBody, Part, Request
from gateprobe.views.contrast import EventRun, compared_options, contrast, requested_options
from gateprobe.views.timeline import timeline
from gateprobe.wire.sse import encode
from tests.support.evidence.evidence_builders import exchange

_VALUES = st.none() | st.booleans() | st.integers(-5, 20) | st.text(max_size=5) | st.lists(st.text(max_size=3))


def _images(body: dict[str, Json], *, streams: bool = False) -> Request:
    return Request("POST", "/images/generations", JsonBody(body), streams=streams)


def test_the_option_of_the_finding_is_set_beside_the_answer() -> None:
    """Of all options, the one that the finding is about; and what the answer says of it."""
    request = _images({"prompt": "x", "size": "1536x1024", "quality": "low"})
    sides = contrast(exchange(request, b'{"data": [], "size": "1024x1024"}'), "size", None)
    assert (sides.asked, sides.answered, sides.size) == (
        (("size", "1536x1024"),),
        (("size", "1024x1024"),),
        (1536, 1024),
    )


def test_without_an_option_those_of_the_picture_are_shown() -> None:
    """A finding about no option shows the options that a picture is compared with."""
    sides = contrast(exchange(_images({"prompt": "x", "n": 2, "user": "me"}), b"{}"), "", None)
    assert sides.asked == (("n", 2),)


def test_options_of_the_image_tool_are_options() -> None:
    """A request to /responses has its options in the tool, and so has the Response."""
    tool = {"type": "image_generation", "size": "1024x1536"}
    request = Request("POST", "/responses", JsonBody({"tools": [tool]}))
    answer = orjson.dumps({"tools": [{"type": "image_generation", "size": "auto"}]})
    sides = contrast(exchange(request, answer), "size", None)
    assert (sides.asked, sides.answered) == ((("size", "1024x1536"),), (("size", "auto"),))


def test_the_number_of_a_form_is_a_number() -> None:
    """A form sends text; n and partial_images are compared as numbers."""
    form = FormBody((Part("n", b"2"), Part("size", b"1024x1024")))
    assert requested_options(Request("POST", "/images/edits", form)) == {"n": 2, "size": "1024x1024"}


def test_a_stream_has_two_lists_of_events() -> None:
    """What OpenAI documents for such a request, and what came, equal events in a row counted."""
    request = _images({"prompt": "x", "stream": True, "partial_images": 2}, streams=True)
    partial, end = encode(b'{"type":"image_generation.partial_image"}'), encode(b'{"type":"error"}')
    answer = exchange(request, partial * 3 + end, content_type="text/event-stream")
    sides = contrast(answer, "", timeline(answer))
    assert sides.expected_events == (
        EventRun("image_generation.partial_image", 2),
        EventRun("image_generation.completed"),
    )
    assert sides.events == (EventRun("image_generation.partial_image", 3), EventRun("error"))
    assert sides.asked == (("stream", True), ("partial_images", 2))


@given(st.lists(st.sampled_from("abc"), max_size=60))
def test_no_event_is_lost(names: list[str]) -> None:
    """However long a stream is, the events that are shown and those that are counted are all of them."""
    request = _images({"stream": True}, streams=True)
    body = b"".join(encode(orjson.dumps({"type": name})) for name in names)
    answer = exchange(request, body, content_type="text/event-stream")
    events = contrast(answer, "", timeline(answer)).events
    assert sum(event.times for event in events) == len(names)
    assert [event.name for event in events[:1]] == names[:1]


@given(st.dictionaries(st.sampled_from(["size", "n", "output_format", "partial_images", "quality"]), _VALUES))
def test_check_accepts_every_option_of_a_command(body: dict[str, Json]) -> None:
    """What a page puts after `--asked` is never a usage error."""
    options = compared_options(_images(body))
    assert Asked.parse(orjson.dumps(options).decode()) == Asked(**options)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"[" * 100_000])
def test_an_answer_that_is_no_object_says_nothing(body: bytes) -> None:
    """An answer that cannot be read leaves its side empty."""
    assert contrast(exchange(_images({"size": "auto"}), body), "size", None).answered == ()
