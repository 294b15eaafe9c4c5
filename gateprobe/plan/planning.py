"""The plan: which probes test which gateway, which scenarios they need, and what these cost. Sends nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Json, Stance, Tier
from gateprobe.plan.price import Price, price_of_all
from gateprobe.probe import Probe, value_text
from gateprobe.request import Request, Together
from gateprobe.scenario import ScenarioRun
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
        """The tier of its capability, or the deepest of the scenarios that it needs."""
        tiers = [scenario_run.scenario.tier for scenario_run in self.scenario_runs]
        return max([catalogue(relay=True)[self.probe.capability].tier, *tiers], key=lambda tier: tier.rank)

    @property
    def scenario_runs(self) -> tuple[ScenarioRun, ...]:
        """The scenarios that this item needs."""
        return self.probe.scenario_runs(self.gateway, self.value)


@dataclass(frozen=True, slots=True)
class Cost:
    """What a plan for one gateway costs if everything succeeds."""

    requests: int
    images: int
    price: Price


SURFACES: Final = ("images", "responses")
"""The two APIs to which an audit can be narrowed."""


def paths_beside(gateway: Gateway, surface: str) -> frozenset[str]:
    """Return the paths of a gateway's other API where an audit asks only this one; none where it asks both."""
    drawing = (gateway.path("generations"), gateway.path("edits"))
    paths = {"images": (gateway.path("responses"),), "responses": drawing}.get(surface, ())
    return frozenset(path for path in paths if path is not None)


def check_needs(needs: Iterable[str], where: str = "--need") -> None:
    """Refuse a needed capability that the catalogue does not have; `where` says what names it.

    Raises:
        UsageError: the catalogue does not have it; the message names those that are close.
    """
    for need in needs:
        if need not in catalogue(relay=True):
            raise UsageError(
                f"{where} {printable(need, 60)}: no such capability; {catalogue(relay=True).did_you_mean(need)}"
            )


def items_for(
    gateway: Gateway,
    probes: Sequence[Probe],
    tier: Tier,
    needs: Iterable[str] = (),
    absent: Collection[str] = (),
) -> tuple[Item, ...]:
    """Return the items of a tier for a gateway; a needed capability is asked whatever its tier.

    A smoke audit buys the pictures of needed capabilities, else at most one: the first that the gateway's documents
    offer, at an endpoint that is there (`absent` are the paths that are not). Probes that could only be answered by
    another picture are left to the nightly audit.
    """
    needed = frozenset(needs)
    items = [Item(probe, gateway, value) for probe in probes for value in probe.values_for(gateway)]
    wanted = [item for item in items if tier.includes(item.tier) or item.probe.capability in needed]
    return tuple(wanted) if tier is not Tier.SMOKE else _one_picture(wanted, needed, absent)


def _one_picture(items: Sequence[Item], needed: frozenset[str], absent: Collection[str]) -> tuple[Item, ...]:
    paid = [item for item in items if any(scenario_run.images for scenario_run in item.scenario_runs)]
    offered = [item for item in paid if item.gateway.claim(item.probe.capability).stance is Stance.OFFERED]
    if absent:
        reachable = [
            item for item in paid if not any(first_path(item.gateway, run) in absent for run in item.scenario_runs)
        ]
        offered = [item for item in reachable if item in offered]
        paid = reachable or paid
    cheap = [item for item in offered or paid if sum(scenario_run.images for scenario_run in item.scenario_runs) == 1]
    wanted = [item for item in paid if item.probe.capability in needed] or cheap[:1]
    bought = {scenario_run.id for item in wanted for scenario_run in item.scenario_runs}
    return tuple(
        item
        for item in items
        if all(not scenario_run.images or scenario_run.id in bought for scenario_run in item.scenario_runs)
    )


def first_step(gateway: Gateway, scenario_run: ScenarioRun) -> Request | Together | None:
    """Return what a scenario sends first; None where it sends nothing."""
    return next(scenario_run.start(gateway), None)


def first_path(gateway: Gateway, scenario_run: ScenarioRun) -> str:
    """Return the path that a scenario asks first; empty where it asks nothing."""
    asked = first_step(gateway, scenario_run)
    first = asked.requests[0] if isinstance(asked, Together) else asked
    return first.path if first is not None else ""


def scenario_runs_of(items: Iterable[Item]) -> tuple[ScenarioRun, ...]:
    """Return the scenarios that items need, each once, in the order of their first need."""
    runs: dict[str, ScenarioRun] = {}
    for item in items:
        for scenario_run in item.scenario_runs:
            runs.setdefault(scenario_run.id, scenario_run)
    return tuple(runs.values())


def repeated(scenario_runs: Iterable[ScenarioRun], times: int) -> tuple[ScenarioRun, ...]:
    """Return scenarios several times, turn after turn, so that two turns of one are as far apart as they can be."""
    once = tuple(scenario_runs)
    return tuple(replace(scenario_run, turn=turn) for turn in range(1, times + 1) for scenario_run in once)


def cost_of(gateway: Gateway, scenario_runs: Iterable[ScenarioRun]) -> Cost:
    """Add up what scenarios cost on a gateway."""
    wanted = tuple(scenario_runs)
    buys = [buy for scenario_run in wanted for buy in scenario_run.buys]
    requests = sum(scenario_run.scenario.requests for scenario_run in wanted)
    return Cost(requests, sum(buy.n for buy in buys), price_of_all(gateway, buys))


def seconds_of(scenario_runs: Iterable[ScenarioRun], jobs: int, picture: float) -> float:
    """Return the seconds that scenarios take at least, where a picture takes so many and `jobs` run side by side.

    That is the longest chain of pictures in one scenario, or all pictures shared among the jobs, whichever is more.
    """
    images = [scenario_run.images for scenario_run in scenario_runs]
    return picture * max(max(images, default=0), sum(images) / jobs)
