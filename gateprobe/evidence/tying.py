"""Assign the requests that reached an upstream to the client's requests, by the words of their prompts.

A gateway may drop any header, so the words of the prompt are what both sides have in common: those that no other
request of the time has. Of equal requests that followed each other, the last that had begun is the cause. A request
without words (a list, an item by its id) is tied by its method and path, within the time in which it was open. Where
more than one request could have caused it, nothing is tied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Final

from gateprobe.evidence.exchange import Exchange
from gateprobe.evidence.gathered import Evidence
from gateprobe.evidence.upstream import UpstreamExchange, texts_in, words_in
from gateprobe.model import Place
from gateprobe.request import FormBody, Transport

_EARLY: Final = 0.002
"""Seconds by which a request may seem later than its effect, since times are stored to the millisecond."""

_LATE: Final = 20.0
"""Seconds after an answer in which a request with its words belongs to it: a relay may repeat requests."""

_HALF: Final = 0.5
"""The share of a prompt's words that must arrive: `image` alone is in the name of a model, too."""


@dataclass(frozen=True)
class _Front:
    """One exchange in front of the gateway: when it was open, and the words of its prompt."""

    exchange: Exchange
    start: float
    end: float
    words: frozenset[str]

    def is_open(self, upstream: UpstreamExchange, late: float = _EARLY) -> bool:
        """Return whether an upstream request arrived while this exchange was open, or `late` seconds after it."""
        return self.start - _EARLY <= upstream.started <= self.end + late

    def shares(self, arrived: frozenset[str]) -> float:
        """Return the share of the prompt's words that arrived."""
        return len(self.words & arrived) / len(self.words) if self.words else 0.0

    def is_alike(self, upstream: UpstreamExchange) -> bool:
        """Return whether the upstream received this method and path."""
        request = self.exchange.request
        if upstream.websocket or request.transport is Transport.WEBSOCKET:
            return upstream.websocket and request.transport is Transport.WEBSOCKET
        return request.method == upstream.method and upstream.path.endswith(request.path.partition("?")[0])

    def is_akin(self, upstream: UpstreamExchange) -> bool:
        """Return whether the upstream received this method and a path in the same folder: ids may be replaced."""
        request = self.exchange.request
        folder = request.path.partition("?")[0].rpartition("/")[0]
        return request.method == upstream.method and bool(folder) and upstream.path.rpartition("/")[0].endswith(folder)


def tie(captured: Mapping[str, Evidence], upstream: Sequence[UpstreamExchange]) -> dict[str, Evidence]:
    """Return evidence in which each exchange has its requests to the upstream, in order of arrival."""
    fronts = [
        _front(exchange)
        for evidence in captured.values()
        for exchange in evidence.exchanges
        if exchange.attempts and not exchange.request.is_link
    ]
    behind: dict[Place, list[UpstreamExchange]] = {}
    doubtful: dict[Place, int] = {}
    for received in sorted(upstream, key=lambda received: received.started):
        if (front := _cause_of(received, fronts)) is not None:
            behind.setdefault(front.exchange.place, []).append(received)
            continue
        for front in fronts:
            if front.exchange.request.method == received.method and front.is_open(received):
                doubtful[front.exchange.place] = doubtful.get(front.exchange.place, 0) + 1

    def tied(exchange: Exchange) -> Exchange:
        place = exchange.place
        return replace(exchange, relayed=True, upstream=tuple(behind.get(place, ())), untied=doubtful.get(place, 0))

    return {
        name: replace(evidence, exchanges=tuple(map(tied, evidence.exchanges))) for name, evidence in captured.items()
    }


def _front(exchange: Exchange) -> _Front:
    first, last = exchange.attempts[0], exchange.last
    return _Front(exchange, first.started, last.started + last.elapsed_ms / 1000, _words(exchange))


def _words(exchange: Exchange) -> frozenset[str]:
    """Return the words of the prompt of a request, or of its input; none where it has none."""
    body = exchange.request.body
    if isinstance(body, FormBody):
        texts = [part.data.decode("utf-8", "replace") for part in body.parts if part.name == "prompt"]
    else:
        value = exchange.request.json
        texts = texts_in([value.get("prompt"), value.get("input")]) if isinstance(value, dict) else []
    return words_in(text for text in texts if not text.startswith("data:"))


def _cause_of(received: UpstreamExchange, fronts: Sequence[_Front]) -> _Front | None:
    """Return the exchange that caused an upstream request; None where that is not certain."""
    near = [front for front in fronts if front.is_open(received, _LATE)]
    arrived = received.words
    with_words = [front for front in near if front.shares(arrived) >= _HALF and _own_words(front, near) & arrived]
    if with_words:
        rank = partial(_rank, arrived)
        best = max(map(rank, with_words))
        return _latest([front for front in with_words if rank(front) == best], received)
    open_now = [front for front in near if front.is_open(received)]
    wordless = [front for front in open_now if not front.words] if not arrived else []
    unsaid = [f for f in wordless if f.is_alike(received)] or [f for f in wordless if f.is_akin(received)]
    if unsaid:
        return unsaid[0] if len(unsaid) == 1 else None
    alike = [front for front in open_now if front.is_alike(received)] or open_now
    return alike[0] if len(open_now) == 1 and _could_be_changed(alike[0], received) else None


def _rank(arrived: frozenset[str], front: _Front) -> tuple[int, float]:
    """Return how well a request fits the words that arrived: their number, then their share of its words."""
    return len(front.words & arrived), front.shares(arrived)


def _own_words(front: _Front, others: Sequence[_Front]) -> frozenset[str]:
    """Return the words of a request that no different request of that time has."""
    return front.words.difference(*(other.words for other in others if other.words != front.words))


def _latest(fronts: Sequence[_Front], received: UpstreamExchange) -> _Front | None:
    """Return the last of equal requests that had begun; None where they differ, or several were open at once."""
    if len({front.words for front in fronts}) > 1:
        return None
    alike = sorted((f for f in fronts if f.is_alike(received)), key=lambda f: f.start) or list(fronts)
    overlap = any(before.end > after.start + _EARLY for before, after in pairwise(alike))
    return None if overlap else alike[-1]


def _could_be_changed(front: _Front, received: UpstreamExchange) -> bool:
    """Return whether the only open request may have arrived with another prompt: neither is a mere read."""
    return front.exchange.request.could_draw and received.method in ("POST", "WEBSOCKET")
