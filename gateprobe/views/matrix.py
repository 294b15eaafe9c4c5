"""The matrix that every report shows: a row for each capability, a cell for each gateway; pure but for the reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.formats.words import GLYPH, NOT_RUN_GLYPH
from gateprobe.gateway import REFERENCE, Gateway, load
from gateprobe.gateway.catalogue import Capability, Catalogue, catalogue
from gateprobe.model import Claim, Level, Observed, Stance, Tier, Verdict
from gateprobe.record.file import Record, Run

OTHER: Final = "other"
"""The surface of capabilities that this version's catalogue does not know."""

NOTHING: Final = 8
"""The attention that a cell without a record asks for: none."""

WORST_FIRST: Final = (
    Verdict.CONTRADICTED,
    Verdict.UNPROVEN,
    Verdict.UNDECLARED,
    Verdict.ABSENT,
    Verdict.CONFIRMED,
)
"""The verdicts in the order in which one speaks for several."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What a run says of one capability of one gateway; the worst of its records speaks for all.

    `why_not_run` is one sentence where there is no record, and empty where there is one.
    """

    gateway: str
    capability: Capability
    claim: Claim
    records: tuple[Record, ...]
    why_not_run: str = ""

    @property
    def worst(self) -> Record | None:
        """The record with the worst verdict; of equals, the one at the highest level, then the first."""
        return min(self.records, key=_badness, default=None)

    @property
    def worst_first(self) -> tuple[Record, ...]:
        """Every record, the worst first; of equals, in the order of the run."""
        return tuple(sorted(self.records, key=_badness))

    @property
    def verdict(self) -> Verdict | None:
        """The verdict of the worst record; None where nothing was run."""
        return self.worst.verdict if self.worst else None

    @property
    def stance(self) -> Stance:
        """The stance that was judged, or that would have been."""
        return self.worst.stance if self.worst else self.claim.stance

    @property
    def level(self) -> Level:
        """What a contradiction here means for the run."""
        return self.worst.level if self.worst else self.capability.level

    @property
    def attention(self) -> int:
        """How much a reader should look here: 0 most, 8 where nothing was run."""
        return min((record.attention for record in self.records), default=NOTHING)

    @property
    def done(self) -> bool | None:
        """Whether every value was done, promised or not: False if one was not, None where nothing was observed."""
        seen = {record.observed for record in self.records} - {Observed.UNOBSERVED}
        return seen == {Observed.HONOURED} if seen else None

    @property
    def compatible(self) -> bool | None:
        """Whether every value is as with OpenAI: False if one is not, None if one cannot be compared."""
        found = {record.compatible for record in self.records}
        return False if False in found else None if None in found or not found else True

    @property
    def unlike(self) -> str:
        """How many of its values are unlike OpenAI, `3 of 4`; empty where all of them are, or none."""
        some = sum(record.compatible is False for record in self.records)
        return f"{some} of {len(self.records)}" if 0 < some < len(self.records) else ""

    @property
    def share(self) -> str:
        """How many of several records are confirmed, or else bear the worst verdict; empty for one or none."""
        if len(self.records) < 2 or self.verdict is None:
            return ""
        same = Counter(record.verdict for record in self.records)
        if len(same) == 1:
            return f"{len(self.records)} of {len(self.records)}"
        shown = Verdict.CONFIRMED if Verdict.CONFIRMED in same else self.verdict
        return f"{same[shown]} of {len(self.records)} {shown}"

    @property
    def share_in_words(self) -> str:
        """The same, always with a verdict: `7 of 7 contradicted`."""
        return f"{self.share} {self.verdict}" if self.share and self.share[-1].isdigit() else self.share

    @property
    def glyph(self) -> str:
        """The sign of the verdict."""
        return NOT_RUN_GLYPH if self.verdict is None else GLYPH[self.verdict]

    @property
    def word(self) -> str:
        """The verdict's word, or `not run`."""
        return "not run" if self.verdict is None else str(self.verdict)

    @property
    def short_cause(self) -> str:
        """Why, in a word or two: what was observed, or the cause of not observing; empty where it needs none."""
        worst = self.worst
        if worst is None or worst.verdict is Verdict.ABSENT:
            return ""
        if worst.verdict is Verdict.UNDECLARED and worst.observed is Observed.HONOURED:
            return ""
        if worst.verdict is Verdict.CONFIRMED:
            return "" if worst.stance is Stance.OFFERED else f"{worst.observed}, as documented"
        lower = "" if worst.level is self.capability.level else f" [{worst.level}]"
        return str(worst.cause or worst.observed) + (lower if worst.verdict is Verdict.CONTRADICTED else "")


