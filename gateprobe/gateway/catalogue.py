"""The capability catalogue: what gateprobe can judge, in the order of a report, read from `probes/catalogue.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from gateprobe.model import Level, Tier
from gateprobe.resources import PROBES
from gateprobe.suggestions import did_you_mean


class Follows(StrEnum):
    """Which findings of a capability may follow from a form of request that brings nothing."""

    ALWAYS = "always"
    ANSWER = "answer"
    """Any but a refusal, which is what the capability is about."""
    REFUSAL = "refusal"
    """A refusal alone, in place of what the capability looks at."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class RequestForm:
    """A kind of request: the last segment of its path, whether it buys a picture, whether it asks for a stream."""

    endpoint: str
    picture: bool
    streaming: bool


@dataclass(frozen=True, slots=True)
class Capability:
    """One thing a gateway can do.

    `statement` says what a user can rely on when it is confirmed. `form` names the shape of a claim's values, one
    of `$defs.forms` in `schemas/gateway.schema.json`. `unobservable` is empty, or says why nobody outside can see
    the capability. `option` is the field of a request that it is about. `reports` is the form of request that it
    reports on, and None where it reports on none. `both_sides` is set where both sides of a gateway are needed to judge
    it, `chaos` where its upstream must misbehave.
    """

    id: str
    surface: str
    statement: str
    level: Level
    tier: Tier
    form: str = "none"
    unobservable: str = ""
    option: str = ""
    reports: RequestForm | None = None
    follows: Follows = Follows.NEVER
    both_sides: bool = False
    chaos: bool = False


@dataclass(frozen=True, slots=True)
class Surface:
    """The capabilities that share their first segments, under the title that a report gives them.

    `both_sides` is set where both sides of a gateway are needed to judge them, `chaos` where its upstream must
    misbehave.
    """

    id: str
    title: str
    capabilities: tuple[Capability, ...]
    both_sides: bool = False
    chaos: bool = False


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every surface and every capability, in the catalogue's order."""

    surfaces: tuple[Surface, ...]
    by_id: Mapping[str, Capability]

    @property
    def ids(self) -> tuple[str, ...]:
        """Every capability id, in order."""
        return tuple(self.by_id)

    def __contains__(self, capability: object) -> bool:
        """Return whether a capability id is in the catalogue."""
        return capability in self.by_id

    def __getitem__(self, capability: str) -> Capability:
        """Return a capability by its id; an unknown one raises KeyError."""
        return self.by_id[capability]

    def position(self, capability: str) -> int:
        """Return the position of a capability in the catalogue; unknown capabilities come last."""
        return next((place for place, known in enumerate(self.by_id) if known == capability), len(self.by_id))

    def of_both_sides(self) -> Catalogue:
        """Return the surfaces of which only both sides of a gateway show anything."""
        return _of_surfaces(tuple(surface for surface in self.surfaces if surface.both_sides))

    def did_you_mean(self, capability: str) -> str:
        """Return the end of a sentence about a capability that is not there: the ids that resemble it."""
        return did_you_mean(capability, self.by_id, "`gateprobe probes` lists them")


def parse(text: str) -> Catalogue:
    """Read a catalogue from TOML text; the file is ours, so what is wrong with it is a plain exception."""
    surfaces = tuple(
        Surface(
            row["id"],
            row["title"],
            tuple(_capability(row, each) for each in row["capabilities"]),
            row.get("both_sides", False),
            row.get("chaos", False),
        )
        for row in tomllib.loads(text)["surfaces"]
    )
    return _of_surfaces(surfaces)


def _of_surfaces(surfaces: tuple[Surface, ...]) -> Catalogue:
    by_id = {capability.id: capability for surface in surfaces for capability in surface.capabilities}
    return Catalogue(surfaces, MappingProxyType(by_id))


def _capability(surface: Mapping[str, Any], row: Mapping[str, Any]) -> Capability:
    return Capability(
        id=row["id"],
        surface=surface["id"],
        statement=row["statement"],
        level=Level(row["level"]),
        tier=Tier(row["tier"]),
        form=row.get("values", "none"),
        unobservable=row.get("unobservable", ""),
        option=row.get("option", ""),
        reports=RequestForm(**row["reports"]) if "reports" in row else None,
        follows=Follows(row.get("follows", surface.get("follows", Follows.NEVER))),
        both_sides=surface.get("both_sides", False),
        chaos=surface.get("chaos", False),
    )


@cache
def catalogue(*, relay: bool = False, chaos: bool = True) -> Catalogue:
    """Return the catalogue that gateprobe ships.

    With `relay`, it has what only a run of both sides can judge, too; without `chaos`, but for a misbehaving upstream.
    """
    if relay and chaos:
        return parse((PROBES / "catalogue.toml").read_text("utf-8"))
    surfaces = catalogue(relay=True).surfaces
    return _of_surfaces(tuple(each for each in surfaces if not each.both_sides or (relay and not each.chaos)))
