"""The events of an audit, in the order in which they come; a listener receives each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateprobe.audit.settings import Settings
from gateprobe.evidence import Exchange, Failure
from gateprobe.plan.planning import Item
from gateprobe.record.file import Record, Run
from gateprobe.scenario import ScenarioRun


@dataclass(frozen=True, slots=True)
class Started:
    """The run folder is open and nothing has been sent yet; `items` are what will be judged."""

    folder: Path
    items: tuple[Item, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """Requests are about to be sent; `totals` is the number of scenarios by gateway."""

    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ScenarioStarted:
    """A scenario of a gateway began."""

    gateway: str
    scenario_run: ScenarioRun


@dataclass(frozen=True, slots=True)
class Exchanged:
    """A request of a scenario was answered, or failed."""

    gateway: str
    scenario_run: ScenarioRun
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class ScenarioEnded:
    """A scenario came to its end; `blocked` is what stopped it early."""

    gateway: str
    scenario_run: ScenarioRun
    blocked: Failure | None


@dataclass(frozen=True, slots=True)
class Captured:
    """The evidence of these gateways is on disk."""

    gateways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """An item was judged."""

    record: Record


@dataclass(frozen=True, slots=True)
class Finished:
    """The audit ended; without a footer in the run, it was stopped before it was judged."""

    run: Run
    exit_code: int


Event = Started | CaptureStarted | ScenarioStarted | Exchanged | ScenarioEnded | Captured | Judged | Finished
Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """Receive an event and do nothing."""


@dataclass(frozen=True, slots=True)
class CaptureEvents:
    """What a capture reports, passed on as events."""

    listener: Listener

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Report the beginning of a scenario."""
        self.listener(ScenarioStarted(gateway, scenario_run))

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Report an answer."""
        self.listener(Exchanged(gateway, scenario_run, exchange))

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Report the end of a scenario."""
        self.listener(ScenarioEnded(gateway, scenario_run, blocked))
