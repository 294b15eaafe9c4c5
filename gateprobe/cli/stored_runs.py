"""Read stored runs for commands, with a warning on standard error where a run is torn."""

from __future__ import annotations

from pathlib import Path

import click

from gateprobe.formats.answer import TORN
from gateprobe.record import file as record
from gateprobe.record.file import Run


def read(folder: Path, *, any_format: bool = False) -> Run:
    """Read a run; where its last line is torn, say so on standard error, as all that follows is of what is whole.

    Raises:
        NoSuchRunError, BrokenRunError: as `record.load` does.
    """
    run = record.load(folder, any_format=any_format)
    if run.torn:
        click.echo(f"Warning: {folder}: {TORN}", err=True)
    return run
