"""Read stored runs for commands, with a warning on standard error where a run is torn or judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from gateprobe.audit.stored.origin import is_ours, with_origin
from gateprobe.formats.answer import TORN
from gateprobe.formats.words import few
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.text import printable


def warn_of_foreign(folders: Iterable[Path]) -> None:
    """Print on standard error which runs were judged elsewhere."""
    names = [printable(folder.name, 60) for folder in folders if not is_ours(folder, evidence=False)]
    if names:
        runs = f"{few(names)} {'was' if len(names) == 1 else 'were'}"
        click.echo(f"Warning: {runs} judged elsewhere, or changed since; verdicts are shown as stored", err=True)


def read(folder: Path, *, any_format: bool = False) -> Run:
    """Read a run; the header of one that comes from elsewhere states that origin.

    A command calls `warn` after it has checked its options, so that a usage error is printed without warnings.

    Raises:
        NoSuchRunError, BrokenRunError: as `record.load` does.
    """
    return with_origin(record.load(folder, any_format=any_format))


def warn(*runs: Run, origin: bool = True) -> None:
    """Print on standard error which runs end in a torn line, and which come from elsewhere where `origin` is set."""
    for run in runs:
        for sentence in run.header.foreign if origin else ():
            click.echo(f"Warning: {printable(str(run.folder), 200)}: {printable(sentence, 400)}", err=True)
        if run.torn:
            click.echo(f"Warning: {run.folder}: {TORN}", err=True)
