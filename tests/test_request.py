"""Requests: what can be read in their bodies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.model import Json
from gateprobe.request import image_tool_in

TOOL: Json = {"type": "image_generation", "size": "1024x1024"}


@pytest.mark.parametrize("tools", [[TOOL], [{"type": "function"}, TOOL], ["text", None, TOOL, {"type": "other"}]])
def test_the_image_tool_is_found_among_others(tools: list[Json]) -> None:
    """The first tool of the type `image_generation` is the image tool."""
    assert image_tool_in({"tools": tools}) == TOOL


@given(st.one_of(st.none(), st.text(), st.lists(st.text()), st.dictionaries(st.text(), st.text())))
def test_no_tool_is_found_in_anything_else(tools: Json) -> None:
    """Whatever stands in `tools`, looking for the image tool raises nothing."""
    assert image_tool_in({"tools": tools}) == {}
    assert image_tool_in(tools) == {}
