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
"""Seconds by which a request may seem later than its effect, since older runs state times to the millisecond."""

_LATE: Final = 20.0
"""Seconds after an answer in which a request with its words belongs to it: a relay may repeat requests."""

_HALF: Final = 0.5
"""The share of a prompt's words that must arrive: a single word such as `image` is in the name of a model, too."""


@dataclass(frozen=True)
class _ClientExchange:
    """One exchange of the client: when it was open, and the words of its prompt."""

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

    def has_same_path(self, upstream: UpstreamExchange) -> bool:
        """Return whether the upstream received this method and path."""
        request = self.exchange.request
        if upstream.websocket or request.transport is Transport.WEBSOCKET:
            return upstream.websocket and request.transport is Transport.WEBSOCKET
        return request.method == upstream.method and upstream.path.endswith(request.path.partition("?")[0])

    def has_same_folder(self, upstream: UpstreamExchange) -> bool:
        """Return whether the upstream received this method and a path in the same folder: ids may be replaced."""
        request = self.exchange.request
        folder = request.path.partition("?")[0].rpartition("/")[0]
        return request.method == upstream.method and bool(folder) and upstream.path.rpartition("/")[0].endswith(folder)


def tie(captured: Mapping[str, Evidence], upstream: Sequence[UpstreamExchange]) -> dict[str, Evidence]:
    """Return evidence in which each exchange has its requests to the upstream, in order of arrival."""
    candidates = [
        _client_exchange(exchange)
        for evidence in captured.values()
        for exchange in evidence.exchanges
        if exchange.attempts and not exchange.request.is_link
    ]
    assigned: dict[Place, list[UpstreamExchange]] = {}
    uncertain: dict[Place, int] = {}
    for arrival in sorted(upstream, key=lambda arrival: arrival.started):
        if (candidate := _cause_of(arrival, candidates)) is not None:
            assigned.setdefault(candidate.exchange.place, []).append(arrival)
            continue
        for candidate in candidates:
            if candidate.exchange.request.method == arrival.method and candidate.is_open(arrival):
                uncertain[candidate.exchange.place] = uncertain.get(candidate.exchange.place, 0) + 1

    def tied(exchange: Exchange) -> Exchange:
        place = exchange.place
        return replace(
            exchange, relayed=True, upstream=tuple(assigned.get(place, ())), unassigned=uncertain.get(place, 0)
        )

    return {
        name: replace(evidence, exchanges=tuple(map(tied, evidence.exchanges))) for name, evidence in captured.items()
    }


def _client_exchange(exchange: Exchange) -> _ClientExchange:
    first, last = exchange.attempts[0], exchange.last
    return _ClientExchange(exchange, first.started, last.started + last.elapsed_ms / 1000, _words(exchange))


def _words(exchange: Exchange) -> frozenset[str]:
    """Return the words of the prompt of a request, or of its input; none where it has none."""
    body = exchange.request.body
    if isinstance(body, FormBody):
        texts = [part.data.decode("utf-8", "replace") for part in body.parts if part.name == "prompt"]
    else:
        value = exchange.request.json
        texts = texts_in([value.get("prompt"), value.get("input")]) if isinstance(value, dict) else []
    return words_in(text for text in texts if not text.startswith("data:"))


def _cause_of(arrival: UpstreamExchange, candidates: Sequence[_ClientExchange]) -> _ClientExchange | None:
    """Return the exchange that caused an upstream request; None where that is not certain."""
    near = [candidate for candidate in candidates if candidate.is_open(arrival, _LATE)]
    arrived = arrival.words
    with_words = [
        candidate for candidate in near if candidate.shares(arrived) >= _HALF and _own_words(candidate, near) & arrived
    ]
    if with_words:
        rank = partial(_rank, arrived)
        best = max(map(rank, with_words))
        return _latest([candidate for candidate in with_words if rank(candidate) == best], arrival)
    open_now = [candidate for candidate in near if candidate.is_open(arrival)]
    wordless = [candidate for candidate in open_now if not candidate.words] if not arrived else []
    same_place = [candidate for candidate in wordless if candidate.has_same_path(arrival)] or [
        candidate for candidate in wordless if candidate.has_same_folder(arrival)
    ]
    if same_place:
        return same_place[0] if len(same_place) == 1 else None
    alike = [candidate for candidate in open_now if candidate.has_same_path(arrival)] or open_now
    return alike[0] if len(open_now) == 1 and _could_be_changed(alike[0], arrival) else None


def _rank(arrived: frozenset[str], candidate: _ClientExchange) -> tuple[int, float]:
    """Return how well a request fits the words that arrived: their number, then their share of its words."""
    return len(candidate.words & arrived), candidate.shares(arrived)


def _own_words(candidate: _ClientExchange, others: Sequence[_ClientExchange]) -> frozenset[str]:
    """Return the words of a request that no different request of that time has."""
    return candidate.words.difference(*(other.words for other in others if other.words != candidate.words))


def _latest(candidates: Sequence[_ClientExchange], arrival: UpstreamExchange) -> _ClientExchange | None:
    """Return the last of equal requests that had begun; None where they differ, or several were open at once."""
    if len({candidate.words for candidate in candidates}) > 1:
        return None
    alike = sorted(
        (candidate for candidate in candidates if candidate.has_same_path(arrival)),
        key=lambda candidate: candidate.start,
    ) or list(candidates)
    overlap = any(before.end > after.start + _EARLY for before, after in pairwise(alike))
    return None if overlap else alike[-1]


def _could_be_changed(candidate: _ClientExchange, arrival: UpstreamExchange) -> bool:
    """Return whether the only open request may have arrived with another prompt: neither is a mere read."""
    return candidate.exchange.request.could_draw and arrival.method in ("POST", "WEBSOCKET")
