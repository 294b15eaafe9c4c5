"""One request over HTTP: its line, its headers and its body, as a server hears them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.build import get
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.request import Auth, FormBody, JsonBody, Part, RawBody, Request, altered
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


def header_of(heard: bytes, name: str) -> list[str]:
    """Return the values of a header, letter for letter."""
    lines = heard.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n")[1:]
    pairs = (line.split(": ", 1) for line in lines)
    return [value for header, value in pairs if header.lower() == name]


def test_each_kind_of_key_on_the_wire(tmp_path: Path) -> None:
    """The right key, an invented one, and an altered one are three keys in one header; none is no header."""
    values = {
        auth: header_of(heard_for(tmp_path / auth, Request("GET", "/models", auth=auth)), "authorization")
        for auth in Auth
    }
    assert values[Auth.NONE] == []
    sent = {auth: value for auth in (Auth.KEY, Auth.BOGUS, Auth.ALTERED) for value in values[auth]}
    assert {auth: len(values[auth]) for auth in sent} == dict.fromkeys(sent, 1)
    assert sent[Auth.KEY] == f"Bearer {KEY}"
    assert sent[Auth.ALTERED] == f"Bearer {altered(KEY)}"
    invented = sent[Auth.BOGUS].removeprefix("Bearer ")
    assert invented.startswith("sk-")
    assert len(invented) > len("sk-")
    assert len(set(sent.values())) == 3


def test_an_invented_key_is_sent_in_the_documented_header(tmp_path: Path) -> None:
    """Where a vendor documents another header and no scheme, the invented key stands there and nowhere else."""

    def steps(_gateway: Gateway) -> Steps:
        yield Request("GET", "/models", auth=Auth.BOGUS)

    with raw_server(reply()) as server:
        gateway = gateway_at(server.url)
        rule = replace(gateway.key, header="api-key", scheme="")
        capture_one(tmp_path, replace(gateway, key=rule), steps)
        (heard,) = server.heard
    (invented,) = header_of(heard, "api-key")
    assert invented.startswith("sk-")
    assert header_of(heard, "authorization") == []


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
