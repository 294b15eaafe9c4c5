"""Many gateways' promises side by side: what differs, what contradicts itself, what is stale, what is left unsaid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property

from gateprobe.gateway import Document, Gateway, end_of, reference
from gateprobe.gateway.catalogue import Capability, Surface, catalogue
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.model import Claim, Stance


class ClaimKind(StrEnum):
    """How the gateways' promises of one capability stand to each other, the widest apart first."""

    CLASH = "clash"
    VALUES = "values"
    AGREE = "agree"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class ClaimCell:
    """What one gateway's documents claim of one capability; `stale` where the newest sentence is too old."""

    gateway: str
    claim: Claim
    stale: bool

    @property
    def speaks(self) -> bool:
        """Whether a document says anything."""
        return self.claim.stance is not Stance.SILENT


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """One capability over all gateways."""

    capability: Capability
    kind: ClaimKind
    cells: tuple[ClaimCell, ...]

    @property
    def speaking(self) -> tuple[ClaimCell, ...]:
        """The gateways whose documents speak of it."""
        return tuple(cell for cell in self.cells if cell.speaks)

    @property
    def apart(self) -> int:
        """How far the promises are apart: the size of the smaller camp, or how many different values there are."""
        stances = [cell.claim.stance for cell in self.speaking]
        camps = min(stances.count(Stance.OFFERED), stances.count(Stance.DECLINED))
        return camps or len({repr(cell.claim.values) for cell in self.speaking if cell.claim.values})

    @property
    def differs(self) -> bool:
        """Whether the promises differ."""
        return self.kind in (ClaimKind.CLASH, ClaimKind.VALUES)

    @property
    def contested(self) -> bool:
        """Whether documents about one gateway disagree."""
        return any(cell.claim.contested for cell in self.cells)

    @property
    def stale(self) -> bool:
        """Whether a promise is too old."""
        return any(cell.stale for cell in self.cells)

    @property
    def unlike_openai(self) -> bool:
        """Whether a gateway takes the opposite stance of OpenAI's."""
        ours = reference().documented(self.capability.id).stance
        return ours is not Stance.SILENT and any(cell.claim.stance is not ours for cell in self.speaking)


@dataclass(frozen=True, slots=True)
class Vendor:
    """One gateway's promises in numbers, and what a reader should be warned of."""

    gateway: Gateway
    offered: int
    declined: int
    unsaid: tuple[tuple[Surface, int], ...]
    """By surface: how many capabilities the documents leave unsaid."""
    contested: tuple[Claim, ...]
    stale: tuple[Document, ...]
    ending: str
    """One sentence where the documented image model is gone or about to go."""

    @property
    def silent(self) -> int:
        """How many capabilities the documents leave unsaid."""
        return sum(number for _, number in self.unsaid)


@dataclass(frozen=True)
class Market:
    """Every gateway and every capability, with the day that staleness is counted from."""

    vendors: tuple[Vendor, ...]
    rows: tuple[ClaimRow, ...]
    today: date
    stale_after: int
    """Days after which a sentence is stale."""

    @cached_property
    def groups(self) -> tuple[tuple[ClaimKind, tuple[ClaimRow, ...]], ...]:
        """The rows by kind, differing ones first and the widest apart before them; kinds without a row are left out."""
        grouped = ((kind, [row for row in self.rows if row.kind is kind]) for kind in ClaimKind)
        return tuple(
            (kind, tuple(sorted(rows, key=lambda row: -row.apart) if rows[0].differs else rows))
            for kind, rows in grouped
            if rows
        )

    def count(self, kind: ClaimKind) -> int:
        """Return how many capabilities are of a kind."""
        return sum(row.kind is kind for row in self.rows)


def compare(gateways: Sequence[Gateway], today: date, stale_after: int) -> Market:
    """Set gateways side by side; `stale_after` counts days from the last day that a document's date may mean."""
    oldest = today - timedelta(days=stale_after)
    rows = tuple(_row(capability, gateways, oldest) for capability in catalogue().by_id.values())
    return Market(tuple(_vendor(gateway, today, oldest) for gateway in gateways), rows, today, stale_after)


def is_stale(dated: str, oldest: date) -> bool:
    """Return whether a document's date lies before a day, whichever day of its month or year was meant."""
    try:
        return end_of(dated) < oldest
    except ValueError:
        return False  # the 31st of February passes the schema; a day that never was is not held against the vendor


def _row(capability: Capability, gateways: Sequence[Gateway], oldest: date) -> ClaimRow:
    claims = [(gateway, gateway.documented(capability.id)) for gateway in gateways]
    cells = tuple(
        ClaimCell(gateway.name, claim, bool(claim.sources) and is_stale(claim.sources[0].date, oldest))
        for gateway, claim in claims
    )
    return ClaimRow(capability, _kind([claim for _, claim in claims if claim.stance is not Stance.SILENT]), cells)


def _kind(claims: Sequence[Claim]) -> ClaimKind:
    if not claims:
        return ClaimKind.UNSAID
    if len({claim.stance for claim in claims}) > 1:
        return ClaimKind.CLASH
    valued = [claim.values for claim in claims if claim.values]
    return ClaimKind.VALUES if any(values != valued[0] for values in valued) else ClaimKind.AGREE


def _vendor(gateway: Gateway, today: date, oldest: date) -> Vendor:
    stances = [claim.stance for claim in gateway.claims.values()]
    unsaid = tuple(
        (surface, sum(capability.id not in gateway.claims for capability in surface.capabilities))
        for surface in catalogue().surfaces
    )
    facts = facts_of(gateway.models.image)
    return Vendor(
        gateway=gateway,
        offered=stances.count(Stance.OFFERED),
        declined=stances.count(Stance.DECLINED),
        unsaid=unsaid,
        contested=tuple(claim for claim in gateway.claims.values() if claim.contested),
        stale=tuple(document for document in gateway.documents.values() if is_stale(document.date, oldest)),
        ending=facts.ending(today) if facts else "",
    )
