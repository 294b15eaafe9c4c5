"""A gateway's documents in time: what they claimed on a day, and when a partial date ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from gateprobe.gateway.file import governing
from gateprobe.gateway.types import Gateway
from gateprobe.model import Claim


def end_of(dated: str) -> date:
    """Return the last day that a date may mean: of `2026-05` the 31st of May, of `2026` the 31st of December.

    Raises ValueError where no such day is in the calendar.
    """
    match [int(part) for part in dated.split("-")]:
        case [year]:
            return date(year, 12, 31)
        case [year, month]:
            following = date(year + month // 12, month % 12 + 1, 1)
            return following - timedelta(days=1)
        case [year, month, day]:
            return date(year, month, day)
        case _:
            raise ValueError(f"{dated} is no date")


def as_of(gateway: Gateway, dated: str) -> Gateway:
    """Return a gateway with the claims of those documents alone that were there at the end of a date.

    A document that names its year alone counts from the year's beginning: so a vendor is not called silent where it
    may have spoken.
    """
    claims = {
        capability: governing(left)
        for capability, claim in gateway.claims.items()
        if (left := [claim for claim in _apart(claim) if claim.sources[0].date <= dated])
    }
    return replace(gateway, claims=MappingProxyType(claims))


def _apart(claim: Claim) -> Iterator[Claim]:
    """Yield one claim for each sentence that a claim and its contesting ones rest on."""
    for statement in (claim, *claim.contested):
        for source in statement.sources:
            yield replace(statement, sources=(source,), contested=())
