"""Connections to addresses that were resolved before: no name is looked up again, directly or through a proxy."""

from __future__ import annotations

import base64
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpcore

from gateprobe.capture.transport.tcp import Loop
from gateprobe.text import printable

_MOST_ADDRESSES: Final = 4  # addresses of one name that are tried
_HEAD: Final = 16 * 1024  # bytes of a proxy's answer to CONNECT


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy that opens tunnels: its address, and the context for TLS to it, None without TLS."""

    host: str
    port: int
    authorization: bytes = b""
    tls: ssl.SSLContext | None = None

    @classmethod
    def read(cls, url: str, trusted: ssl.SSLContext) -> Proxy | None:
        """Return the proxy at an address; None where it is no HTTP proxy (SOCKS resolves names at its own end)."""
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
        except ValueError:
            return None
        if parts.hostname is None or port is None or parts.scheme not in ("http", "https"):
            return None
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode() if parts.username else b""
        authorization = b"Basic " + base64.b64encode(login) if login else b""
        return cls(parts.hostname, port, authorization, trusted if parts.scheme == "https" else None)


@dataclass(frozen=True, slots=True)
class Pinned(httpcore.AsyncNetworkBackend):
    """A network that leads to given addresses only, whatever host httpcore asks for."""

    addresses: tuple[str, ...]
    proxy: Proxy | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of httpcore
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Open a connection to the first address that accepts one.

        Raises:
            httpcore.ConnectTimeout, httpcore.ConnectError: none does.
            httpcore.ProxyError: the proxy opens no tunnel.
        """
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self.addresses[:_MOST_ADDRESSES]:
            try:
                if self.proxy is not None:
                    return await self._tunnel(self.proxy, address, port, timeout)
                return await Loop().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
        raise error

    async def _tunnel(
        self,
        proxy: Proxy,
        address: str,
        port: int,
        timeout: float | None,  # noqa: ASYNC109
    ) -> httpcore.AsyncNetworkStream:
        target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        request = f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n".encode()
        if proxy.authorization:
            request += b"Proxy-Authorization: " + proxy.authorization + b"\r\n"
        try:
            stream = await Loop().connect_tcp(proxy.host, proxy.port, timeout)
            if proxy.tls is not None:
                stream = await stream.start_tls(proxy.tls, proxy.host, timeout)
            await stream.write(request + b"\r\n", timeout)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < _HEAD:
                piece = await stream.read(1, timeout)  # no byte beyond the head is taken from the tunnel
                if not piece:
                    break
                head += piece
        except (httpcore.NetworkError, httpcore.TimeoutException) as failed:
            raise httpcore.ProxyError(str(failed) or "no connection") from failed
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        if not status.startswith(("HTTP/1.1 2", "HTTP/1.0 2")):
            await stream.aclose()
            raise httpcore.ProxyError(printable(status.partition(" ")[2] or "nothing", 80))
        return stream
