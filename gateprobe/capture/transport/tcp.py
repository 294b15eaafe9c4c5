"""TCP and TLS connections for httpcore that read an answer while the request is still being sent.

A server that refuses a large upload answers after its head, and then closes the connection or stops reading. The
connections of httpcore read only after everything is written: the answer is lost, or the request times out.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import ssl
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, cast

import httpcore

_ENOUGH: Final = 256 * 1024  # unread bytes beyond which reading pauses
_UNHEARD: Final = 64 * 1024  # bytes of a request after which early answers are checked for between its pieces
_INTERIM: Final = (b"HTTP/1.1 1", b"HTTP/1.0 1")
_SECOND_ADDRESS: Final = 0.25  # seconds after which the next address is tried as well (RFC 8305, section 5)


_OTHER_PROTOCOLS: Final = (
    (re.compile(rb"\x00..\x04\x00{5}", re.DOTALL), "HTTP/2"),  # a SETTINGS frame of stream 0 (RFC 9113, 3.4)
    (re.compile(rb"[\x15\x16]\x03[\x00-\x04]"), "TLS"),  # a record with an alert or a handshake (RFC 8446, 5.1)
)


class OtherProtocolError(httpcore.RemoteProtocolError):
    """The server answers in a protocol other than HTTP/1.1; the text of the error is its name."""


class Loop(httpcore.AsyncNetworkBackend):
    """Connections of the running event loop."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection.

        Raises:
            httpcore.ConnectTimeout: not within `timeout` seconds.
            httpcore.ConnectError: the name or the host is unknown, or nothing listens; its cause is the system's error.
        """
        loop, local = asyncio.get_running_loop(), None if local_address is None else (local_address, 0)
        with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                transport, protocol = await loop.create_connection(
                    _Protocol, host, port, local_addr=local, happy_eyeballs_delay=_SECOND_ADDRESS
                )
        for option in socket_options or ():
            cast("socket.socket", transport.get_extra_info("socket")).setsockopt(*option)
        return _Stream(protocol)


class _Protocol(asyncio.Protocol):
    """The received bytes that were not read yet, piece by piece, and whether more may be written."""

    transport: asyncio.Transport

    def __init__(self) -> None:
        self.pieces: deque[bytes] = deque()
        self.ended = False
        self.error: Exception | None = None
        self.waiting = 0  # bytes in `pieces`
        self.full = self.lost = False  # whether writing is paused; whether the connection is open
        self.changed = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        self.waiting += len(data)
        if self.waiting > _ENOUGH:
            self.transport.pause_reading()
        self.changed.set()

    def eof_received(self) -> bool:
        """Record the end of the received bytes. TLS ends both directions; without it, the server may still read."""
        self.ended = True
        self.changed.set()
        return self.transport.get_extra_info("ssl_object") is None

    def connection_lost(self, exc: Exception | None) -> None:
        """Record the end of the connection; after a failed write, read what the system still buffers of an answer."""
        if exc is not None and self.transport.get_extra_info("ssl_object") is None:
            with suppress(OSError):
                while piece := os.read(self.transport.get_extra_info("socket").fileno(), _ENOUGH):
                    self.pieces.append(piece)
                    self.waiting += len(piece)
        self.ended, self.lost, self.error = True, True, exc
        self.changed.set()

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        self.changed.set()

    @property
    def answered(self) -> bool:
        """Whether a final answer (RFC 9110, 15.2) has begun, or nothing more can arrive."""
        return self.ended or (bool(self.pieces) and not self.pieces[0].startswith(_INTERIM))

    async def wait(self) -> None:
        """Wait until the state changes."""
        self.changed.clear()
        await self.changed.wait()

    def take_piece(self, most: int) -> bytes:
        """Remove and return the first piece, or its first `most` bytes."""
        piece = self.pieces.popleft()
        if len(piece) > most:
            self.pieces.appendleft(piece[most:])
            piece = piece[:most]
        self.waiting -= len(piece)
        if not self.transport.is_closing() and not self.transport.is_reading() and self.waiting <= _ENOUGH:
            self.transport.resume_reading()
        return piece


class _Stream(httpcore.AsyncNetworkStream):
    """One connection, with the interface of httpcore."""

    def __init__(self, protocol: _Protocol) -> None:
        self._protocol = protocol
        self._written = 0
        self._began = False  # whether anything was read

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Return the next piece as it arrived, empty at the end.

        Raises:
            OtherProtocolError: the first piece belongs to another protocol.
        """
        protocol = self._protocol
        with _translated(httpcore.ReadTimeout, httpcore.ReadError):
            async with asyncio.timeout(timeout):
                while not protocol.pieces and not protocol.ended:
                    await protocol.wait()
            if protocol.pieces:
                piece = protocol.take_piece(max_bytes)
                began, self._began = self._began, True
                if not began and (name := _other_protocol(piece)):
                    raise OtherProtocolError(name)
                return piece
            if protocol.error is not None:
                raise protocol.error
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send bytes, at the pace at which the server reads them.

        Raises:
            httpcore.WriteTimeout: they were not sent in time.
            httpcore.WriteError: the connection is closed, or an answer has arrived and the server stopped reading;
            httpcore then reads the answer.
        """
        protocol = self._protocol
        if not buffer:
            return
        with _translated(httpcore.WriteTimeout, httpcore.WriteError):
            if self._written > _UNHEARD:
                await asyncio.sleep(0)  # received bytes are read before a failed write can lose them
            if protocol.lost or protocol.transport.is_closing() or (self._written and protocol.ended):
                raise protocol.error or ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
            protocol.transport.write(buffer)
            self._written += len(buffer)
            async with asyncio.timeout(timeout):
                while protocol.full and not protocol.answered:
                    await protocol.wait()
            if protocol.error is not None:
                raise protocol.error
            if protocol.full:
                raise BrokenPipeError(errno.EPIPE, "answered before the request was sent whole")

    async def aclose(self) -> None:
        """Close the connection at once."""
        if not self._protocol.lost:
            self._protocol.transport.abort()
        await asyncio.sleep(0)  # the next iteration of the event loop closes it

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        """Start TLS on the connection."""
        protocol, loop = self._protocol, asyncio.get_running_loop()
        try:
            with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
                async with asyncio.timeout(timeout):
                    within = await loop.start_tls(
                        protocol.transport, protocol, ssl_context, server_hostname=server_hostname
                    )
        except BaseException:
            protocol.transport.abort()
            raise
        protocol.transport = cast("asyncio.Transport", within)
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return a property of the connection by httpcore's name for it; None for other names."""
        if info == "is_readable":  # of an idle connection: whether its server closed it or sent unrequested bytes
            return self._protocol.ended or bool(self._protocol.pieces)
        if info == "unread":  # of an answer that ended: the bytes that came after it
            return b"".join(self._protocol.pieces)
        names = {"ssl_object": "ssl_object", "socket": "socket", "client_addr": "sockname", "server_addr": "peername"}
        return self._protocol.transport.get_extra_info(names[info]) if info in names else None


def _other_protocol(piece: bytes) -> str:
    """Return the name of the protocol that begins with these bytes; empty for HTTP/1.1 and unknown protocols."""
    return next((name for pattern, name in _OTHER_PROTOCOLS if pattern.match(piece)), "")


@contextmanager
def _translated(late: type[Exception], broken: type[Exception]) -> Iterator[None]:
    """Raise the errors of the event loop as those of httpcore; the system's error stays their cause."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:  # ssl.SSLError among them
        raise broken(str(error) or "the other side closed the connection") from _first_error(error)


def _first_error(error: OSError) -> OSError:
    """Return the first error where several addresses of a name failed: Python 3.11 joins all of them in one text."""
    first = re.search(r"\[Errno (\d+)\]", str(error)) if error.errno is None else None
    return error if first is None else OSError(int(first[1]), str(error))
