"""The ways to one gateway for one scenario: what is paid for never travels on a connection that may be dying."""

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

from gateprobe.capture.tcp import Loop
from gateprobe.capture.timeouts import Patience
from gateprobe.gateway import Gateway
from gateprobe.message import message
from gateprobe.redact import SHORTEST
from gateprobe.request import Request
from gateprobe.text import printable

_KEPT: Final = 2.0  # seconds for which an idle connection is used again; servers keep theirs for five and more


@dataclass(frozen=True, slots=True)
class Connections:
    """Two ways: one uses its connections again, as clients do, the other never does.

    A server may close an idle connection at the very moment a request enters it. A request that is lost so may have
    been heard, and what may be billed is never sent again: so what does more than read has a connection of its own.
    """

    gateway: Gateway
    patience: Patience
    _open: dict[int | None, httpx.AsyncBaseTransport] = field(default_factory=dict)

    def of(self, request: Request) -> httpx.AsyncBaseTransport:
        """Return the way that a request leaves by.

        Raises:
            NoProxy: the environment names a proxy that is none.
        """
        return self._way(None) if request.harmless else self.fresh

    @property
    def fresh(self) -> httpx.AsyncBaseTransport:
        """The way whose connections carry one request each."""
        return self._way(0)

    async def close(self) -> None:
        """Close all connections."""
        for way in self._open.values():
            await way.aclose()

    def _way(self, kept: int | None) -> httpx.AsyncBaseTransport:
        """Return what keeps so many idle connections (None: all), made when first needed: most scenarios need one."""
        if kept not in self._open:
            trusted, proxy = _trusted(not self.gateway.embedded), proxy_to(self.gateway)
            if proxy is None:
                self._open[kept] = _Direct(trusted, kept)
            else:
                self._open[kept] = _through(proxy, trusted, kept)
        return self._open[kept]


class _Direct(httpx.AsyncHTTPTransport):
    """The library's transport on connections that hear an answer before a large request was sent whole."""

    def __init__(self, trusted: ssl.SSLContext, kept: int | None) -> None:
        super().__init__(verify=trusted)
        self._pool = httpcore.AsyncConnectionPool(
            trusted,
            max_connections=None,
            max_keepalive_connections=kept,
            keepalive_expiry=_KEPT,
            network_backend=Loop(),
        )


class NoProxy(Exception):  # noqa: N818 - named for the situation
    """The environment names a proxy that cannot be used; `reason` says which, without its password."""

    def __init__(self, proxy: str) -> None:
        self.reason = message("the proxy {proxy}, which the environment names, is none that can be used", proxy=proxy)
        super().__init__(str(self.reason))


def _through(proxy: str, trusted: ssl.SSLContext, kept: int | None) -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=_KEPT)
    try:
        return httpx.AsyncHTTPTransport(verify=trusted, limits=limits, proxy=proxy)
    except (ValueError, ImportError, httpx.InvalidURL):
        raise NoProxy(printable(re.sub(r"(?<=//)[^/]*@", "", proxy), 80)) from None


def proxy_to(gateway: Gateway) -> str | None:
    """Return the proxy that the environment (or the system) names for a gateway, None where it is reached directly."""
    parts = urlsplit(gateway.base_url)
    if gateway.embedded or proxy_bypass(parts.netloc):
        return None
    named = getproxies()
    proxy = named.get(parts.scheme) or named.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def proxy_secrets() -> tuple[str, ...]:
    """Return what the environment's proxies are told to let us in: no answer of theirs may show it."""
    found: dict[str, None] = {}
    for proxy in getproxies().values():
        told = re.search(r"(?:^|//)([^/@]*):([^/@]*)@", proxy)
        if told:
            name, password = unquote(told[1]), unquote(told[2])
            found |= dict.fromkeys((f"{name}:{password}", password, told[2]))
    return tuple(secret for secret in found if len(secret) >= SHORTEST)


@asynccontextmanager
async def connections(gateway: Gateway, patience: Patience) -> AsyncIterator[Connections]:
    """Open the ways of one scenario: its connections are its own, so that no answer can spoil another's."""
    ways = Connections(gateway, patience)
    try:
        yield ways
    finally:
        await ways.close()


@cache
def _trusted(environment: bool) -> ssl.SSLContext:  # noqa: FBT001 - httpx's own question
    """Load the certificates of authorities once: it takes longer than most answers."""
    return httpx.create_ssl_context(trust_env=environment)
