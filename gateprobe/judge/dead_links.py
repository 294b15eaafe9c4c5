"""Dead links: a host that answered none of several links, while the gateway that gave them answered. Pure.

One link that cannot be reached may be trouble of the network between. A host of which every link fails is the
gateway's choice, so each of them is told as a broken link and no longer as an obstacle.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from gateprobe.evidence import Defect, Evidence, Exchange
from gateprobe.message import message
from gateprobe.model import Cause

_LEAST: Final = 2
"""This many different links to one host, each fetched several times in vain, are no accident."""

_BROKEN: Final = "image.link_broken"


def with_dead_links(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
    """Return evidence in which failed fetches from a dead host have a broken link as their defect."""
    dead = _dead_hosts(captured)
    if not dead:
        return captured
    return {name: replace(evidence, exchanges=tuple(_marked(evidence, dead))) for name, evidence in captured.items()}


def _dead_hosts(captured: Mapping[str, Evidence]) -> dict[str, int]:
    """Return the hosts that answered no link, with the number of different links to each."""
    failed: dict[str, set[str]] = {}
    answered: set[str] = set()
    for evidence in captured.values():
        for exchange in evidence.exchanges:
            if not exchange.request.is_link:
                continue
            host = _host(exchange)
            if _is_dead(exchange):
                failed.setdefault(host, set()).add(exchange.request.path)
            elif any(attempt.status is not None for attempt in exchange.attempts):
                answered.add(host)
    return {host: len(links) for host, links in failed.items() if len(links) >= _LEAST and host not in answered}


def _is_dead(exchange: Exchange) -> bool:
    """Return whether a fetch failed for no reason of our own: no proxy, no missing route, no stop."""
    failure = exchange.last.failure
    return failure is not None and not failure.local and failure.cause in (Cause.NETWORK, Cause.TIMEOUT)


def _host(exchange: Exchange) -> str:
    try:
        return urlsplit(exchange.request.path).netloc.lower()
    except ValueError:
        return exchange.request.path


def _marked(evidence: Evidence, dead: Mapping[str, int]) -> Iterator[Exchange]:
    for exchange in evidence.exchanges:
        number = dead.get(_host(exchange)) if exchange.request.is_link and _is_dead(exchange) else None
        if number is None:
            yield exchange
            continue
        reason = message(
            "none of {number} links to {host} can be fetched: {reason}",
            number=number,
            host=_host(exchange),
            reason=exchange.summary,
        )
        last = replace(exchange.last, failure=None, defect=Defect(_BROKEN, reason))
        yield replace(exchange, attempts=(*exchange.attempts[:-1], last))
