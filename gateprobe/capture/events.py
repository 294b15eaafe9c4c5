"""The events of a capture, in the order in which they come; a listener receives each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateprobe.evidence import Exchange, Failure
from gateprobe.scenario import ScenarioRun


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


CaptureEvent = ScenarioStarted | Exchanged | ScenarioEnded
CaptureListener = Callable[[CaptureEvent], None]


def ignore(_event: object) -> None:
    """Receive an event and do nothing."""
