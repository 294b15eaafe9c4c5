"""The options that several commands share: whom to audit, how deep, within which bounds, and on which terms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from gateprobe.cli.param_types import Number, OneOf, Whole
from gateprobe.model import Tier

Command = Callable[..., Any]

_PATH: Final = click.Path(path_type=Path)
_WHICH: Final = (
    click.argument("gateways", nargs=-1, metavar="[GATEWAY …]"),
    click.option("--embedded", is_flag=True, help="Audit the embedded references of the gateways named."),
    click.option(
        "--tier",
        type=OneOf([str(tier) for tier in Tier]),
        default=str(Tier.NIGHTLY),
        show_default=True,
        help="smoke: seconds, at most one picture. nightly: most capabilities, at a modest price. deep: all.",
    ),
    click.option(
        "--need", "needs", multiple=True, metavar="CAPABILITY", help="Ask for it whatever its tier; fail without it."
    ),
    click.option("--base-url", metavar="URL", help="The address, where the gateway file holds only its shape."),
    click.option("--key-env", metavar="NAME", help="The environment variable that holds the key."),
    click.option("--text-model", metavar="ID", help="The model that calls the image tool."),
    click.option("--image-model", metavar="ID", help="The model that draws."),
)
_BOUNDS: Final = (
    click.option("--budget", type=Number(0), metavar="USD", help="Spend at most this on each gateway."),
    click.option("--max-images", type=Whole(0), metavar="N", help="Buy at most N pictures of each gateway."),
    click.option("--max-requests", type=Whole(0), metavar="N", help="Send at most N requests to each gateway."),
    click.option("--rpm", type=Whole(1), metavar="N", help="Send at most N requests a minute to each gateway."),
    click.option("--shard", metavar="K/N", help="Only the K-th of N parts of the gateways; `combine` joins the runs."),
    click.option("--jobs", type=Whole(1, 64), default=4, show_default=True, help="Scenarios at once per gateway."),
    click.option("--patience", type=Number(0.1), metavar="SECONDS", help="Wait at most this long for an answer."),
    click.option(
        "--repeat",
        type=Whole(1, 100),
        default=1,
        show_default=True,
        metavar="N",
        help="Ask everything N times, which costs N times as much, and count how often it was honoured.",
    ),
    click.option(
        "--max-body",
        type=Whole(1),
        metavar="MB",
        help="Take in at most this much of one answer.  [default: 256]",
    ),
    click.option("--delay", type=Number(0), default=0.0, help="Seconds an embedded reference takes per picture."),
    click.option("-k", "expression", metavar="EXPRESSION", help="Only probes whose name matches, as pytest's -k."),
    click.option("-v", "--verbose", count=True, help="A line for each probe, with its sentence."),
)
_TERMS: Final = (
    click.option("--baseline", type=_PATH, metavar="FILE", help="Contradictions that are accepted for now (TOML)."),
    click.option("--profile", metavar="YYYY.MM", help="Probes newer than this inform and cannot fail."),
)
_CI: Final = (
    click.option(
        "--annotations",
        type=OneOf(["github", "none"]),
        help="Print annotations for a CI service.  [default: github, where GITHUB_ACTIONS is set]",
    ),
    click.option("--junit", type=_PATH, metavar="FILE", help="Also write JUnit XML."),
    click.option("--markdown", type=_PATH, metavar="FILE", help="Also write Markdown, for a pull request."),
)


def which(command: Command) -> Command:
    """Add the options that say which gateways are meant and how deep to go."""
    return _added(command, _WHICH)


def bounds(command: Command) -> Command:
    """Add the options that bound what is sent, how and how fast."""
    return _added(command, _BOUNDS)


def terms(command: Command) -> Command:
    """Add the options that say what may fail a run."""
    return _added(command, _TERMS)


def for_ci(command: Command) -> Command:
    """Add the options that say what a CI service is told."""
    return _added(command, _CI)


def _added(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    for add in reversed(options):
        command = add(command)
    return command
