"""The safest way to use a gateway, derived from what was observed: which way draws, what to leave out. Pure.

The rule is stated: of the ways that drew a picture in every probe, one that the documents offer before one that they
do not; then one that does not stream where a `must` of the stream family is contradicted; then the first of `WAYS`.
Nothing is recommended that was not seen to work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.gateway import Gateway
from gateprobe.model import Level, Observed, Stance, Verdict
from gateprobe.record.file import Record
from gateprobe.views.matrix import Cell


@dataclass(frozen=True, slots=True)
class Way:
    """One way to have a picture drawn: the capability that proves it, its endpoint, and what it is in words."""

    capability: str
    endpoint: str
    statement: str
    streams: bool


WAYS: Final = (
    Way("images.generate", "POST /images/generations", "POST /images/generations, one JSON answer", streams=False),
    Way("responses.image.stream", "POST /responses", "POST /responses with the image tool, streamed", streams=True),
    Way(
        "responses.image.non_stream",
        "POST /responses",
        "POST /responses with the image tool, one JSON answer",
        streams=False,
    ),
    Way("images.generate.stream", "POST /images/generations", "POST /images/generations, streamed", streams=True),
)
"""The ways, the simplest first."""

_REQUEST: Final = ("responses.image.", "images.generate.", "images.edit.", "responses.")
_MOST: Final = 12
_KINDS: Final = (
    "accepted and not done, though promised",
    "accepted and not done, and never promised",
    "not done, as documented",
    "promised, and refused or broken",
)
_FIELDS: Final = frozenset(
    {"n", "size", "quality", "output_format", "output_compression", "background", "moderation", "partial_images"}
    | {"tool_choice", "previous_response_id"}
)
"""What a capability is called that is a field of a request."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A way with what came of it: True where every probe drew, False where one did not, None where none could tell."""

    way: Way
    works: bool | None
    reason: str
    documented: bool


@dataclass(frozen=True, slots=True)
class Caution:
    """Something to leave out or not to rely on, and the sentence that says why."""

    capability: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class Avoid:
    """A field to leave out of a request; `share` says of how many values it was done, where it was of some."""

    field: str
    capability: str
    share: str


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
    needs: tuple[str, ...]
    avoid: tuple[Avoid, ...] = ()
    """The fields to leave out of a request of the best way."""

    @property
    def kinds(self) -> tuple[tuple[str, tuple[Caution, ...]], ...]:
        """The cautions that are listed, by kind, the most harmful kind first."""
        groups = ((kind, tuple(caution for caution in self.cautions if caution.kind == kind)) for kind in _KINDS)
        return tuple((kind, cautions) for kind, cautions in groups if cautions)

    @property
    def streaming(self) -> str:
        """Whether to stream, and why, in words."""
        if self.best is not None and self.best.streams:
            return "yes: this way streams" + (", although its streams break a rule" if self.broken_streams else "")
        seen = {item.works for item in self.tried if item.way.streams}
        if self.broken_streams:
            return f"no: its streams break {', '.join(self.broken_streams)}, which clients rely on"
        if False in seen:
            return "no: not every streamed picture came"
        return (
            "not needed: a streamed picture came as well" if True in seen else "not known: no stream was seen to draw"
        )


def advise(gateway: Gateway, cells: Iterable[Cell]) -> Advice:
    """Derive the safest way to use a gateway from its cells."""
    known = {cell.capability.id: cell for cell in cells}
    tried = tuple(_tried(way, known.get(way.capability)) for way in WAYS)
    streams = tuple(
        name
        for name, cell in known.items()
        if name.startswith("stream.") and cell.verdict is Verdict.CONTRADICTED and cell.level is Level.MUST
    )
    works = [item for item in tried if item.works]
    works.sort(key=lambda work: (not work.documented, work.way.streams and bool(streams)))
    cautions = sorted(filter(None, map(_caution, known.values())), key=lambda value: _KINDS.index(value.kind))
    return Advice(
        gateway=gateway,
        best=works[0].way if works else None,
        tried=tried,
        broken_streams=streams,
        cautions=tuple(cautions[:_MOST]),
        more=max(0, len(cautions) - _MOST),
        needs=tuple(_needs(gateway, works[0].way)) if works else (),
        avoid=tuple(_avoid(works[0].way, known.values())) if works else (),
    )


def _avoid(way: Way, cells: Iterable[Cell]) -> Iterator[Avoid]:
    """Return the fields of a way's own endpoint that were not done for every value, whoever promised them."""
    surface = way.capability.removesuffix(".stream").removesuffix(".non_stream") + "."
    for cell in cells:
        before, _, field = cell.capability.id.rpartition(".")
        same = f"{before}." == surface or (before == "responses" and surface.startswith("responses."))
        if same and field in _FIELDS and (caution := _caution(cell)):
            lost = [record for record in cell.records if _kind(record)]
            share = (
                f"{len(cell.records) - len(lost)} of {len(cell.records)} values done" if len(cell.records) > 1 else ""
            )
            yield Avoid(field, caution.capability, share)


def _tried(way: Way, cell: Cell | None) -> Tried:
    worst = cell.worst if cell is not None else None
    if cell is None or worst is None:
        return Tried(way, works=None, reason="not run", documented=False)
    documented = cell.stance is Stance.OFFERED
    seen = {record.observed for record in cell.records}
    if seen == {Observed.HONOURED}:
        return Tried(way, works=True, reason=worst.reason, documented=documented)
    lost = next(
        (record for record in cell.records if record.observed not in (Observed.HONOURED, Observed.UNOBSERVED)), None
    )
    works = None if lost is None else False
    return Tried(way, works=works, reason=(lost or worst).reason, documented=documented)


def _caution(cell: Cell) -> Caution | None:
    """Warn of what is accepted and not done, documented so or not, and of a promise that is not kept."""
    if not cell.capability.id.startswith(_REQUEST) or cell.capability.id in {way.capability for way in WAYS}:
        return None
    cautions = [(kind, record.reason) for record in cell.records if (kind := _kind(record))]
    if not cautions:
        return None
    kind, reason = min(cautions, key=lambda value: _KINDS.index(value[0]))
    return Caution(cell.capability.id, kind, reason)


def _kind(record: Record) -> str:
    if record.observed is Observed.IGNORED:
        return {Stance.OFFERED: _KINDS[0], Stance.SILENT: _KINDS[1], Stance.DECLINED: _KINDS[2]}[record.stance]
    return _KINDS[3] if record.verdict is Verdict.CONTRADICTED else ""


def _needs(gateway: Gateway, way: Way) -> Iterable[str]:
    """Return what a request needs here, as documented and as every probe sent it."""
    base = gateway.baseline
    if way.capability.startswith("responses.") and base.responses.instructions is not None:
        yield "send instructions"
    if way.capability.startswith("responses.") and base.responses.input == "list":
        yield "send the input as a list of messages"
    if base.headers:
        yield f"send the headers {', '.join(base.headers)}"
    if base.query:
        yield f"send the query parameters {', '.join(base.query)}"
