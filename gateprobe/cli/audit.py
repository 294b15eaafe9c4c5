"""`gateprobe audit`."""

from __future__ import annotations

import io
import os
import sys
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any, Final, TextIO

import click
import pytest
from click.core import ParameterSource

from gateprobe.audit.auditing import Settings, now
from gateprobe.audit.target import resolve
from gateprobe.cli.ci import tell, writable
from gateprobe.cli.options import bounds, for_ci, terms, which
from gateprobe.cli.plan import planned
from gateprobe.cli.summary import summary
from gateprobe.errors import GateprobeError, UsageError
from gateprobe.formats.html import INDEX, write_html
from gateprobe.formats.words import count
from gateprobe.gateway import UNLISTED, Gateway, Overrides
from gateprobe.judge.acceptance import check_profile
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import check_needs
from gateprobe.record import baseline
from gateprobe.record import file as record
from gateprobe.resources import PROBES

_PASSED_ON: Final = (
    "budget",
    "max_images",
    "max_requests",
    "patience",
    "max_body",
    "repeat",
    "rpm",
    "shard",
    "base_url",
    "key_env",
    "text_model",
    "image_model",
    "baseline",
    "profile",
)
"""Options that pytest takes under the same name."""

_CONFIG: Final = Path(__file__).parent / "audit.ini"


@click.command()
@which
@bounds
@terms
@for_ci
@click.option("--out", type=click.Path(path_type=Path), help="The run folder.  [default: reports/<time>]")
@click.option(
    "--resume", type=click.Path(path_type=Path), metavar="RUN", help="Go on with a run; send what is missing."
)
def audit(
    gateways: tuple[str, ...],
    needs: tuple[str, ...],
    out: Path | None,
    resume: Path | None,
    verbose: int,
    **options: Any,
) -> int:
    """Audit gateways: send requests, keep the evidence, judge it, write a report.

    GATEWAY is a name (`gateprobe gateways` lists them), a TOML file or a URL. With none named, the four embedded
    references are audited, on loopback, with no account and no cost, whatever keys are set.
    """
    if out is not None and resume is not None:
        raise UsageError("--out and --resume exclude each other: a resumed run stays in its folder")
    folder = (resume or out or Path("reports") / now().replace(":", "")).absolute()
    if resume is not None:
        gateways, needs = _as_begun(resume, gateways, needs, options)
    writable(options["junit"], options["markdown"], made=folder)
    code = perform(folder, gateways, needs, verbose, resume=resume is not None, **options)
    if code != UsageError.exit_code:
        run = record.load(folder)
        tell(run, os.environ, **{name: options[name] for name in ("annotations", "junit", "markdown")})
        click.echo(summary(run, folder / INDEX))
    return code


def perform(
    folder: Path,
    gateways: tuple[str, ...],
    needs: tuple[str, ...],
    verbose: int,
    *,
    resume: bool = False,
    **options: Any,
) -> int:
    """Audit into a folder with pytest underneath, write the report there, give the exit code.

    Raises:
        UsageError: what was asked for cannot be done; said before pytest begins.
    """
    check_needs(needs)
    if options["baseline"] is not None:
        baseline.load(options["baseline"])
    if options["profile"] is not None:
        check_profile(options["profile"])
    overrides = Overrides(options["key_env"], options["text_model"], options["image_model"], options["base_url"])
    targets = resolve(gateways, os.environ, overrides, embedded=options["embedded"])
    probes()  # a fault of ours in a probe module is said here, not as an error of pytest's collection
    arguments = [f"--gateway={name}" for name in gateways] + [f"--need={need}" for need in needs]
    arguments += [f"--run={folder}", f"--tier={options['tier']}", f"--jobs={options['jobs']}"]
    arguments += [f"--delay={options['delay']}"] + ["--embedded"] * options["embedded"] + ["--resume-run"] * resume
    for name in _PASSED_ON:
        if options[name] is not None:
            arguments.append(f"--{name.replace('_', '-')}={options[name]}")
    if options["expression"]:
        arguments += ["-k", options["expression"]]
    _announce([target.gateway for target in targets if not target.embedded], needs, options)
    return _run(folder, arguments, verbose)


def _announce(real: list[Gateway], needs: tuple[str, ...], options: dict[str, Any]) -> None:
    """Say whom the audit is about to ask and what that costs at most, before the first request."""
    settings = Settings(Tier(options["tier"]), needs, repeat=options["repeat"])
    for one in real:
        cost = planned(one, settings).cost
        usd = f"{'' if cost.price.documented else 'about '}{cost.price.usd:.2f} USD"
        bound = " before the budget" if any(options[name] is not None for name in ("budget", "max_images")) else ""
        click.echo(f"asking {one.title} at {one.base_url}: up to {count(cost.images, 'picture')}, {usd}{bound}")


def _as_begun(
    folder: Path, gateways: tuple[str, ...], needs: tuple[str, ...], options: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Go on as a run was begun: with its gateways as they were then, its tier and its needs.

    A tier or needs that are given again replace the run's own.
    """
    if gateways:
        raise UsageError("--resume goes on with the run's own gateways; name none beside it")
    header = record.load(folder).header
    if click.get_current_context().get_parameter_source("tier") is ParameterSource.DEFAULT:
        options["tier"] = header.tier
    if click.get_current_context().get_parameter_source("repeat") is ParameterSource.DEFAULT:
        options["repeat"] = header.options.get("repeat", 1)
    options["embedded"] = options["embedded"] or header.embedded
    named = [
        name if header.embedded or name in UNLISTED else str((folder / "gateways" / f"{name}.toml").absolute())
        for name in header.gateways
    ]
    return tuple(named), needs or tuple(header.options.get("needs", ()))


def _run(folder: Path, arguments: list[str], verbose: int) -> int:
    """Run pytest underneath; show its lines only where asked."""
    show = [f"-{'v' * verbose}"] if verbose else ["-qq"]
    quiet = [
        "--noconftest",
        "--no-header",
        "--no-summary",
        "--tb=no",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:gateprobe-needs",
    ]
    where = [str(PROBES), "-c", str(_CONFIG), "--rootdir", str(PROBES.parent), "-p", "gateprobe.plugin"]
    with redirect_stderr(_Complaints(sys.stderr)) as complaints:
        code = pytest.main([*where, *quiet, *show, *arguments])
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(" ".join(complaints.heard.replace("ERROR: ", "").split()) or "pytest cannot be used like this")
    sys.stderr.write(complaints.heard)
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError("no probe was selected; `gateprobe probes` lists them")
    try:
        run = record.load(folder)
    except UsageError as error:
        raise GateprobeError(f"the audit left no readable run: {error}") from None
    write_html(folder)
    if run.footer is None:
        return 10 if code == pytest.ExitCode.INTERRUPTED else 11
    return run.footer.exit_code


class _Complaints(io.TextIOBase):
    """Keeps what pytest says of wrong use, so that it can be one sentence; passes all else on at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self.heard = ""

    def write(self, text: str) -> int:
        """Keep a complaint and what belongs to it."""
        if self.heard or text.startswith("ERROR: "):
            self.heard += text
            return len(text)
        return self._out.write(text)

    def flush(self) -> None:
        """Let out what was passed on."""
        self._out.flush()
