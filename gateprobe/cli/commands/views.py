"""`gateprobe compare`, `gateprobe diff` and `gateprobe history`: several stored runs, offline."""

from __future__ import annotations

from pathlib import Path

import click

from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.cli.commands.archive import runs_of
from gateprobe.cli.output import writing
from gateprobe.cli.param_types import PATH, OneOf
from gateprobe.cli.stored_runs import read, warn, warn_of_foreign
from gateprobe.errors import NoSuchRunError, UsageError
from gateprobe.formats.html.compare import write_compare
from gateprobe.formats.html.diff import write_diff
from gateprobe.formats.html.history import SAMPLE, write_history
from gateprobe.formats.nights.diff import diff_markdown, diff_text
from gateprobe.language import localise
from gateprobe.record import file as record
from gateprobe.views.changes import Diff, edited_claims
from gateprobe.views.changes import diff as changes
from gateprobe.views.comparison import RANKS
from gateprobe.views.matrix import read_gateways


@click.command()
@click.argument("runs", nargs=-1, required=True, type=PATH, metavar="RUN …")
@click.option(
    "-o", "--output", "--out", "output", type=PATH, default="compare.html", show_default=True, help="The page."
)
@click.option("--alias", "aliases", multiple=True, metavar="NAME=ALIAS", help="Show a gateway under another name.")
@click.option("--rank", type=OneOf(sorted(RANKS)), default="given", show_default=True, help="The order of the columns.")
@click.option("--need", "needs", multiple=True, metavar="CAPABILITY", help="Rank by how many of these work.")
def compare(runs: tuple[Path, ...], output: Path, aliases: tuple[str, ...], rank: str, needs: tuple[str, ...]) -> None:
    """Compare the gateways of stored RUNs on one page: numbers, then the rows that differ."""
    if len({run.resolve() for run in runs}) < len(runs):
        raise UsageError("a run is named twice; name each run once")
    pairs = [alias.partition("=") for alias in aliases]
    if wrong := next(
        (alias for alias, (name, _, label) in zip(aliases, pairs, strict=True) if not name or not label), None
    ):
        raise UsageError(f'"{wrong}" is no alias; write NAME=ALIAS, such as ofox=A')
    compared = list(map(read, runs))
    with writing(output):
        page = write_compare(compared, output, {name: to for name, _, to in pairs}, rank, needs)
    warn(*compared)
    click.echo(str(page))


@click.command()
@click.argument("old", type=PATH)
@click.argument("new", type=PATH)
@click.option("--format", "form", type=OneOf(["text", "markdown", "html"]), default="text", show_default=True)
@click.option("--rejudge", is_flag=True, help="Judge OLD with today's probes, to attribute each change.")
@click.option(
    "--fail-on",
    type=OneOf(["worse", "contradicted", "incomplete"]),
    help="worse: exit 1 if a must got worse. contradicted: also for any must. incomplete: the exit code of NEW.",
)
def diff(old: Path, new: Path, form: str, *, rejudge: bool, fail_on: str | None) -> int:
    """Show the changes from the run OLD to the run NEW, and who caused them. html: a page in the folder of NEW."""
    before, after = read(old), read(new)
    if not set(before.header.gateways) & set(after.header.gateways):
        asked = (", ".join(run.header.gateways) or "nothing" for run in (before, after))
        raise UsageError(f"the runs have no gateway in common: {' against '.join(asked)}; there is nothing to compare")
    edited = edited_claims(read_gateways(before), read_gateways(after))
    diff = changes(before, after, rejudged(before) if rejudge else None, edited)
    page = write_diff(diff) if form == "html" else None
    warn(before, after)
    if page is not None:
        click.echo(str(page))
    else:
        click.echo(localise(diff_text, diff) if form == "text" else diff_markdown(diff), nl=False)
    return _code(diff, fail_on)


@click.command()
@click.argument("reports", type=PATH, default="reports")
def history(reports: Path) -> None:
    """Write a page of all runs in the folder REPORTS. It separates flapping from broken capabilities."""
    runs = [run for run in runs_of(reports) if run.name != SAMPLE]
    if not runs:
        raise NoSuchRunError(f"{reports} holds no run yet; `gateprobe night --store {reports}` makes one")
    with writing(reports):
        page = write_history(reports)
    warn_of_foreign(runs)
    click.echo(str(page))


def _code(diff: Diff, fail_on: str | None) -> int:
    records = diff.new.records
    if fail_on == "worse":
        return int(any(change.is_alarm for change in diff.changes))
    if fail_on == "contradicted":
        return int(any(record.fails for record in records))
    needs = diff.new.header.options.needs
    return record.exit_code(records, needs) if fail_on == "incomplete" else 0
