"""One request over HTTP: its line, its headers and its body, as a server hears them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.build import get
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.request import FormBody, JsonBody, Part, RawBody, Request
from gateprobe.scenario import Steps
from tests.support.loopback import KEY, capture_one, gateway_at, raw_server, reply


def heard_for(folder: Path, request: Request) -> bytes:
    """Send one request and give the bytes that the server heard."""

    def steps(_gateway: Gateway) -> Steps:
        yield request

    with raw_server(reply()) as server:
        capture_one(folder, gateway_at(server.url), steps)
        (heard,) = server.heard
        return heard


def test_the_key_leaves_as_documented(tmp_path: Path) -> None:
    """A JSON request leaves compact, with the key in the documented header, query and headers as asked."""
    asked_for = Request("POST", "/x", JsonBody({"a": [1, 2]}), headers=(("X-A", "b"),), query=(("v", "1 2"),))
    head, _, body = heard_for(tmp_path, asked_for).partition(b"\r\n\r\n")
    assert head.startswith((b"POST /x?v=1%202 HTTP/1.1\r\n", b"POST /x?v=1+2 HTTP/1.1\r\n"))
    assert f"authorization: Bearer {KEY}".encode() in head.replace(b"Authorization", b"authorization")
    assert b"x-a: b" in head.lower()
    assert b"content-type: application/json" in head.lower()
    assert body == b'{"a":[1,2]}'


def test_raw_and_form_bodies_leave_as_they_are(tmp_path: Path) -> None:
    """Raw bytes leave untouched; a form leaves with names, file names and types."""
    raw = heard_for(tmp_path / "raw", Request("POST", "/x", RawBody(b"\x00{", "text/weird")))
    assert raw.endswith(b"\r\n\r\n\x00{")
    assert b"text/weird" in raw
    parts = (Part("prompt", b"hi"), Part("image", b"\x89PNG", "a.png", "image/png"))
    form = heard_for(tmp_path / "form", Request("POST", "/x", FormBody(parts)))
    assert b'name="prompt"\r\n\r\nhi\r\n' in form
    assert b'name="image"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n' in form


def test_an_empty_form_is_still_a_form(tmp_path: Path) -> None:
    """A form without parts leaves as multipart/form-data."""
    heard = heard_for(tmp_path, Request("POST", "/x", FormBody(())))
    assert b"content-type: multipart/form-data; boundary=empty" in heard.lower()


@pytest.mark.parametrize("path", ["/x\r\nHost: evil", "/\x00", "/" + "a" * 70_000], ids=["crlf", "nul", "long"])
def test_a_path_that_makes_no_request(tmp_path: Path, path: str) -> None:
    """An id that makes no address blocks its scenario as a prerequisite: the server gave it, and nothing leaves."""

    def steps(gateway: Gateway) -> Steps:
        yield get(gateway, path)

    with raw_server(reply()) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), steps)
        assert server.heard == []
    assert evidence.blocked is not None
    assert evidence.blocked.cause is Cause.PREREQUISITE
    assert evidence.blocked.reason.isprintable()
