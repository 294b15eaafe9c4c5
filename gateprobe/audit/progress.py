"""Show how a capture goes on: a live table on a terminal, a line per gateway elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from gateprobe.capture import Listener
from gateprobe.evidence import Exchange, Failure
from gateprobe.formats.words import count
from gateprobe.plan.planning import Item, scenario_runs_of
from gateprobe.scenario import ScenarioRun


class Bars:
    """A bar for each gateway: scenarios done, pictures received, and what is being waited for."""

    def __init__(self, progress: Progress, totals: dict[str, int]) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {
            name: progress.add_task(name, total=total, doing="") for name, total in totals.items()
        }
        self._doing: dict[str, list[str]] = {name: [] for name in totals}

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Show what is being waited for."""
        self._doing[gateway].append(scenario_run.id)
        self._show(gateway)

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Nothing to show: a bar counts scenarios."""

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Move the bar on."""
        self._doing[gateway].remove(scenario_run.id)
        self._progress.advance(self._tasks[gateway])
        self._show(gateway)

    def _show(self, gateway: str) -> None:
        doing = self._doing[gateway]
        self._progress.update(self._tasks[gateway], doing=doing[0] if doing else "")


class Lines:
    """One line when a gateway's last scenario has ended."""

    def __init__(self, console: Console, totals: dict[str, int]) -> None:
        self._console = console
        self._totals = totals
        self._done: Counter[str] = Counter()
        self._asked: dict[str, set[str]] = {name: set() for name in totals}
        self._requests: Counter[str] = Counter()

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Nothing to show yet."""

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Count the requests that left, and the scenario as asked."""
        self._asked[gateway].add(scenario_run.id)
        self._requests[gateway] += len(exchange.attempts)

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Count, and say when a gateway is through."""
        self._done[gateway] += 1
        if blocked is None:
            self._asked[gateway].add(scenario_run.id)
        if self._done[gateway] == (total := self._totals[gateway]):
            asked, sent = len(self._asked[gateway]), self._requests[gateway]
            captured = count(total, "scenario") if asked == total else f"{asked} of {count(total, 'scenario')}"
            self._console.print(f"{gateway}: captured {captured}, {count(sent, 'request')}", highlight=False)


@contextmanager
def showing(config: pytest.Config, items: Iterable[Item]) -> Iterator[Listener]:
    """Show a capture on pytest's terminal while the block runs."""
    wanted = tuple(items)
    names = dict.fromkeys(item.gateway.name for item in wanted)
    times = getattr(config.option, "repeat", 1)
    totals = {
        name: times * len(scenario_runs_of(item for item in wanted if item.gateway.name == name)) for name in names
    }
    if hasattr(config, "workerinput"):  # an xdist worker's output is not a person's
        yield Lines(Console(quiet=True), totals)
        return
    capturing = config.pluginmanager.getplugin("capturemanager")
    with capturing.global_and_fixture_disabled():
        console = Console()
        if not console.is_terminal:
            yield Lines(console, totals)
            return
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[doing]}", markup=False),
        )
        with Progress(*columns, console=console, transient=True) as progress:
            yield Bars(progress, totals)
