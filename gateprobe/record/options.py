"""What a run was asked to do, as its header states it: judging it again and resuming it need nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateprobe.plan.budget import Budget


@dataclass(frozen=True, slots=True)
class Accepted:
    """One accepted contradiction. `expires` is the last day on which it is accepted, or empty."""

    item: str
    reason: str
    expires: str = ""

    @property
    def gateway(self) -> str:
        """The gateway it is about."""
        return self.item.rpartition("@")[2]

    def holds_on(self, day: str) -> bool:
        """Return whether it is accepted on a day (`2026-11-21`)."""
        return not self.expires or day <= self.expires


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of a run.

    `needs` are capabilities that fail the run where they are missing. `budget` holds for each gateway, `jobs` is the
    number of scenarios at once. `seed` is what values were drawn from, `repeat` how often everything was asked.
    `selected` are the items that were chosen, where these are not all of the tier. `profile` is the date after which
    probes cannot fail the run, `log` the path of a log beside it, `accepted` its baseline. `relay` is set where the
    upstream of the gateway was recorded too, `chaos` where it misbehaved on request.
    """

    needs: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    jobs: int = 4
    seed: int | None = None
    repeat: int = 1
    selected: tuple[str, ...] = ()
    profile: str = ""
    log: str = ""
    accepted: tuple[Accepted, ...] = ()
    relay: bool = False
    chaos: bool = False
