"""Show the progress of an audit: bars on a terminal, else a line for each gateway; then a letter for each probe."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from gateprobe.audit.events import (
    Captured,
    CaptureStarted,
    Event,
    Judged,
    Listener,
)
from gateprobe.capture import Exchanged, ScenarioEnded, ScenarioStarted
from gateprobe.formats.words import count
from gateprobe.language import localise, translated
from gateprobe.message import sentence
from gateprobe.text import printable
from gateprobe.views.states import State, state_of

LETTERS: Final = {
    State.CONFIRMED: ".",
    State.CONTRADICTED: "X",
    State.FLAKY: "F",
    State.UNDECLARED: "u",
    State.ABSENT: "a",
    State.UNPROVEN: "?",
}
_WIDTH: Final = 80  # letters in a row


class Bars:
    """A bar for each gateway: the finished scenarios, the time, and the running scenario."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._running: dict[str, list[str]] = {}

    def __call__(self, event: Event) -> None:
        """Draw an event."""
        match event:
            case CaptureStarted(totals):
                self._start(totals)
            case ScenarioStarted(gateway, scenario_run):
                self._running[gateway].append(scenario_run.id)
                self._show(gateway)
            case ScenarioEnded(gateway, scenario_run, _):
                self._running[gateway].remove(scenario_run.id)
                self._show(gateway, advance=1)
            case Captured():
                self.stop()
            case _:
                pass

    def _start(self, totals: Mapping[str, int]) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[running]}", markup=False),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._running = {name: [] for name in totals}
        self._tasks = {name: self._progress.add_task(name, total=total, running="") for name, total in totals.items()}
        self._progress.start()

    def stop(self) -> None:
        """Remove the bars."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def _show(self, gateway: str, advance: int = 0) -> None:
        if self._progress is not None:
            running = next(iter(self._running[gateway]), "")
            self._progress.update(self._tasks[gateway], advance=advance, running=running)


class Lines:
    """A line for each gateway when its last scenario has ended."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._totals: Mapping[str, int] = {}
        self._ended: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._asked: dict[str, set[str]] = {}

    def __call__(self, event: Event) -> None:
        """Count an event, and print the line of a gateway whose last scenario ended."""
        match event:
            case CaptureStarted(totals):
                self._totals = totals
                self._asked = {name: set() for name in totals}
            case Exchanged(gateway, scenario_run, exchange):
                self._asked[gateway].add(scenario_run.id)
                self._requests[gateway] += len(exchange.attempts)
            case ScenarioEnded(gateway, scenario_run, blocked):
                self._ended[gateway] += 1
                if blocked is None:
                    self._asked[gateway].add(scenario_run.id)
                if self._ended[gateway] == self._totals[gateway]:
                    localise(self._print, gateway)
            case _:
                pass

    def stop(self) -> None:
        """Do nothing: lines need no end."""

    def _print(self, gateway: str) -> None:
        asked, total = len(self._asked[gateway]), self._totals[gateway]
        captured = count(total, "scenario")
        if asked != total:
            captured = sentence("{number} of {all}", number=asked, all=captured)
        sent = count(self._requests[gateway], "request")
        counts = sentence("captured {scenarios}, {requests}", scenarios=captured, requests=sent)
        self._console.print(f"{gateway}{translated(': ')}{counts}", highlight=False)


class Verdicts:
    """The verdicts in order of arrival: a line with the reason of each, or a letter."""

    def __init__(self, console: Console, *, verbose: bool) -> None:
        self._console = console
        self._verbose = verbose
        self._letters = 0

    def __call__(self, event: Event) -> None:
        """Print a verdict."""
        if not isinstance(event, Judged):
            return
        record = event.record
        if self._verbose:
            verdict = localise(translated, record.verdict).upper()
            self._line(f"{record.item} {verdict} {printable(localise(str, record.message), 300)}")
            return
        self._letters += 1
        self._console.out(LETTERS[state_of(record)], end="" if self._letters % _WIDTH else "\n", highlight=False)

    def stop(self) -> None:
        """End an unfinished row of letters."""
        if self._letters % _WIDTH:
            self._line("")

    def _line(self, text: str) -> None:
        self._console.out(text, highlight=False)


@contextmanager
def progress(*, verbose: bool = False, verdicts: bool = True) -> Iterator[Listener]:
    """Show an audit on standard output while the block runs."""
    console = Console()
    parts: list[Bars | Lines | Verdicts] = [Bars(console) if console.is_terminal else Lines(console)]
    if verdicts:
        parts.append(Verdicts(console, verbose=verbose))

    def listen(event: Event) -> None:
        for part in parts:
            part(event)

    try:
        yield listen
    finally:
        for part in parts:
            part.stop()
