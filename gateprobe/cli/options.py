"""The options of an audit, declared once: the commands, pytest's options and the settings file derive from here.

A command lists those that it takes: `@click.command(params=[GATEWAYS, *WHICH])`.
"""

from __future__ import annotations

from typing import Any, Final

import click

from gateprobe.audit.request import KILOBYTE, MEGABYTE
from gateprobe.capture import AttemptLimits
from gateprobe.cli.param_types import PATH, Number, OneOf, Whole
from gateprobe.files import LARGEST
from gateprobe.model import Tier
from gateprobe.plan.planning import SURFACES


def option(*names: str, **attributes: Any) -> click.Option:
    """Declare an option."""
    return click.Option(list(names), **attributes)


GATEWAYS: Final = click.Argument(["gateways"], nargs=-1, metavar="[GATEWAY …]")

TIER: Final = option(
    "--tier",
    type=OneOf([str(tier) for tier in Tier]),
    default=str(Tier.NIGHTLY),
    show_default=True,
    help="smoke: seconds, at most one picture. nightly: most capabilities at a moderate price. deep: all.",
)
NEED: Final = option(
    "--need", "needs", multiple=True, metavar="CAPABILITY", help="Test it in any tier; fail if it is missing."
)
EMBEDDED: Final = option("--embedded", is_flag=True, help="Audit the embedded references of the named gateways.")
ADDRESS: Final = option("--base-url", metavar="URL", help="The address, if the gateway file has a placeholder.")
MODELS: Final = (
    option("--key-env", metavar="NAME", help="The environment variable that holds the key."),
    option("--text-model", metavar="ID", help="The model that calls the image tool."),
    option(
        "--image-model",
        multiple=True,
        metavar="ID",
        help="The model that draws; can be repeated: each is a column of its own.",
    ),
)
WHICH: Final = (EMBEDDED, TIER, NEED, ADDRESS, *MODELS)

BUDGET: Final = (
    option(
        "--budget",
        type=Number(0),
        metavar="USD",
        help="Spend at most this on each gateway; its image models share it equally.",
    ),
    option("--max-images", type=Whole(0), metavar="N", help="Buy at most N pictures of each gateway."),
    option(
        "--total-budget",
        type=Number(0),
        metavar="USD",
        help="Spend at most this on all gateways together; each gets an equal part.",
    ),
    option("--max-requests", type=Whole(0), metavar="N", help="Send at most N requests to each gateway."),
)
JOBS: Final = option("--jobs", type=Whole(1, 64), default=4, show_default=True, help="Scenarios at once per gateway.")
REPEAT: Final = option(
    "--repeat",
    type=Whole(1, 100),
    default=1,
    show_default=True,
    metavar="N",
    help="Send everything N times, at N times the price, and count how often each capability works.",
)
SEED: Final = option(
    "--seed",
    type=Whole(0),
    metavar="N",
    help="Repeat the drawn values of the run with this seed.  [default: a new seed]",
)
_USUAL: Final = AttemptLimits()


def _seconds(name: str, default: float, help_: str) -> click.Option:
    return option(name, type=Number(0.1), metavar="SECONDS", default=default, show_default=True, help=help_)


TIMEOUTS: Final = (
    _seconds("--answer-timeout", _USUAL.total, "Wait at most this long for a whole answer."),
    _seconds("--connect-timeout", _USUAL.connect, "Wait at most this long for a connection."),
    _seconds("--first-byte-timeout", _USUAL.first_byte, "Wait at most this long for the first byte of an answer."),
    _seconds("--silence-timeout", _USUAL.silence, "Wait at most this long between two pieces of an answer."),
    _seconds("--link-timeout", _USUAL.link_total, "Wait at most this long for a picture behind a link."),
)
SIZES: Final = (
    option(
        "--max-body",
        type=Whole(1, LARGEST // MEGABYTE),
        metavar="MB",
        default=_USUAL.body // MEGABYTE,
        show_default=True,
        help="Cut answers that are larger than this.",
    ),
    option(
        "--max-stream-lines",
        type=Whole(1),
        metavar="N",
        default=_USUAL.lines,
        show_default=True,
        help="Cut streams that have more lines.",
    ),
    option(
        "--max-json-values",
        type=Whole(1),
        metavar="N",
        default=_USUAL.values,
        show_default=True,
        help="Cut answers that have more JSON values.",
    ),
    option(
        "--max-link-body",
        type=Whole(1, LARGEST // MEGABYTE),
        metavar="MB",
        default=_USUAL.link_body // MEGABYTE,
        show_default=True,
        help="Cut pictures behind links that are larger than this.",
    ),
    option(
        "--keep-oversized",
        type=Whole(1),
        metavar="KB",
        default=_USUAL.kept // KILOBYTE,
        show_default=True,
        help="Store this much of a cut answer.",
    ),
)
BOUNDS: Final = (
    *BUDGET,
    option("--user-agent", metavar="TEXT", help="Send this user agent.  [default: gateprobe and its version]"),
    option("--rpm", type=Whole(1), metavar="N", help="Send at most N requests a minute to each gateway."),
    option("--shard", metavar="K/N", help="Audit only the K-th of N parts of the gateways; `combine` joins the runs."),
    JOBS,
    REPEAT,
    SEED,
    *TIMEOUTS,
    *SIZES,
    option(
        "--delay",
        type=Number(0),
        default=0.0,
        metavar="SECONDS",
        help="Time that an embedded reference takes for a picture.",
    ),
)
PROBES: Final = option(
    "--probe",
    "-p",
    "probes",
    multiple=True,
    metavar="GLOB",
    help="Run only this probe or capability, by name or glob (images.edit.*); can be repeated.",
)
SELECTION: Final = (
    PROBES,
    option("-k", "expression", metavar="EXPRESSION", help="Run only probes whose names match, like pytest's -k."),
    option("--surface", type=OneOf(list(SURFACES)), help="Test one API only: images or responses."),
)
ONE_GATEWAY: Final = option(
    "--gateway", metavar="NAME", help="Only this gateway, with all its image models: nothing of the others."
)
VERBOSE: Final = option("-v", "--verbose", count=True, help="Print a line with the reason for each probe.")
QUIET: Final = option("-q", "--quiet", is_flag=True, help="Print one line if all is well, and no progress.")
YES: Final = option(
    "--yes",
    is_flag=True,
    help="Agree to the variable and the address that each gateway file names: the key is sent there.",
)
TERMS: Final = (
    option("--baseline", type=PATH, metavar="FILE", help="Contradictions that are accepted for now (TOML)."),
    option("--profile", metavar="YYYY.MM", help="Report probes added after this month, but let none fail the run."),
)
CI: Final = (
    option(
        "--annotations",
        type=OneOf(["github", "none"]),
        help="Print annotations for a CI service.  [default: github, where GITHUB_ACTIONS is set]",
    ),
    option("--junit", type=PATH, metavar="FILE", help="Also write JUnit XML."),
    option("--markdown", type=PATH, metavar="FILE", help="Also write Markdown, for a pull request."),
)
