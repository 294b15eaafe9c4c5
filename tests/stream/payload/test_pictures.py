"""Pictures of a body against the format and size that it states: SVG and GIF."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from gateprobe.stream.body import judge_body
from gateprobe.stream.model import AnswerKind

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9"/></svg>'


def _picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(out, form)
    return out.getvalue()


def _judged(data: bytes, **stated: str) -> list[str]:
    body = {
        "created": 1_795_981_392,
        "data": [{"b64_json": base64.b64encode(data).decode()}],
        "usage": {
            "input_tokens": 1,
            "input_tokens_details": {"image_tokens": 0, "text_tokens": 1},
            "output_tokens": 9,
            "total_tokens": 10,
        },
        **stated,
    }
    return [violation.rule for violation in judge_body(AnswerKind.IMAGES_BODY, body)]


@pytest.mark.parametrize(("data", "form"), [(SVG, "svg"), (_picture("GIF"), "gif"), (_picture("PNG"), "png")])
def test_a_picture_of_its_stated_format_is_right(data: bytes, form: str) -> None:
    """An SVG, a GIF and a PNG of the stated size break no rule."""
    assert _judged(data, output_format=form, size="64x64") == []


@pytest.mark.parametrize(
    ("data", "form"),
    [
        (b"hello", "svg"),
        (_picture("PNG"), "svg"),
        (SVG, "png"),
        (SVG, "gif"),
        (_picture("PNG"), "gif"),
        (SVG.replace(b"</svg>", b""), "svg"),
        (SVG.replace(b"<rect", b"<script/><rect"), "svg"),
        (SVG.replace(b'width="64" h', b'width="32" h'), "svg"),
        (b"<html></html>", "svg"),
    ],
)
def test_other_bytes_than_stated_are_found(data: bytes, form: str) -> None:
    """Another format, a word, broken XML, a script and another size are found."""
    assert _judged(data, output_format=form, size="64x64") == ["stream.schema.picture"]


@pytest.mark.parametrize("size", [100, 40_000, 90_000])
def test_a_long_svg_is_judged_too(size: int) -> None:
    """An SVG of any length is right, and one with a script is found where it is kept whole."""
    drawn = SVG.replace(b"</svg>", b"<desc>" + b"a" * size + b"</desc></svg>")
    assert _judged(drawn, output_format="svg", size="64x64") == []


@pytest.mark.parametrize("kind", ["function_call", "custom_tool_call"])
def test_a_function_call_may_lack_its_id(kind: str) -> None:
    """The official clients have the id of such a call optional; other items need theirs."""
    call = {"type": kind, "name": "paint", "arguments": "{}", "input": "", "call_id": "call_1", "status": "completed"}
    body = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1_795_981_391,
        "status": "completed",
        "error": None,
        "model": "gpt-5.5",
        "output": [call],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2},
    }
    rules = {violation.rule for violation in judge_body(AnswerKind.RESPONSE, body)}
    assert "stream.body.schema" not in rules
    body["output"] = [{"type": "reasoning", "summary": []}]
    assert "stream.body.schema" in {violation.rule for violation in judge_body(AnswerKind.RESPONSE, body)}
