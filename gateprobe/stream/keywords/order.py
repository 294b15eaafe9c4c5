"""The order of a stream, judged as it arrives: the schemas in `schemas/order/`, compiled to a machine.

Each keyword of our vocabulary is one class (`KEYWORDS`): it names the event types that it watches and returns, per
type, a function to call. The machine looks up an event's functions by its type, so an event costs only the clauses that
concern it. The tests judge whole sequences by the same documents with jsonschema keywords that share no code with this
(`tests/support/order_oracle.py`), and compare the results.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateprobe.schema import PREFIX, documents
from gateprobe.stream.keywords.agreement import Agrees
from gateprobe.stream.keywords.counts import Counts
from gateprobe.stream.keywords.deltas import Collects, Rebuilds
from gateprobe.stream.keywords.identity import Distinct, Identities, Pictures
from gateprobe.stream.keywords.lifecycle import Lifecycles
from gateprobe.stream.keywords.sequence import First, Follows, Known, Sequential, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Breach, Context, Keyword, Watch

KEYWORDS: Final[Mapping[str, Callable[[Any, Context], Keyword]]] = {
    "known": Known,
    "first": First,
    "terminal": Terminal,
    "counts": Counts,
    "lifecycles": Lifecycles,
    "sequential": Sequential,
    "identities": Identities,
    "distinct": Distinct,
    "rebuilds": Rebuilds,
    "collects": Collects,
    "agrees": Agrees,
    "pictures": Pictures,
    "follows": Follows,
}
"""The class that judges each keyword; an event's violations come in this order."""


@cache
def clauses(name: str) -> tuple[tuple[str, Any], ...]:
    """Return every (keyword, definition) of an order document and of those that it refers to, each once."""
    clauses_by_text: dict[str, tuple[str, Any]] = {}
    waiting, seen = [PREFIX + name], set()
    while waiting:
        uri = waiting.pop(0)
        if uri in seen:
            continue
        seen.add(uri)
        document = documents()[uri]
        waiting += [branch["$ref"] for branch in document.get("allOf", ())]
        for keyword in KEYWORDS:
            value = document.get(keyword, [])
            for definition in value if isinstance(value, list) else [value]:
                clauses_by_text.setdefault(f"{keyword} {definition}", (keyword, definition))
    rank = list(KEYWORDS)
    return tuple(sorted(clauses_by_text.values(), key=lambda clause: rank.index(clause[0])))


class Machine:
    """Judges one stream against one order document, event by event.

    Memory is bounded: texts, also those that deltas build, are stored as fingerprints, and no more than
    `keywords.base.GROUPS` groups of them.
    """

    __slots__ = ("_context", "_keywords", "_watches")

    def __init__(self, name: str, context: Context) -> None:
        self._context = context
        self._keywords: list[Keyword] = [
            KEYWORDS[keyword](definition, context) for keyword, definition in clauses(name)
        ]
        self._watches: dict[str, tuple[Watch, ...]] = {}

    def feed(self, number: int, event_type: str, event: dict[str, Json]) -> list[Breach]:
        """Judge the next event; return the rules that it breaks."""
        watches = self._watches.get(event_type)
        if watches is None:
            watches = self._watches_of(event_type)
        breaches: list[Breach] = []
        for watch in watches:
            watch(number, event, breaches)
        return breaches

    def _watches_of(self, event_type: str) -> tuple[Watch, ...]:
        watches = tuple(watch for keyword in self._keywords for watch in keyword.watches(event_type))
        if len(self._watches) < self._context.cached_types:
            self._watches[event_type] = watches
        return watches

    def end(self) -> list[Breach]:
        """End the stream; return what only its end shows."""
        breaches: list[Breach] = []
        for keyword in self._keywords:
            keyword.end(breaches)
        return breaches
