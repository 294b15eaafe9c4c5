"""Find the fields that differ between the two sides of a gateway, and show them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import json_text
from gateprobe.message import Message, message
from gateprobe.model import Json

_SHOWN: Final = 80
"""Characters of a value that a sentence shows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: its path, the value that was sent and the value that was received, or `MISSING`."""

    path: str
    sent: Json
    received: Json

    @property
    def shown(self) -> tuple[Message | str, Message | str]:
        """Both values as a sentence shows them; long texts are cut to the part that differs."""
        if isinstance(self.sent, list) and isinstance(self.received, list):
            return _counted(self.sent), _counted(self.received)
        if not (isinstance(self.sent, str) and isinstance(self.received, str)):
            return shown(self.sent), shown(self.received)
        pairs_of = enumerate(zip(self.sent, self.received, strict=False))
        shortest = min(len(self.sent), len(self.received))
        same = next((place for place, (before, after) in pairs_of if before != after), shortest)
        start = max(0, same - _SHOWN // 2) if max(len(self.sent), len(self.received)) > _SHOWN else 0
        mark = "…" if start else ""
        return shown(mark + self.sent[start:]), shown(mark + self.received[start:])

    @property
    def field(self) -> str:
        """The field of the body that it is in: `input` of `input[0].content`."""
        return self.path.partition(".")[0].partition("[")[0]

    @property
    def option(self) -> str:
        """The parameter, without its position in a list: `tools[0].size` is `size`."""
        return self.path.rpartition(".")[2].partition("[")[0]


MISSING: Final = object()
"""Stands for an absent value."""


def _counted(values: list[Json]) -> Message:
    """Return a list as a sentence shows it: two that differ have different lengths."""
    return message("{number} in {values}", number=len(values), values=json_text(values, _SHOWN))


def shown(value: Json) -> Message | str:
    """Return a value as a sentence shows it."""
    return message("nothing") if value is MISSING else json_text(value, _SHOWN)


def differences(sent: Json, received: Json, path: str = "") -> Iterator[Difference]:
    """Yield the fields of `sent` that are missing from `received` or have another value there, and those added."""
    if isinstance(sent, dict) and isinstance(received, dict):
        for name in dict.fromkeys((*sent, *received)):
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(sent.get(name, MISSING), received.get(name, MISSING), inner)
    elif isinstance(sent, list) and isinstance(received, list) and len(sent) == len(received):
        for index, (before, after) in enumerate(zip(sent, received, strict=True)):
            yield from differences(before, after, f"{path}[{index}]")
    elif sent != received or isinstance(sent, bool) != isinstance(received, bool) or _is_made_float(sent, received):
        yield Difference(path, sent, received)


def _is_made_float(sent: Json, received: Json) -> bool:
    """Return whether an integer became a float: `1.0` is refused where programs read an integer."""
    return isinstance(sent, int) and isinstance(received, float)


_IDS: Final = ("id", "item_id", "response_id", "previous_response_id", "call_id", "request_id")
"""Fields that hold an id, which a gateway may replace by one of its own."""


def answer_differences(sent: Json, received: Json, ids: dict[str, str]) -> Iterator[Difference]:
    """Yield the fields that differ between two answers, apart from their encoding.

    An added field is not a difference, since every client ignores it. Null equals a missing field. A gateway may
    replace an id, always by the same one, which stands for no other; `ids` maps the ids that were sent to those that
    were received.
    """
    for difference in differences(sent, received):
        before, after = difference.sent, difference.received
        if before is MISSING or (before is None and after is MISSING):
            continue
        is_id = difference.option in _IDS and isinstance(before, str) and isinstance(after, str)
        if is_id and ids.setdefault(before, after) == after and list(ids.values()).count(after) == 1:
            continue
        yield difference
