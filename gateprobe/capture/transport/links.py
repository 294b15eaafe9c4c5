"""Fetch pictures by link: without credentials, from public addresses, within bounds, each name resolved once.

A link is a stranger's text. It may name a host of our own network, a name whose address changes between two look-ups, a
server that never ends its answer. So the address is checked first, the connection leads to the checked address only,
and a redirect is never followed here: it is a link of its own, which a scenario asks for and which is checked again.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

import httpx

from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.transport.connections import Direct, proxy_to, trusted_authorities
from gateprobe.capture.transport.http import over_http, prepared
from gateprobe.capture.transport.pinned import Pinned, Proxy
from gateprobe.capture.transport.recording import BodyRecorder, now
from gateprobe.evidence import Attempt, Defect, Failure, failure
from gateprobe.gateway import Gateway
from gateprobe.message import NOTHING, Message, message
from gateprobe.model import Cause
from gateprobe.request import Request
from gateprobe.urls import Network, link_problem, network_of, network_of_host, network_problem, unreachable

Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""Returns the addresses of a name; raises OSError where it has none."""

LINK_BROKEN: Final = "image.link_broken"
_DEAD: Final = 3  # links to a host without any answer after which no other is tried
_UNSPECIFIED: Final = ("0.0.0.0", "::")  # noqa: S104 - answers of a resolver that blocks a name
_SINKS: Final = (Network.LOOPBACK, Network.INVENTED)
_AGAIN: Final = (429, 500, 502, 503, 504)


async def system_resolver(host: str, port: int) -> tuple[str, ...]:
    """Return the addresses that the operating system knows for a name."""
    entries = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in entries))


@dataclass(slots=True)
class _Host:
    """What is known of a link's host: links that failed and the last reason, and whether any was answered."""

    failures: int = 0
    reason: Message = NOTHING
    answered: bool = False

    def failed(self, failure: Failure) -> None:
        """Count a failure, unless the trouble is our own."""
        if not failure.local:
            self.failures += 1
            self.reason = failure.message


