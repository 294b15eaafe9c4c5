"""The order of a stream, judged as it arrives: the schemas in `schemas/order/`, compiled to a machine.

Each keyword of our vocabulary is one class (`KEYWORDS`): it names the event types that it watches
and gives, per type, a function to call. The machine looks up an event's functions by its type, so an event costs
only what is said about it. The same documents are judged as whole sequences by an oracle of the tests, which
shares no code with this; a test shows that both find the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from gateprobe.schema import PREFIX, documents
from gateprobe.stream.keywords.agreement import Agrees, Collects, Rebuilds
from gateprobe.stream.keywords.identity import Distinct, Identities, Pictures
from gateprobe.stream.keywords.lifecycle import Lifecycles
from gateprobe.stream.keywords.sequence import Counts, First, Follows, Known, Sequential, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Broken, Context, Keyword, Watch

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
"""Which class judges which keyword; the order is the order in which an event's violations are named."""


@cache
def clauses(name: str) -> tuple[tuple[str, Any], ...]:
    """Give every (keyword, definition) of an order document and of those that it refers to, each once."""
    found: dict[str, tuple[str, Any]] = {}
    waiting, seen = [PREFIX + name], set()
    while waiting:
        uri = waiting.pop(0)
        if uri in seen:
            continue
        seen.add(uri)
        document = documents()[uri]
        waiting += [branch["$ref"] for branch in document.get("allOf", ())]
        for keyword in KEYWORDS:
            definition = document.get(keyword, [])
            for one in definition if isinstance(definition, list) else [definition]:
                found.setdefault(f"{keyword} {one}", (keyword, one))
    rank = list(KEYWORDS)
    return tuple(sorted(found.values(), key=lambda clause: rank.index(clause[0])))


class Machine:
    """Judges one stream against one order document, event by event.

    Memory is bounded: texts, also those that deltas build, are kept as fingerprints, and no more than
    `keywords.GROUPS` groups of them.
    """

    __slots__ = ("_context", "_keywords", "_watches")

    def __init__(self, name: str, context: Context) -> None:
        self._context = context
        self._keywords: list[Keyword] = [
            KEYWORDS[keyword](definition, context) for keyword, definition in clauses(name)
        ]
        self._watches: dict[str, tuple[Watch, ...]] = {}

    def feed(self, number: int, kind: str, event: dict[str, Json]) -> list[Broken]:
        """Take the next event; give what it breaks."""
        watches = self._watches.get(kind)
        if watches is None:
            watches = self._watches_of(kind)
        broken: list[Broken] = []
        for watch in watches:
            watch(number, event, broken)
        return broken

    def _watches_of(self, kind: str) -> tuple[Watch, ...]:
        watches = tuple(watch for keyword in self._keywords for watch in keyword.watches(kind))
        if len(self._watches) < self._context.types_kept:
            self._watches[kind] = watches
        return watches

    def end(self) -> list[Broken]:
        """Say that the stream is over; give what only its end shows."""
        broken: list[Broken] = []
        for keyword in self._keywords:
            keyword.end(broken)
        return broken
