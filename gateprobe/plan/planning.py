"""The plan: which probes are asked of which gateway, which scenarios that takes, and what it costs. Sends nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Json, Stance, Tier
from gateprobe.plan.price import Price, price_of_all
from gateprobe.probe import Probe, value_text
from gateprobe.scenario import Shot
from gateprobe.text import printable


@dataclass(frozen=True, slots=True)
class Item:
    """One probe, asked of one gateway with one value: a pytest item, and one record."""

    probe: Probe
    gateway: Gateway
    value: Json = None

    @property
    def id(self) -> str:
        """The permanent name: `probe@gateway`, or `probe[value]@gateway`."""
        value = "" if self.value is None else f"[{value_text(self.value)}]"
        return f"{self.probe.id}{value}@{self.gateway.name}"

    @property
    def tier(self) -> Tier:
        """The tier of its capability; deep where a scenario that it needs is."""
        deep = any(shot.scenario.tier is Tier.DEEP for shot in self.shots)
        return Tier.DEEP if deep else catalogue()[self.probe.capability].tier

    @property
    def shots(self) -> tuple[Shot, ...]:
        """The scenarios that this item needs."""
        return self.probe.shots(self.gateway, self.value)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan for one gateway costs if everything succeeds."""

    requests: int
    images: int
    price: Price


def check_needs(needs: Iterable[str]) -> None:
    """Refuse a needed capability that there is none of.

    Raises:
        UsageError: the catalogue does not have it; the message names those that are close.
    """
    for need in needs:
        if need not in catalogue():
            raise UsageError(f"--need {printable(need, 60)}: no such capability; {catalogue().did_you_mean(need)}")


def items_for(gateway: Gateway, probes: Sequence[Probe], tier: Tier, needs: Iterable[str] = ()) -> tuple[Item, ...]:
    """Give the items of a tier for a gateway; a needed capability is asked whatever its tier.

    A smoke audit buys at most one picture: the first that the gateway's documents offer. Probes that could only be
    answered by another picture are left to the nightly audit.
    """
    needed = frozenset(needs)
    items = [Item(probe, gateway, value) for probe in probes for value in probe.values_for(gateway)]
    wanted = [item for item in items if tier.includes(item.tier) or item.probe.capability in needed]
    return tuple(wanted) if tier is not Tier.SMOKE else _one_picture(wanted, needed)


def _one_picture(items: Sequence[Item], needed: frozenset[str]) -> tuple[Item, ...]:
    paid = [item for item in items if any(shot.images for shot in item.shots)]
    offered = [item for item in paid if item.gateway.claim(item.probe.capability).stance is Stance.OFFERED]
    cheap = [item for item in offered or paid if sum(shot.images for shot in item.shots) == 1]
    bought = {shot.id for item in cheap[:1] for shot in item.shots}
    bought |= {shot.id for item in items if item.probe.capability in needed for shot in item.shots}
    return tuple(item for item in items if all(not shot.images or shot.id in bought for shot in item.shots))


def shots_of(items: Iterable[Item]) -> tuple[Shot, ...]:
    """Give the scenarios that items need, each once, in the order of their first need."""
    found: dict[str, Shot] = {}
    for item in items:
        for shot in item.shots:
            found.setdefault(shot.id, shot)
    return tuple(found.values())


def repeated(shots: Iterable[Shot], times: int) -> tuple[Shot, ...]:
    """Give scenarios several times, turn after turn, so that two turns of one are as far apart as they can be."""
    once = tuple(shots)
    return tuple(replace(shot, turn=turn) for turn in range(1, times + 1) for shot in once)


def cost_of(gateway: Gateway, shots: Iterable[Shot]) -> Cost:
    """Add up what scenarios cost on a gateway."""
    wanted = tuple(shots)
    buys = [buy for shot in wanted for buy in shot.buys]
    requests = sum(shot.scenario.requests for shot in wanted)
    return Cost(requests, sum(buy.n for buy in buys), price_of_all(gateway, buys))


def seconds_of(shots: Iterable[Shot], jobs: int, picture: float) -> float:
    """Give the seconds that scenarios take at least, where a picture takes so many and `jobs` run side by side.

    That is the longest chain of pictures in one scenario, or all pictures shared among the jobs, whichever is more.
    """
    images = [shot.images for shot in shots]
    return picture * max(max(images, default=0), sum(images) / jobs)