@dataclass(slots=True)
class LinkFetcher:
    """Fetches the links of one gateway."""

    gateway: Gateway
    limits: AttemptLimits
    resolver: Resolver = field(default_factory=lambda: system_resolver)
    _home: Network | None = None
    _hosts: dict[str, _Host] = field(default_factory=dict)

    async def attempt(
        self, request: Request, number: int, recorder: BodyRecorder, gateway_transport: httpx.AsyncBaseTransport | None
    ) -> Attempt:
        """Fetch a link once. What is wrong with the link is a defect, what kept us from it a failure; nothing raises.

        `gateway_transport` leads to the gateway itself where only its proxy knows its name, else None.
        """
        link, limits = request.path, self.limits.for_links()
        host = self._hosts.setdefault(_host_and_port(link), _Host())
        if host.failures >= _DEAD and not host.answered:
            reason = failure(
                Cause.NETWORK,
                "{reason} (so it was for {number} fetches from this host, and this link is not fetched)",
                reason=host.reason,
                number=host.failures,
            )
            return _unsent(number, cause=reason)
        if problem := link_problem(link):
            return _unsent(number, problem=problem)
        try:
            sent = prepared(link, Request("GET", link, headers=self._agent), None)
        except (httpx.InvalidURL, UnicodeError, ValueError):
            return _unsent(number, problem=message("the link {link!q} is not a valid address", link=link[:80]))
        transport = gateway_transport or await self._pinned(sent.url)
        if isinstance(transport, Message):
            return _unsent(number, problem=transport)
        if isinstance(transport, Failure):
            host.failed(transport)
            return _unsent(number, cause=transport)
        recorder.start()
        try:
            attempt = await over_http(transport, sent, number, limits, recorder)
        finally:
            if gateway_transport is None:
                await transport.aclose()
        if attempt.failure is None:
            host.answered = True
        else:
            host.failed(attempt.failure)
        if attempt.defect is not None:
            attempt = replace(attempt, defect=Defect(LINK_BROKEN, attempt.defect.message))
        return attempt

    @property
    def _agent(self) -> tuple[tuple[str, str], ...]:
        """The user agent of the gateway's headers, the only one of them that another host receives."""
        headers = self.gateway.headers().items()
        return tuple((name, value) for name, value in headers if name.lower() == "user-agent")

    def may_repeat(self, attempt: Attempt) -> bool:
        """Return whether another attempt may bring what this one did not: a lost connection, or a busy server."""
        lost = attempt.failure is not None and attempt.failure.cause is Cause.NETWORK
        return lost or attempt.status in _AGAIN

    async def _pinned(self, url: httpx.URL) -> httpx.AsyncBaseTransport | Message | Failure:
        """Return a transport to the checked addresses of a host, what is wrong with them, or why none is known."""
        host = url.raw_host.decode("ascii")
        home = await self._network_of_gateway()
        if host != self._gateway_host and (problem := network_problem(str(url), home)):
            return problem
        proxy_url = proxy_to(replace(self.gateway, base_url=str(url)))
        try:
            async with asyncio.timeout(self.limits.connect):
                addresses = await self.resolver(host, url.port or (443 if url.scheme == "https" else 80))
        except (OSError, UnicodeError) as error:  # TimeoutError is an OSError
            return _unresolved(host, error, through_proxy=proxy_url is not None)
        networks = {address: network_of(address) or Network.RESERVED for address in addresses}
        for address, network in networks.items():
            if problem := unreachable(host, network, home, address=address):
                return _sunk(host, address) if network in _SINKS or address in _UNSPECIFIED else problem
        trusted = trusted_authorities(self.gateway)
        proxy = None
        if proxy_url is not None and Network.PUBLIC in networks.values():  # another network's proxy leads elsewhere
            proxy = Proxy.read(proxy_url, trusted)
            if proxy is None:
                return Failure(
                    Cause.NETWORK,
                    message("the proxy that the environment names cannot open tunnels to a link's host"),
                    local=True,
                )
        return Direct(trusted, 0, Pinned(addresses, proxy))

    @property
    def _gateway_host(self) -> str:
        return httpx.URL(self.gateway.base_url).raw_host.decode("ascii")

    async def _network_of_gateway(self) -> Network:
        """Return the network of the gateway's own address, looked up once."""
        if self._home is None:
            host = self._gateway_host
            known = network_of_host(host)
            if network_of(host) is None:
                try:
                    async with asyncio.timeout(self.limits.connect):
                        (first, *_) = await self.resolver(host, 443)
                    known = network_of(first)
                except (OSError, UnicodeError, ValueError):
                    known = known or Network.PUBLIC
            self._home = known or Network.PUBLIC
        return self._home


def _host_and_port(link: str) -> str:
    """Return the host and the port of a link in lower case; the link itself where it has none."""
    try:
        return urlsplit(link).netloc.rpartition("@")[2].lower() or link
    except ValueError:
        return link


def _unsent(number: int, *, problem: Message | None = None, cause: Failure | None = None) -> Attempt:
    """Return the attempt of a link that was not asked for: its own defect, or our failure."""
    return Attempt(
        number=number,
        started_at=now(),
        elapsed_ms=0.0,
        failure=cause,
        left=False,
        defect=Defect(LINK_BROKEN, problem) if problem is not None else None,
    )


def _sunk(host: str, address: str) -> Failure:
    """Return that a name leads nowhere here, as resolvers make it that block names."""
    reason = message("the name {host} of the link has the address {address} here", host=host[:80], address=address)
    return Failure(Cause.NETWORK, reason, local=True)


def _unresolved(host: str, error: Exception, *, through_proxy: bool) -> Failure:
    """Return that a name has no address: our own trouble where only a proxy knows names, or no resolver answers."""
    is_ours = through_proxy or not isinstance(error, socket.gaierror) or error.errno == socket.EAI_AGAIN
    reason = message("the name {host} of the link cannot be resolved", host=host[:80])
    return Failure(Cause.NETWORK, reason, local=is_ours)
