"""Who follows the progress of a capture."""

from __future__ import annotations

from typing import Protocol

from gateprobe.evidence import Exchange, Failure
from gateprobe.scenario import ScenarioRun


class Listener(Protocol):
    """Follows the progress of a capture."""

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Note that a scenario began."""

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Note that a request was answered, or failed."""

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Note that a scenario came to its end."""


class Silent:
    """A listener that shows nothing."""

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Show nothing."""

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Show nothing."""

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Show nothing."""
