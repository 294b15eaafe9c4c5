"""What reached an upstream is read without trust: forms, JSON, streams, messages."""

from __future__ import annotations

import gzip
from dataclasses import replace

import httpx
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.evidence import UpstreamExchange, texts_in
from tests.evidence.test_tying import behind

_NAMES = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)


def with_request(body: bytes, content_type: str) -> UpstreamExchange:
    """Return an exchange with the body of a request."""
    return replace(behind(1, 0, "x"), headers=(("Content-Type", content_type),), received="body", read=lambda _: body)


@given(st.lists(st.tuples(_NAMES, _NAMES, st.binary(max_size=200)), min_size=1, max_size=4))
def test_a_form_is_read_as_it_was_written(files: list[tuple[str, str, bytes]]) -> None:
    """Field, name, type and bytes of each file are those that httpx sent."""
    sent = httpx.Request(
        "POST", "http://127.0.0.1", files=[(field, (f"{name} x.png", data, "image/png")) for field, name, data in files]
    )
    parts = with_request(sent.read(), sent.headers["content-type"]).parts
    expected = [(field, data, f"{name} x.png", "image/png") for field, name, data in files]
    assert [(part.name, part.data, part.filename, part.content_type) for part in parts] == expected


@given(st.binary(max_size=300), st.sampled_from(["application/json", "multipart/form-data; boundary=x", "text/plain"]))
def test_any_body_can_be_read(body: bytes, content_type: str) -> None:
    """Nothing that arrives raises."""
    exchange = with_request(body, content_type)
    assert isinstance(exchange.words, frozenset)
    assert isinstance(exchange.parts, tuple)
    assert exchange.json is None or exchange.json is not None


def test_texts_are_found_at_any_depth() -> None:
    """Keys are no texts."""
    assert sorted(texts_in({"a": ["b", {"c": "d"}], "e": 1})) == ["b", "d"]


def test_headers_are_found_in_any_case() -> None:
    """Several of one name are joined."""
    exchange = replace(behind(1, 0), headers=(("X-A", "1"), ("x-a", "2")), answer_headers=(("Retry-After", "7"),))
    assert exchange.header("x-A") == "1, 2"
    assert exchange.answer_header("retry-after") == "7"


def test_names_of_files_are_read_in_each_form() -> None:
    """Quoted, bare, with escapes, and with a charset (RFC 8187)."""
    heads = (
        'name="a"; filename="b c.png"',
        "name=a; filename=b.png",
        r'name="a"; filename="b\"c.png"',
        'name="a"; filename="x"; filename*=utf-8\'\'b%20%C3%A4.png',
    )
    body = b"".join(b"--x\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\ndata\r\n" for head in heads)
    parts = with_request(body + b"--x--\r\n", "multipart/form-data; boundary=x").parts
    assert [(part.name, part.filename) for part in parts] == [
        ("a", "b c.png"),
        ("a", "b.png"),
        ("a", 'b"c.png'),
        ("a", "b ä.png"),
    ]
    assert {part.data for part in parts} == {b"data"}


def test_a_compressed_request_is_unpacked() -> None:
    """A gateway may compress what it sends on; what is not gzip is read as it is."""
    packed = with_request(gzip.compress(b'{"prompt": "square"}'), "application/json")
    packed = replace(packed, headers=(*packed.headers, ("content-encoding", "gzip")))
    assert packed.json == {"prompt": "square"}
    assert replace(packed, read=lambda _: b'{"prompt": "circle"}').json == {"prompt": "circle"}


def test_a_compressed_answer_is_unpacked() -> None:
    """So that it can be compared with what the client received."""
    sent = replace(with_request(b"", ""), sent="a", answer_headers=(("content-encoding", "gzip"),))
    assert replace(sent, read=lambda _: gzip.compress(b'{"data": []}')).answer_json == {"data": []}
