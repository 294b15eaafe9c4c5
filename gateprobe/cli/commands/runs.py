"""`gateprobe judge`, `gateprobe report` and `gateprobe har`: stored runs, offline."""

from __future__ import annotations

from pathlib import Path

import click

from gateprobe.audit.stored.origin import mark_judged_here
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.audit.stored.run_file import write_run
from gateprobe.cli.options import ONE_GATEWAY
from gateprobe.cli.output import writing
from gateprobe.cli.param_types import PATH, OneOf
from gateprobe.cli.stored_runs import read, warn
from gateprobe.cli.summary import summary
from gateprobe.formats import FORMATS, render, write_html
from gateprobe.formats.har import render_har
from gateprobe.formats.html.page import page_of
from gateprobe.language import localise
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.record.narrowing import named_in, narrowed
from gateprobe.redact.outgoing import write_text

_RUN = click.argument("run", type=PATH)


@click.command()
@_RUN
def judge(run: Path) -> int:
    """Judge the evidence of a stored RUN again, with the current probes. Sends nothing and costs nothing."""
    stored = read(run, any_format=True)
    judged = rejudged(stored)
    warn(stored, origin=False)  # the summary says where the evidence comes from
    header = mark_judged_here(judged.header)
    code = write_run(run, header, judged.records, judged.footer.finished_at if judged.footer else "")
    written = record.load(run)
    click.echo(localise(summary, written, write_html(written)))
    return code


@click.command(params=[ONE_GATEWAY])
@_RUN
@click.option("-o", "--output", "--out", "output", type=PATH, help="Write to a file instead of standard output.")
def har(run: Path, output: Path | None, gateway: str | None) -> None:
    """Write the requests and answers of a stored RUN as a HAR file, for browsers and proxies. It contains no key."""
    stored = read(run)
    text = render_har(stored if gateway is None else narrowed(stored, named_in(stored, gateway)))
    _write(stored, text, output)


@click.command(params=[ONE_GATEWAY])
@_RUN
@click.option("--format", "form", type=OneOf(sorted(FORMATS)), default="html", show_default=True)
@click.option("-o", "--output", "--out", "output", type=PATH, help="Write to a file instead of standard output.")
def report(run: Path, form: str, output: Path | None, gateway: str | None) -> None:
    """Write the report of a stored RUN again, in any format. The HTML page is written into the run folder."""
    stored = read(run)
    if gateway is not None:
        stored = narrowed(stored, named_in(stored, gateway))
    if form == "html" and output is None:
        page = write_html(stored) if gateway is None else write_html(stored, page_of(gateway))
        warn(stored)
        click.echo(str(page))
        return
    _write(stored, render(stored, form), output)


def _write(run: Run, text: str, output: Path | None) -> None:
    """Write a text to a file or to standard output, with the warnings about its run."""
    if output is not None:
        with writing(output):
            write_text(output, text)
    warn(run)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
