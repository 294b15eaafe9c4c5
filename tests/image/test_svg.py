"""SVG files: what is one, its size, and what is active in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.image.svg import NotSvg, looks_like_svg, read_svg

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="64" height="32">'


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (f"{HEAD}</svg>", "64x32"),
        ('<?xml version="1.0"?>\n<!-- a --><svg width="64px" height="32.0"/>', "64x32"),
        ('<svg viewBox="0 0 64 32"/>', "64x32"),
        ('<svg width="100%" height="100%"/>', None),
    ],
)
def test_its_size_is_read(text: str, size: str | None) -> None:
    """Width and height come from the attributes, else from the view box."""
    assert looks_like_svg(text.encode())
    svg = read_svg(text.encode())
    assert (svg.size, svg.active) == (size, None)


@pytest.mark.parametrize(
    "content",
    [
        "<script>alert(1)</script>",
        "<foreignObject/>",
        '<rect onload="alert(1)"/>',
        '<image href="https://example.org/a.png"/>',
        '<use xlink:href="//example.org/a.svg#b"/>',
        '<rect style="fill:url(https://example.org/a)"/>',
        "<style>@import 'https://example.org/a.css';</style>",
        '<a href="javascript:alert(1)"><rect/></a>',
    ],
)
def test_what_runs_or_loads_is_active(content: str) -> None:
    """Scripts, foreign objects, handlers and references to other hosts are found."""
    assert read_svg(f"{HEAD}{content}</svg>".encode()).active is not None


@pytest.mark.parametrize(
    "content",
    [
        '<use href="#a"/>',
        '<image href="data:image/png;base64,AAAA"/>',
        '<rect fill="url(#a)"/>',
        "<text>on fire</text>",
    ],
)
def test_what_only_draws_is_not(content: str) -> None:
    """References inside the file, and pictures that it holds, are harmless."""
    assert read_svg(f"{HEAD}{content}</svg>".encode()).active is None


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<svg><g></svg>",
        b"<html/>",
        b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
        b"<svg>" + b" " * 5_000_000 + b"</svg>",
        b"<?xml version='1.0' encoding='nonsense'?><svg/>",
    ],
)
def test_what_is_no_svg_is_refused_with_a_reason(data: bytes) -> None:
    """Broken XML, another root, declared entities and far too many bytes are refused."""
    with pytest.raises(NotSvg) as caught:
        read_svg(data)
    assert str(caught.value.reason)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """Nothing else happens to any bytes."""
    for candidate in (data, b"<svg" + data, HEAD.encode() + data + b"</svg>"):
        looks_like_svg(candidate)
        try:
            read_svg(candidate)
        except NotSvg:
            continue
