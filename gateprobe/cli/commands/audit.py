"""`gateprobe audit`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gateprobe.audit.stored.run_file import new_folder
from gateprobe.cli.ci import tell, writable
from gateprobe.cli.options import BOUNDS, CI, GATEWAYS, QUIET, REPEAT, SELECTION, TERMS, VERBOSE, WHICH, YES
from gateprobe.cli.param_types import PATH
from gateprobe.cli.perform import perform
from gateprobe.cli.summary import summary
from gateprobe.errors import ExitCode, UsageError
from gateprobe.formats.answer import one_line
from gateprobe.formats.html import INDEX
from gateprobe.gateway import UNLISTED
from gateprobe.language import localise
from gateprobe.record import file as record
from gateprobe.store.folder import path_of_gateway, read_gateway
from gateprobe.views.answer import answer_of


@click.command(params=[GATEWAYS, *WHICH, *SELECTION, *BOUNDS, VERBOSE, QUIET, YES, *TERMS, *CI])
@click.option("-o", "--out", "--output", "out", type=PATH, help="The run folder.  [default: reports/<time>]")
@click.option("--resume", type=PATH, metavar="RUN", help="Go on with a run; send what is missing.")
def audit(gateways: tuple[str, ...], out: Path | None, resume: Path | None, **values: Any) -> int:
    """Audit gateways: send requests, keep the evidence, judge it, write a report.

    GATEWAY is a name (`gateprobe gateways` lists them), a TOML file or a URL. Without one, the four embedded references
    are audited on loopback, without an account and without cost, even if keys are set.
    """
    if out is not None and resume is not None:
        raise UsageError("--out and --resume exclude each other: a resumed run stays in its folder")
    if values["quiet"] and values["verbose"]:
        raise UsageError("--quiet and --verbose exclude each other")
    folder = (resume or out or new_folder()).absolute()
    if resume is not None:
        gateways = _as_begun(resume, gateways, values)
    writable(values["junit"], values["markdown"], created=folder)
    finished = perform(folder, gateways, values, resume=resume is not None)
    outputs = {name: values[name] for name in ("annotations", "junit", "markdown")}
    tell(finished.run, os.environ, **outputs)
    is_quiet = values["quiet"] and finished.exit_code == ExitCode.OK
    answer = answer_of(finished.run) if is_quiet else None
    click.echo(localise(one_line, answer) if answer else localise(summary, finished.run, folder / INDEX))
    return int(finished.exit_code)


def _as_begun(folder: Path, gateways: tuple[str, ...], values: dict[str, Any]) -> tuple[str, ...]:
    """Return the gateways of a run as they were at its start, and set its tier, repeats and needs.

    Options on the command line override those of the run.
    """
    if gateways:
        raise UsageError("--resume continues with the gateways of the run; name no gateway with it")
    run = record.load(folder)
    header, tier = run.header, record.tier_of(run)
    context = click.get_current_context()
    if context.get_parameter_source("tier") is ParameterSource.DEFAULT:
        values["tier"] = tier
    if context.get_parameter_source("repeat") is ParameterSource.DEFAULT:
        values["repeat"] = REPEAT.type.convert(
            header.options.repeat, REPEAT, context
        )  # a foreign run may state any number
    values["embedded"] = values["embedded"] or header.embedded
    values["needs"] = values["needs"] or header.options.needs
    embedded = {name for name in header.gateways if header.embedded or name in UNLISTED}
    return tuple(
        name if name in embedded else str(path_of_gateway(folder, read_gateway(folder, name).name).absolute())
        for name in header.gateways
    )
