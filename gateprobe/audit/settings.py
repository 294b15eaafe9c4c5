"""The settings of an audit: everything but the gateways, the run folder and the selection of probes."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from gateprobe.capture import AttemptLimits, Budget
from gateprobe.errors import UsageError
from gateprobe.model import EMPTY, Tier
from gateprobe.record.file import Header
from gateprobe.record.options import Accepted, RunOptions

_SEEDS: Final = 1_000_000


def seed_of(asked: int | None, begun: Header | None) -> int:
    """Return the seed of an audit: the stored one of a resumed run, the requested one, or a new one.

    A new one cannot be guessed before the run.

    Raises:
        UsageError: a resumed run has another seed than the requested one.
    """
    stored = begun.options.seed if begun is not None else None
    if stored is None:
        return secrets.randbelow(_SEEDS) if asked is None else asked
    if asked not in (None, stored):
        raise UsageError(f"--seed {asked}: the run has seed {stored}, and a resumed run keeps its seed")
    return int(stored)


@dataclass(frozen=True, slots=True)
class Settings:
    """The depth, the bounds and the terms of an audit.

    `needs` are capabilities that fail the run where they are missing. `budget` holds for each gateway. `jobs` is the
    number of scenarios that run at once on one gateway, `per_minute` the number of requests it receives in a minute.
    `limits` bound each attempt. `accepted` are the contradictions of the baseline. `delay` is the number of seconds
    that an embedded reference takes for a picture. `seed` is what values are drawn from; an audit whose seed is None
    draws one itself. `selected` are the ids of the items that were chosen, where these are not all of the tier. `log`
    is the path of a log of the audit, relative to the run folder; the report links to it.
    `notices` are sentences of the survey that a reader needs before any verdict, by gateway. `relay` is set where the
    upstream of the gateway is recorded, so that what needs both sides is judged too; `chaos` where it misbehaves on
    request. `surface` is the only API that is asked (`images` or `responses`), which determines the picture of a smoke
    audit; empty means both. With `combined`, one picture shows the options of several scenarios where that works.
    """

    tier: Tier = Tier.NIGHTLY
    needs: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    jobs: int = 4
    per_minute: int | None = None
    limits: AttemptLimits = field(default_factory=AttemptLimits)
    profile: str = ""
    accepted: tuple[Accepted, ...] = ()
    repeat: int = 1
    delay: float = 0.0
    seed: int | None = None
    selected: tuple[str, ...] = ()
    log: str = ""
    notices: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    relay: bool = False
    chaos: bool = False
    surface: str = ""
    combined: bool = False

    @property
    def options(self) -> RunOptions:
        """The settings for the header of a run."""
        return RunOptions(
            self.needs,
            self.budget,
            self.jobs,
            self.seed,
            self.repeat,
            self.selected,
            self.profile,
            self.log,
            self.accepted,
            self.relay,
            self.chaos,
        )
