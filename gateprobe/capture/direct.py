"""The way of a request without a proxy: the library's HTTP/1.1, its connections on our event loop."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpcore
import httpx

from gateprobe.capture.tcp import Loop


class Direct(httpx.AsyncBaseTransport):
    """Connections to one gateway, of which so many are kept for another request (None: all), for so many seconds."""

    def __init__(self, trusted: ssl.SSLContext, kept: int | None, seconds: float) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            trusted,
            max_connections=None,
            max_keepalive_connections=kept,
            keepalive_expiry=seconds,
            network_backend=Loop(),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, give its answer once the head is there.

        Raises:
            httpx.TransportError: as the library's own transport does.
        """
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        with _as_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    target,
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    """The body of an answer, piece by piece."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Give the pieces as they come."""
        with _as_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        """Need no more of it."""
        await self._answer.aclose()


@contextmanager
def _as_httpx() -> Iterator[None]:
    """Raise what the lower library raises under the same name of the upper one, as that does itself."""
    try:
        yield
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ProxyError) as error:
        raise getattr(httpx, type(error).__name__)(str(error)) from error
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
