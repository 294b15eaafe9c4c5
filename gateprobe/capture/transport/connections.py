"""The connections of one scenario; a request that may be billed always opens a new one."""

from __future__ import annotations

import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from gateprobe.capture.transport.tcp import Loop
from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.redact import SHORTEST
from gateprobe.request import Auth, Request
from gateprobe.text import printable

_IDLE_SECONDS: Final = 2.0  # seconds for which an idle connection is used again; servers keep theirs for five and more


@dataclass(frozen=True, slots=True)
class Connections:
    """Two transports: one reuses its connections, as clients do, the other never does.

    A server may close an idle connection at the moment in which a request is sent. A request lost in this way may have
    been processed, and a request that may be billed is never sent again. So each request that does more than read opens
    a new connection.
    """

    gateway: Gateway
    _open: dict[int | None, httpx.AsyncBaseTransport] = field(default_factory=dict)

    def of(self, request: Request) -> httpx.AsyncBaseTransport:
        """Return the transport of a request; one that may be billed has a connection to itself.

        Raises:
            UnusableProxyError: the environment names a proxy that cannot be used.
        """
        shares = request.harmless or request.auth is Auth.BOGUS  # nobody is billed for an invented key
        return self._transport(None) if shares else self.fresh

    @property
    def fresh(self) -> httpx.AsyncBaseTransport:
        """The transport that opens a connection for each request."""
        return self._transport(0)

    async def close(self) -> None:
        """Close all connections."""
        for transport in self._open.values():
            await transport.aclose()

    def _transport(self, idle: int | None) -> httpx.AsyncBaseTransport:
        """Return the transport that keeps this number of idle connections (None: all), built when first needed."""
        if idle not in self._open:
            trusted, proxy = trusted_authorities(self.gateway), proxy_to(self.gateway)
            if proxy is None:
                self._open[idle] = Direct(trusted, idle, Loop())
            else:
                self._open[idle] = _through_proxy(proxy, trusted, idle)
        return self._open[idle]


class Direct(httpx.AsyncHTTPTransport):
    """httpx's transport on connections of our own, which read an answer before a large request was sent completely."""

    def __init__(self, trusted: ssl.SSLContext, idle: int | None, network: httpcore.AsyncNetworkBackend) -> None:
        super().__init__(verify=trusted)
        self._pool = httpcore.AsyncConnectionPool(
            trusted,
            max_connections=None,
            max_keepalive_connections=idle,
            keepalive_expiry=_IDLE_SECONDS,
            network_backend=network,
        )


class UnusableProxyError(Exception):
    """The environment names a proxy that cannot be used; `reason` names it, without its password."""

    def __init__(self, proxy: str) -> None:
        name = printable(re.sub(r"(?<=//)[^/]*@", "", proxy), 80)
        self.reason = message("the proxy {proxy}, which the environment names, cannot be used", proxy=name)
        super().__init__(str(self.reason))


def _through_proxy(proxy: str, trusted: ssl.SSLContext, idle: int | None) -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=idle, keepalive_expiry=_IDLE_SECONDS)
    try:
        return httpx.AsyncHTTPTransport(verify=trusted, limits=limits, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL):
        raise UnusableProxyError(proxy) from None


def proxy_to(gateway: Gateway) -> str | None:
    """Return the proxy that the environment (or the system) names for a gateway, None where it is reached directly."""
    parts = urlsplit(gateway.base_url)
    if gateway.embedded or proxy_bypass(parts.netloc):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def proxy_secrets() -> tuple[str, ...]:
    """Return the credentials of the environment's proxies, which must be redacted."""
    secrets: dict[str, None] = {}
    for proxy in getproxies().values():
        match = re.search(r"(?:^|//)([^/@]*):([^/@]*)@", proxy)
        if match:
            name, password = unquote(match[1]), unquote(match[2])
            secrets |= dict.fromkeys((f"{name}:{password}", password, match[2]))
    return tuple(secret for secret in secrets if len(secret) >= SHORTEST)


@asynccontextmanager
async def connections(gateway: Gateway) -> AsyncIterator[Connections]:
    """Open the connections of one scenario; no other scenario uses them."""
    opened = Connections(gateway)
    try:
        yield opened
    finally:
        await opened.close()


def trusted_authorities(gateway: Gateway) -> ssl.SSLContext:
    """Return the certificates of the authorities that a gateway and its links must be signed by.

    Raises:
        UsageError: the environment names certificates that cannot be loaded.
    """
    try:
        return _trusted(not gateway.embedded)
    except OSError as error:
        raise UsageError(
            f"the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be loaded: {error.strerror or error}"
        ) from None


@cache
def _trusted(environment: bool) -> ssl.SSLContext:  # noqa: FBT001 - the signature of httpx
    """Load the certificates of authorities once, which takes longer than most answers."""
    return httpx.create_ssl_context(trust_env=environment)
