"""`gateprobe baseline`: accept the contradictions of a run for now."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from gateprobe.cli.output import writing
from gateprobe.cli.param_types import PATH
from gateprobe.cli.stored_runs import read, warn
from gateprobe.errors import UsageError
from gateprobe.record.baseline import dumps, of_run
from gateprobe.redact.outgoing import clean


@click.command()
@click.argument("run", type=PATH)
@click.option("--reason", default="", metavar="TEXT", help="Why they are accepted.  [default: what was observed]")
@click.option("--expires", metavar="YYYY-MM-DD", help="The last day on which they are accepted.")
@click.option("-o", "--output", "--out", "output", type=PATH, help="Write to a new file instead of standard output.")
def baseline(run: Path, reason: str, expires: str | None, output: Path | None) -> None:
    """Write a baseline file that accepts every contradiction that fails a stored RUN.

    `gateprobe audit --baseline FILE` then reports them as accepted. Reasons from the baseline of RUN are kept.
    """
    if expires is not None:
        try:
            date.fromisoformat(expires)
        except ValueError:
            raise UsageError(f"--expires {expires}: expected a day, such as 2027-01-31") from None
    stored = read(run)
    accepted = of_run(stored.records, stored.header.started_at[:10], reason.strip(), expires or "")
    if output is None:
        warn(stored)
        click.echo(dumps(accepted), nl=False)
        return
    with writing(output):
        try:
            with output.open("x", encoding="utf-8") as file:
                file.write(clean(dumps(accepted)))
        except FileExistsError:
            raise UsageError(f"{output} is there already, and reasons are written by hand; name another file") from None
    warn(stored)
    click.echo(f"{output}: {len(accepted)} accepted")
