"""What differs between two sets of promises: two vendors, or one vendor at two dates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Claim, Stance


class ClaimChange(StrEnum):
    """How the promise on the right differs from the one on the left."""

    STANCE = "stance"
    VALUES = "values"
    ADDED = "only on the right"
    DROPPED = "only on the left"


@dataclass(frozen=True, slots=True)
class ClaimDifference:
    """One capability that the two sides promise differently."""

    change: ClaimChange
    left: Claim
    right: Claim

    @property
    def capability(self) -> str:
        """The capability's id."""
        return self.left.capability


def differences(left: Gateway, right: Gateway) -> Iterator[ClaimDifference]:
    """Yield what differs, in the catalogue's order; what is promised alike on both sides is left out."""
    for capability in catalogue().ids:
        before, after = left.documented(capability), right.documented(capability)
        if (change := _change(before, after)) is not None:
            yield ClaimDifference(change, before, after)


def _change(left: Claim, right: Claim) -> ClaimChange | None:
    if left.stance is right.stance:
        differ = left.values != right.values and left.values and right.values
        return ClaimChange.VALUES if differ else None
    if left.stance is Stance.SILENT:
        return ClaimChange.ADDED
    return ClaimChange.DROPPED if right.stance is Stance.SILENT else ClaimChange.STANCE
