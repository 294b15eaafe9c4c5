"""Answers that come before a request was sent whole, and connections that go while it is sent."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from gateprobe.capture import AttemptLimits
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.request import FormBody, Part, RawBody, Request
from gateprobe.scenario import Steps
from tests.support.loopback import Answer, capture_one, gateway_at, reply, slam, until_closed

ONCE = AttemptLimits(connect=5, first_byte=20, silence=20, total=30, retries=0)


def _too_large_and_close(connection: socket.socket) -> None:
    connection.sendall(_TOO_LARGE)
    connection.close()


def _too_large_and_drain(connection: socket.socket) -> None:
    connection.sendall(_TOO_LARGE)
    connection.shutdown(socket.SHUT_WR)
    until_closed(connection)


def _too_large_and_deaf(connection: socket.socket) -> None:
    connection.sendall(_TOO_LARGE)
    _DEAF.wait(20)


_TOO_LARGE = reply(b'{"error": {"message": "too large"}}', "Connection: close", status="413 Too Large")
_DEAF = threading.Event()
_BIG = bytes(20_000_000)
_UPLOADS = {
    "raw": Request("POST", "/images/edits", RawBody(_BIG, "application/octet-stream")),
    "form": Request("POST", "/images/edits", FormBody((Part("image", _BIG, "a.png", "image/png"),))),
}


@pytest.mark.parametrize("body", _UPLOADS)
@pytest.mark.parametrize("answer", [_too_large_and_close, _too_large_and_drain, _too_large_and_deaf])
def test_an_answer_before_the_request_was_sent_whole_is_heard(tmp_path: Path, answer: Answer, body: str) -> None:
    """Twenty megabytes are refused after the head: closed at once, read on to the end, or never read."""

    def upload(_: Gateway) -> Steps:
        yield _UPLOADS[body]

    def after_the_head(connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1024)
        assert callable(answer)
        answer(connection)

    with _served(after_the_head) as url:
        attempt = capture_one(tmp_path, gateway_at(url), upload, limits=ONCE).last.last
        _DEAF.set()
    _DEAF.clear()
    assert (attempt.status, attempt.failure, attempt.length) == (413, None, 35)


def test_a_gone_connection_is_not_written_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A form in many parts meets a reset: the event loop has no reason to complain of writes into nothing."""
    parts = tuple(Part(f"image{number}", bytes(40_000), "a.png", "image/png") for number in range(60))

    def upload(_: Gateway) -> Steps:
        yield Request("POST", "/images/edits", FormBody(parts))

    def answer(connection: socket.socket) -> None:
        connection.recv(10)
        slam(connection)

    with _served(answer) as url:
        attempt = capture_one(tmp_path, gateway_at(url), upload, limits=ONCE).last.last
    assert attempt.failure is not None
    assert attempt.failure.cause is Cause.NETWORK
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


@contextmanager
def _served(handler: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serve one connection, in the hands of a function from its first byte on; give the base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError):
                handler(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(20)
