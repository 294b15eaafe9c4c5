"""Connections on the event loop: every byte in its order, at the pace of the reader, with the system's own reasons."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import httpcore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.capture.transport.tcp import Loop
from tests.support.loopback import refusing_port

CERTIFICATE = Path(__file__).with_name("untrusted.pem")
T = TypeVar("T")

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Use = Callable[[httpcore.AsyncNetworkStream], Awaitable[T]]


def connected(handler: Handler, use: Use[T], tls: ssl.SSLContext | None = None) -> T:
    """Connect to a server on loopback, use the connection, close it."""

    async def main() -> T:
        async with await asyncio.start_server(handler, "127.0.0.1", 0, ssl=tls) as server:
            port = server.sockets[0].getsockname()[1]
            stream = await Loop().connect_tcp("127.0.0.1", port, timeout=10)
            try:
                return await use(stream)
            finally:
                await stream.aclose()

    return asyncio.run(main())


async def everything(stream: httpcore.AsyncNetworkStream, most: int = 65536) -> bytes:
    """Read to the end."""
    pieces = []
    while piece := await stream.read(most):
        assert len(piece) <= most
        pieces.append(piece)
    return b"".join(pieces)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=300), max_size=20), st.integers(1, 200))
def test_what_is_read_is_what_was_written(pieces: list[bytes], most: int) -> None:
    """However it was cut, and however little is read at a time, all bytes come once and in order."""

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    assert connected(write, lambda stream: everything(stream, most)) == b"".join(pieces)


def test_a_reader_that_waits_is_waited_for() -> None:
    """Of sixty megabytes only a little is taken in until it is read; then all of it comes."""
    size, stuck = 60_000_000, asyncio.Event()
    left: list[int] = []

    async def write(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(size))
        before, rounds = size, 0
        while rounds < 1000:  # of the loop, in which nothing more was taken
            await asyncio.sleep(0)
            now = writer.transport.get_write_buffer_size()
            before, rounds = now, rounds + 1 if now == before else 0
        left.append(before)
        stuck.set()
        await writer.drain()
        writer.close()

    async def late(stream: httpcore.AsyncNetworkStream) -> int:
        await stuck.wait()
        return len(await everything(stream))

    assert connected(write, late) == size
    assert left[0] > size // 2


def test_what_is_slow_to_be_taken_is_written_whole() -> None:
    """A server that reads late gets every byte of a large upload."""
    sent = bytes(range(256)) * 40_000

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        digest = hashlib.sha256()
        for _ in range(len(sent) // 4096):
            digest.update(await reader.readexactly(4096))
        writer.write(digest.digest())
        writer.close()

    async def upload(stream: httpcore.AsyncNetworkStream) -> bytes:
        await stream.write(sent)
        return await everything(stream)

    assert connected(read, upload) == hashlib.sha256(sent).digest()


def test_a_long_answer_comes_whole_through_tls() -> None:
    """Within TLS, too, all bytes go and come; the library is told of the encryption."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(CERTIFICATE)
    trusting = ssl.create_default_context(cafile=str(CERTIFICATE))
    trusting.check_hostname = False
    sent = bytes(range(256)) * 12_000

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(len(sent)))
        await writer.drain()
        writer.close()

    async def within(stream: httpcore.AsyncNetworkStream) -> tuple[bytes, str]:
        inner = await stream.start_tls(trusting, "127.0.0.1", timeout=10)
        await inner.write(sent)
        came = await everything(inner)
        return came, inner.get_extra_info("ssl_object").version()

    came, version = connected(echo, within, served)
    assert came == sent
    assert version.startswith("TLSv1.")


def test_tls_that_is_not_trusted_is_no_connection() -> None:
    """A certificate of nobody's is refused, with the reason."""
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(CERTIFICATE)

    async def nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def within(stream: httpcore.AsyncNetworkStream) -> None:
        await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=10)

    with pytest.raises(httpcore.ConnectError, match="certificate verify failed"):
        connected(nothing, within, served)


def test_a_server_that_never_agrees_on_tls_is_given_up() -> None:
    """A handshake that is not over in time is a time-out of the connection."""
    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    async def within(stream: httpcore.AsyncNetworkStream) -> None:
        try:
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=0.1)
        finally:
            over.set()

    with pytest.raises(httpcore.ConnectTimeout):
        connected(silent, within)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_refused_connection_keeps_the_systems_reason(host: str) -> None:
    """Also where a name has several addresses, each of them refused."""
    with pytest.raises(httpcore.ConnectError) as raised:
        asyncio.run(Loop().connect_tcp(host, refusing_port(), timeout=10))
    inner: BaseException | None = raised.value.__cause__
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    assert isinstance(inner, OSError)
    assert inner.errno == errno.ECONNREFUSED


def test_an_idle_connection_tells_that_its_server_is_gone() -> None:
    """What a server closed counts as readable: the library does not use it again."""
    closed = asyncio.Event()

    async def close(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await closed.wait()
        writer.close()

    async def idle(stream: httpcore.AsyncNetworkStream) -> tuple[bool, bool]:
        before = stream.get_extra_info("is_readable")
        closed.set()
        await stream.read(1)
        return before, stream.get_extra_info("is_readable")

    assert connected(close, idle) == (False, True)
