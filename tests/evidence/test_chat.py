"""Pictures in chat completions: each of the four shapes is found, and nothing else is taken for a picture."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import ChatShape, chat_pictures
from gateprobe.model import Json
from gateprobe.request import JsonBody, Request
from tests.evidence.test_delivery import LINK, exchange

DATA: Final = "data:image/png;base64,iVBORw0KGgo="
ASKED: Final = Request("POST", "/chat/completions", JsonBody({}))


def shapes(message: Json) -> list[tuple[ChatShape, str]]:
    """Return the pictures of a completion with one message."""
    body: Json = {"object": "chat.completion", "choices": [{"message": message}]}
    return [(picture.shape, picture.value) for picture in chat_pictures(exchange(ASKED, body))]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"images": [{"type": "image_url", "image_url": {"url": DATA}}], "content": ""}, (ChatShape.IMAGES, DATA)),
        ({"content": f"Here: ![image]({DATA})"}, (ChatShape.DATA_URI, DATA)),
        ({"content": [{"type": "image_url", "image_url": {"url": LINK}}]}, (ChatShape.PART, LINK)),
        ({"content": [{"type": "output_image", "image": {"data": "iVBORw0KGgo="}}]}, (ChatShape.PART, "iVBORw0KGgo=")),
        ({"content": f"![a]({LINK}) and [download]({LINK})"}, (ChatShape.LINK, LINK)),
        ({"content": f"Your picture: {LINK}."}, (ChatShape.LINK, LINK)),
        ({"content": [{"type": "text", "text": f"See {LINK}"}]}, (ChatShape.LINK, LINK)),
    ],
)
def test_each_shape_is_found(message: Json, expected: tuple[ChatShape, str]) -> None:
    """`message.images`, a data URI, a content part, and a link in the text, each once."""
    assert shapes(message) == [expected]


@pytest.mark.parametrize("message", [{"content": "A red square."}, {"content": None}, None, {"images": [None, 3, {}]}])
def test_a_text_holds_no_picture(message: Json) -> None:
    """A message without a picture, and one that is none."""
    assert shapes(message) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["images", "content", "image_url", "url", "text", "image"]), inner, max_size=3
            )
        ),
    )
)
def test_any_message_is_read(message: Json) -> None:
    """Whatever a message is, reading it raises nothing."""
    with suppress(RecursionError):
        assert isinstance(shapes(message), list)
