"""Faults change an honest exchange where it can be changed, and compose."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.reference import faults, serve
from gateprobe.reference.faults import (
    FAULTS,
    Chunks,
    Fault,
    Frames,
    changed_answer,
    changed_chunks,
    changed_frames,
    changed_request,
)
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, PlainAnswer


def teapot(_sent: IncomingRequest, answer: Answer) -> Answer:
    """Change the status of a whole answer."""
    return replace(answer, status=418)


async def shout(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Change the event line."""
    async for frame in frames:
        yield Frame(frame.data, str(frame.event).upper())


async def crlf(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    """Change the bytes."""
    async for chunk in chunks:
        yield chunk.replace(b"\n", b"\r\n")


ALL = (
    Fault("a.request", "x.", request=lambda asked: replace(asked, path="/v1/models")),
    Fault("a.answer", "x.", answer=teapot),
    Fault("a.frames", "x.", frames=shout),
    Fault("a.chunks", "x.", chunks=crlf),
)


async def one_frame() -> AsyncIterator[Frame]:
    """Make a stream of one frame."""
    yield Frame({"type": "a"}, "a")


async def one_chunk() -> AsyncIterator[bytes]:
    """Make a body of one chunk."""
    yield b"x\n"


def test_each_change_is_applied_where_it_belongs() -> None:
    """A fault that does not touch a place leaves it alone."""
    sent = IncomingRequest("GET", "/v1/nothing")

    async def run() -> tuple[list[Frame], list[bytes]]:
        frames = [frame async for frame in changed_frames(ALL, sent, one_frame())]
        return frames, [chunk async for chunk in changed_chunks(ALL, sent, one_chunk())]

    assert changed_request(ALL, sent).path == "/v1/models"
    assert changed_answer(ALL, sent, PlainAnswer(200, b"")) == PlainAnswer(418, b"")
    assert asyncio.run(run()) == ([Frame({"type": "a"}, "A")], [b"x\r\n"])


def test_faults_compose_on_a_running_persona(monkeypatch: pytest.MonkeyPatch) -> None:
    """All four at once, over real sockets."""
    monkeypatch.setattr("gateprobe.reference.http.server.FAULTS", {fault.name: fault for fault in ALL[1:]})
    with serve("openai", faults=["a.answer", "a.frames", "a.chunks"]) as served:
        response = httpx.post(
            f"{served.url}/responses",
            json={"model": "gpt-5.5", "input": "Reply with OK", "stream": True},
            headers={"authorization": f"Bearer {served.key}"},
        )
    assert response.status_code == 418
    assert response.text.startswith("event: RESPONSE.CREATED\r\ndata: ")
    assert response.text.endswith("\r\n\r\n")


def test_bytes_of_a_whole_answer_are_changed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A JSON body passes through the same place."""

    async def cut(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
        async for chunk in chunks:
            yield chunk[:5]

    monkeypatch.setattr("gateprobe.reference.http.server.FAULTS", {"a.cut": Fault("a.cut", "x.", chunks=cut)})
    with serve("openai", faults=["a.cut"]) as served:
        response = httpx.get(f"{served.url}/models", headers={"authorization": f"Bearer {served.key}"})
    assert response.content == b'{"obj'


@given(st.none() | st.lists(st.integers()) | st.text())
def test_parameters_are_taken_out_of_objects_only(fields: object) -> None:
    """A request whose body is no object passes as it is."""
    asked = IncomingRequest("POST", "/v1/images/generations", fields=fields)
    for fault in FAULTS.values():
        if fault.request is not None and fault.name != "param.mistakes_mended":  # which makes up what cannot be read
            assert fault.request(asked) is asked


def test_parameters_are_taken_out_of_tools_as_well() -> None:
    """And nothing else is touched."""
    asked = IncomingRequest("POST", "/v1/responses", fields={"size": 1, "a": 2, "tools": [{"size": 3, "b": 4}, 5]})
    changed = faults.FAULTS["param.size_ignored"].request
    assert changed is not None
    assert changed(asked).fields == {"a": 2, "tools": [{"b": 4}, 5]}