@dataclass(frozen=True, slots=True)
class Row:
    """One capability over all gateways."""

    capability: Capability
    cells: tuple[Cell, ...]

    @property
    def attention(self) -> int:
        """The attention that its most urgent cell asks for."""
        return min((cell.attention for cell in self.cells), default=NOTHING)

    @property
    def differs(self) -> bool:
        """Whether the gateways that were observed do not all bear the same verdict."""
        return len({cell.verdict for cell in self.cells if cell.verdict is not None}) > 1


@dataclass(frozen=True, slots=True)
class Group:
    """The rows of one surface."""

    id: str
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """A run as rows and columns. `reference` holds OpenAI's claims as they were when the run was made."""

    run: Run
    gateways: tuple[Gateway, ...]
    reference: Gateway
    groups: tuple[Group, ...]

    def rows(self) -> Iterator[Row]:
        """Give every row, in the catalogue's order."""
        for group in self.groups:
            yield from group.rows

    def column(self, gateway: str) -> tuple[Cell, ...]:
        """Give every cell of a gateway, in the catalogue's order."""
        return tuple(cell for row in self.rows() for cell in row.cells if cell.gateway == gateway)


def read_gateways(run: Run) -> dict[str, Gateway]:
    """Read the gateway files that a run keeps, the reference among them, by name.

    Raises:
        GatewayFileError: one is missing or broken.
    """
    names = dict.fromkeys((*run.header.gateways, REFERENCE))
    return {name: load(run.folder / "gateways" / f"{name}.toml") for name in names}


def read_matrix(run: Run) -> Matrix:
    """Build the matrix of a run from its folder."""
    return build_matrix(run, read_gateways(run), catalogue())


def build_matrix(run: Run, gateways: Mapping[str, Gateway], known: Catalogue) -> Matrix:
    """Build the matrix of a run: every capability of the catalogue, then those that only the run knows."""
    found: dict[tuple[str, str], list[Record]] = {}
    for record in run.records:
        found.setdefault((record.gateway, record.capability), []).append(record)
    audited = tuple(gateways[name] for name in run.header.gateways)

    def row(capability: Capability) -> Row:
        return Row(
            capability,
            tuple(
                _cell(gateway, capability, tuple(found.get((gateway.name, capability.id), ())), run)
                for gateway in audited
            ),
        )

    groups = [Group(surface.id, surface.title, tuple(map(row, surface.capabilities))) for surface in known.surfaces]
    if others := tuple(row(one) for one in _unknown(run, known)):
        groups.append(Group(OTHER, "Other: not in this version's catalogue", others))
    return Matrix(run, audited, gateways[REFERENCE], tuple(groups))


def _badness(record: Record) -> tuple[int, bool, int, bool]:
    """Order records for the eye: by verdict, what could have been observed before what nobody can, then by level."""
    return (
        WORST_FIRST.index(record.verdict),
        not record.incomplete,
        list(Level).index(record.level),
        bool(record.accepted),
    )


def _cell(gateway: Gateway, capability: Capability, records: tuple[Record, ...], run: Run) -> Cell:
    why = "" if records else _why_not_run(capability, run)
    return Cell(gateway.name, capability, gateway.claim(capability.id), records, why)


def _why_not_run(capability: Capability, run: Run) -> str:
    if run.footer is None:
        return "Not run: this run died before its end."
    tiers = {str(tier): tier for tier in Tier}
    tier = tiers.get(run.header.tier)
    if tier is not None and not tier.includes(capability.tier):
        return f"Not run in this tier ({tier}); --tier {capability.tier} runs it."
    return "Not run: this run did not ask for it."


def _unknown(run: Run, known: Catalogue) -> Iterator[Capability]:
    for name in dict.fromkeys(record.capability for record in run.records):
        if name not in known:
            of_it = [record for record in run.records if record.capability == name]
            level = min((record.level for record in of_it), key=list(Level).index)
            yield Capability(name, OTHER, next((r.statement for r in of_it if r.statement), name), level, Tier.NIGHTLY)
