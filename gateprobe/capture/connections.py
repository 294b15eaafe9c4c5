"""The HTTP clients of one scenario: what is paid for never travels on a connection that may be dying."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from gateprobe.capture.patience import Patience
from gateprobe.gateway import Gateway
from gateprobe.request import Request

_KEPT: Final = 2.0  # seconds for which an idle connection is used again; servers keep theirs for five and more


@dataclass(frozen=True, slots=True)
class Connections:
    """Two clients: one uses its connections again, as clients do, the other never does.

    A server may close an idle connection at the very moment a request enters it. A request that is lost so may have
    been heard, and what may be billed is never sent again: so what does more than read has a connection of its own.
    """

    gateway: Gateway
    patience: Patience
    _open: dict[int | None, httpx.AsyncClient] = field(default_factory=dict)

    def of(self, request: Request) -> httpx.AsyncClient:
        """Give the client that a request leaves by."""
        return self._client(None) if request.harmless else self.fresh

    @property
    def fresh(self) -> httpx.AsyncClient:
        """The client whose connections carry one request each."""
        return self._client(0)

    async def close(self) -> None:
        """Close all connections."""
        for client in self._open.values():
            await client.aclose()

    def _client(self, kept: int | None) -> httpx.AsyncClient:
        """Give the client that keeps so many idle connections (None: all), made when first needed: most need one."""
        if kept not in self._open:
            trust = not self.gateway.embedded
            self._open[kept] = httpx.AsyncClient(
                verify=_trusted(trust),
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=kept, keepalive_expiry=_KEPT),
                timeout=httpx.Timeout(None, connect=self.patience.connect),
                follow_redirects=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                trust_env=trust,
            )
        return self._open[kept]


@asynccontextmanager
async def connections(gateway: Gateway, patience: Patience) -> AsyncIterator[Connections]:
    """Open the clients of one scenario: its connections are its own, so that no answer can spoil another's."""
    ways = Connections(gateway, patience)
    try:
        yield ways
    finally:
        await ways.close()


@cache
def _trusted(environment: bool) -> ssl.SSLContext:  # noqa: FBT001 - httpx's own question
    """Load the certificates of authorities once: it takes longer than most answers."""
    return httpx.create_ssl_context(trust_env=environment)
