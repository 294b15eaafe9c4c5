"""A folder of nights: the runs that a night is compared with, and how they are judged again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.errors import ExitCode, UsageError
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.views.nights.history_db import opened
from gateprobe.views.nights.night_comparison import Rejudge

WINDOW: Final = 30
"""The number of earlier nights to read; more are read until there is a good one."""


def earlier(store: Path, but: Path) -> tuple[Run, ...]:
    """Read the nights before one, newest first: the window, and the last good one. A broken run is skipped."""
    return tuple(_earlier(store, but))


def _earlier(store: Path, but: Path) -> Iterator[Run]:
    good = False
    folders = reversed(files.runs(store))
    with opened(store) as database:
        for position, folder in enumerate(folder for folder in folders if folder.resolve() != but.resolve()):
            if good and position >= WINDOW:
                return
            try:
                if position >= WINDOW and database.night(folder).exit_code != ExitCode.OK:
                    continue
                run = record.load(folder)
            except UsageError:
                continue
            good = good or (run.footer is not None and run.footer.exit_code == ExitCode.OK)
            yield run


def rejudging(tonight: Path) -> Rejudge:
    """Return a function that judges an old run by today's probes and tonight's gateway files.

    The function returns None where the evidence of the run was deleted.
    """

    def rejudge(run: Run) -> Run | None:
        try:
            return rejudged(run, claims=tonight)
        except UsageError:
            return None

    return rejudge
