"""Read bytes with parts left out, and find the places of a match in the original."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gateprobe.redact.spellings import gaps

Span = tuple[int, int]

_HEAD: Final = 4096  # first bytes of an event, which contain its ids and indexes
_LONG: Final = 4096  # bytes; pictures are longer, and most other strings shorter
_RUN: Final = re.compile(rb"(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{%d,}+" % _LONG)
_STRINGS: Final = re.compile(rb'"((?:[^"\\\n]++|\\.)*+)"(?:(\s*:)|)')
_BETWEEN: Final = re.compile(rb'"\s{0,99},\s{0,99}"[^"\\\n]{0,99}"\s{0,99}:\s{0,99}"')
_EVENTS: Final = re.compile(rb"(?:[^\n}]++|\}(?!\{))++\}?")  # lines, or objects without anything between them
_PLACES: Final = re.compile(rb'"(?:item_id|call_id|output_index|content_index|index)"\s*:\s*("[^"\n]{0,100}"|\d{1,9})')


@dataclass
class Spliced:
    """Parts of some bytes, joined. `add` appends a part; `original` maps a match back."""

    source: bytes
    parts: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)
    length: int = 0
    runs: list[Span] = field(default_factory=list)
    """The places of the runs whose middles were left out."""

    def add(self, start: int, end: int, reach: int) -> None:
        """Append a part; of a long one only its ends, because what lies between is searched in the original."""
        if end - start > 2 * reach:
            self.add(start, start + reach, reach)
            self.separate(start + reach)
            start = end - reach
        if start < end:
            self._append(self.source[start:end], start)

    def separate(self, origin: int) -> None:
        """Append a byte that no spelling contains, so that no match spans the omitted part."""
        self._append(b"\0", origin)

    def _append(self, part: bytes, origin: int) -> None:
        self.parts.append(part)
        self.starts.append(self.length)
        self.origins.append(origin)
        self.length += len(part)

    @property
    def data(self) -> bytes:
        """The joined parts."""
        return b"".join(self.parts)

    def place(self, at: int) -> int:
        """Return where a byte of the joined parts is in the original."""
        part = bisect_right(self.starts, at) - 1
        return at - self.starts[part] + self.origins[part]

    def original(self, span: Span) -> Iterator[Span]:
        """Yield the places of a match in the original: what was left out is not among them."""
        start, end = span
        at = bisect_right(self.starts, start) - 1
        while at < len(self.parts) and self.starts[at] < end:
            first, last = max(start, self.starts[at]), min(end, self.starts[at] + len(self.parts[at]))
            shift = self.origins[at] - self.starts[at]
            yield first + shift, last + shift
            at += 1


def without_runs(data: bytes, reach: int) -> Spliced | None:
    """Return bytes without the middles of long runs of base64, such as pictures; None if there are none.

    A run contains no escape, gap or number separator, so searches that need these only need its ends.
    """
    if len(data) < _LONG:
        return None
    blocks = (data.find(b'"', at, at + _LONG // 2) for at in range(0, len(data), _LONG // 2))
    if -1 not in blocks:  # a long run has a whole block
        return None
    parts = data.split(b'"')  # far faster than a search at each character
    spliced, at, begin = Spliced(data), 0, 0
    for part in [part for part in parts if len(part) >= _LONG]:
        begin = data.index(part, begin)
        for run in _RUN.finditer(data, begin, begin + len(part)):
            spliced.runs.append(run.span())
            spliced.add(at, run.start() + reach, len(data))
            spliced.separate(run.start() + reach)
            at = max(run.start() + reach, run.end() - reach)
        begin += len(part)
    if not at:
        return None
    spliced.add(at, len(data), len(data))
    return spliced


def join_over_gaps(data: bytes, reach: int) -> Spliced:
    """Return bytes without line ends, blanks and invisible characters."""
    spliced, at = Spliced(data), 0
    for start, end in gaps(data):
        spliced.add(at, start, reach)
        at = end
    spliced.add(at, len(data), reach)
    return spliced


def joined_strings(data: bytes) -> bytes:
    """Return the text that `join_strings` joins, without places, for a quick first search."""
    groups: dict[tuple[bytes, ...], list[bytes]] = defaultdict(list)
    for line in _EVENTS.findall(data):
        name, values = b"", []
        for string, colon in _STRINGS.findall(line):
            if colon:
                name = string
            elif string:
                values.append((name, string))
        places = tuple(_PLACES.findall(line, 0, _HEAD)) if values else ()
        for name, string in values:
            groups[name,].append(string)
            if places:
                groups[name, *places].append(string)
    return b"\0".join(b"".join(group) for group in groups.values() if len(group) > 1)


def without_names(data: bytes) -> bytes:
    """Return JSON without the names between consecutive string values."""
    return _BETWEEN.sub(b"", data)


def join_values(data: bytes, reach: int) -> Spliced:
    """Return all string values of JSON, joined."""
    spliced = Spliced(data)
    for string in _STRINGS.finditer(data):
        if not string[2]:
            spliced.add(*string.span(1), reach)
    return spliced


def join_strings(data: bytes, reach: int) -> Iterable[Spliced]:
    """Return the strings of JSON and of streams of JSON as readers join them: by name, also of each item alone."""
    groups: dict[tuple[bytes, ...], Spliced] = defaultdict(lambda: Spliced(data))
    for line in _EVENTS.finditer(data):
        name, values = b"", []
        for string in _STRINGS.finditer(data, line.start(), line.end()):
            if string[2]:
                name = string[1]
            elif string[1]:
                values.append((name, string.span(1)))
        if not values:
            continue
        places = tuple(
            place[1] for place in _PLACES.finditer(data, line.start(), min(line.end(), line.start() + _HEAD))
        )
        for name, (start, end) in values:
            groups[name,].add(start, end, reach)
            if places:
                groups[name, *places].add(start, end, reach)
    return [group for group in groups.values() if len(group.parts) > 1]
