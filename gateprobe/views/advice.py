"""The safest way to use a gateway, derived from what was observed: which way draws, what to leave out. Pure.

The rule is stated: of the ways that drew a picture in every probe, one that the documents offer before one that they
do not; then one that does not stream where a `must` of the stream family is contradicted; then the first of `WAYS`.
Nothing is recommended that was not seen to work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateprobe.gateway import Gateway
from gateprobe.model import Level, Observed, Stance, Verdict
from gateprobe.record.file import Record
from gateprobe.views.matrix import Cell

_RESPONSES: Final = "responses"
_STREAM: Final = "stream"


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have a picture drawn: the capability that proves it, its surface and endpoint."""

    capability: str
    surface: str
    endpoint: str
    streams: bool

    @property
    def of_responses(self) -> bool:
        """Whether it is a way of the Responses API."""
        return self.endpoint == "POST /responses"


WAYS: Final = (
    Way("images.generate", "images.generate", "POST /images/generations", streams=False),
    Way("responses.image.stream", "responses.image", "POST /responses", streams=True),
    Way("responses.image.non_stream", "responses.image", "POST /responses", streams=False),
    Way("images.generate.stream", "images.generate", "POST /images/generations", streams=True),
)
"""The ways, the simplest first."""

_SURFACES: Final = frozenset({_RESPONSES, "responses.image", "images.generate", "images.edit"})
"""The surfaces whose capabilities are about requests that a client writes."""

_MOST: Final = 12  # cautions that are listed


class CautionKind(StrEnum):
    """Why something is not to be relied on, the most harmful first."""

    UNKEPT = "unkept"
    UNPROMISED = "unpromised"
    DOCUMENTED = "documented"
    BROKEN = "broken"


class Streaming(StrEnum):
    """Whether to stream, and why."""

    YES = "yes"
    YES_THOUGH_BROKEN = "yes, though broken"
    RULES_BROKEN = "rules broken"
    SOME_WAYS = "some ways"
    NOT_ALWAYS = "not always"
    NOT_NEEDED = "not needed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tried:
    """A way with what came of it: True where every probe drew, False where one did not, None where none could tell.

    `record` is the one that decided; None where nothing was asked.
    """

    way: Way
    works: bool | None
    record: Record | None
    documented: bool


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to leave out or not to rely on, and the record that shows why."""

    capability: str
    kind: CautionKind
    record: Record


@dataclass(frozen=True, slots=True)
class Avoid:
    """A field to leave out of a request: it was done for `done` of `total` values."""

    field: str
    capability: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a request needs at a gateway, as documented and as every probe sent it."""

    instructions: bool = False
    list_input: bool = False
    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advice:
    """What the evidence recommends; `best` is None where no way was seen to work."""

    gateway: Gateway
    best: Way | None
    tried: tuple[Tried, ...]
    broken_streams: tuple[str, ...]
    cautions: tuple[Caution, ...]
    more: int
    """Cautions beyond those that are listed."""
    requirements: Requirements = Requirements()
    avoid: tuple[Avoid, ...] = ()
    """The fields to leave out of a request of the best way."""

    @property
    def kinds(self) -> Mapping[CautionKind, tuple[Caution, ...]]:
        """The cautions that are listed, by kind, the most harmful kind first."""
        groups = {kind: tuple(each for each in self.cautions if each.kind is kind) for kind in CautionKind}
        return {kind: cautions for kind, cautions in groups.items() if cautions}

    @property
    def streaming(self) -> Streaming:
        """Whether to stream, and why."""
        if self.best is not None and self.best.streams:
            return Streaming.YES_THOUGH_BROKEN if self.broken_streams else Streaming.YES
        outcomes = {tried.works for tried in self.tried if tried.way.streams}
        if self.broken_streams:
            return Streaming.RULES_BROKEN
        if False in outcomes:
            return Streaming.SOME_WAYS if True in outcomes else Streaming.NOT_ALWAYS
        return Streaming.NOT_NEEDED if True in outcomes else Streaming.UNKNOWN


def advise(gateway: Gateway, cells: Iterable[Cell]) -> Advice:
    """Derive the safest way to use a gateway from its cells."""
    known = {cell.capability.id: cell for cell in cells}
    tried = tuple(_tried(way, known.get(way.capability)) for way in WAYS)
    streams = tuple(
        name
        for name, cell in known.items()
        if cell.capability.surface == _STREAM and cell.verdict is Verdict.CONTRADICTED and cell.level is Level.MUST
    )
    works = [each for each in tried if each.works]
    works.sort(key=lambda each: (not each.documented, each.way.streams and bool(streams)))
    cautions = sorted(filter(None, map(_caution, known.values())), key=lambda each: list(CautionKind).index(each.kind))
    return Advice(
        gateway=gateway,
        best=works[0].way if works else None,
        tried=tried,
        broken_streams=streams,
        cautions=tuple(cautions[:_MOST]),
        more=max(0, len(cautions) - _MOST),
        requirements=_requirements(gateway, works[0].way) if works else Requirements(),
        avoid=tuple(_avoid(works[0].way, known.values())) if works else (),
    )


def _avoid(way: Way, cells: Iterable[Cell]) -> Iterator[Avoid]:
    """Return the fields of a way's own endpoint that were not done for every value, whoever promised them."""
    surfaces = {way.surface, _RESPONSES} if way.of_responses else {way.surface}
    for cell in cells:
        known = cell.capability
        if known.option and known.surface in surfaces and (caution := _caution(cell)):
            failed = sum(_kind(record) is not None for record in cell.records)
            yield Avoid(known.option, caution.capability, len(cell.records) - failed, len(cell.records))


def _tried(way: Way, cell: Cell | None) -> Tried:
    if cell is None or cell.worst is None:
        return Tried(way, works=None, record=None, documented=False)
    documented = cell.stance is Stance.OFFERED
    if {record.observed for record in cell.records} == {Observed.HONOURED}:
        return Tried(way, works=True, record=cell.worst, documented=documented)
    other = (Observed.HONOURED, Observed.UNOBSERVED)
    failed = next((record for record in cell.records if record.observed not in other), None)
    return Tried(way, works=None if failed is None else False, record=failed or cell.worst, documented=documented)


def _caution(cell: Cell) -> Caution | None:
    """Warn of what is accepted and not done, documented so or not, and of a promise that is not kept."""
    known = cell.capability
    if known.surface not in _SURFACES or known.id in {way.capability for way in WAYS}:
        return None
    kinds = [(kind, record) for record in cell.records if (kind := _kind(record)) is not None]
    if not kinds:
        return None
    kind, record = min(kinds, key=lambda pair: list(CautionKind).index(pair[0]))
    return Caution(known.id, kind, record)


def _kind(record: Record) -> CautionKind | None:
    if record.observed is Observed.IGNORED:
        return {
            Stance.OFFERED: CautionKind.UNKEPT,
            Stance.SILENT: CautionKind.UNPROMISED,
            Stance.DECLINED: CautionKind.DOCUMENTED,
        }[record.stance]
    return CautionKind.BROKEN if record.verdict is Verdict.CONTRADICTED else None


def _requirements(gateway: Gateway, way: Way) -> Requirements:
    base = gateway.baseline
    return Requirements(
        instructions=way.of_responses and base.responses.instructions is not None,
        list_input=way.of_responses and base.responses.input == "list",
        headers=tuple(base.headers),
        query=tuple(base.query),
    )
