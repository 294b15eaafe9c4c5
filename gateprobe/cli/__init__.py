"""The command `gateprobe`: one module per group of subcommands; wrong use is one sentence, never a traceback."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import click

from gateprobe import __version__
from gateprobe.check.command import check
from gateprobe.claims.command import claims
from gateprobe.cli.accept import baseline
from gateprobe.cli.audit import audit, plan
from gateprobe.cli.config import config, from_file
from gateprobe.cli.keeping import combine, pack, prune
from gateprobe.cli.lists import explain, gateways, probes
from gateprobe.cli.runs import judge, report
from gateprobe.cli.serve import serve
from gateprobe.cli.views import compare, diff, history
from gateprobe.errors import GateprobeError

EPILOG = """
\b
Exit codes:
  0   no `must` is contradicted, and nothing observable was left unproven
  1   a `must` is contradicted (or a capability given with --need is missing)
  2   wrong use: one line that says what and where
  10  incomplete: something that could have been observed was not
  11  gateprobe itself failed
"""


_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "GATEPROBE"}


@click.group(epilog=EPILOG, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="gateprobe")
@click.pass_context
def cli(context: click.Context) -> None:
    """Hold image gateways against what they document, and against what OpenAI's API does.

    A first look, with no account and no cost: `gateprobe audit` serves the four documented gateways itself, on
    loopback, and audits them. To audit your own: `gateprobe audit openai` with OPENAI_API_KEY set, or
    `gateprobe audit https://gateway.example/v1` with GATEPROBE_API_KEY set.
    """
    context.default_map = from_file(Path.cwd())


for command in (
    audit,
    plan,
    judge,
    report,
    compare,
    diff,
    history,
    check,
    serve,
    gateways,
    claims,
    probes,
    explain,
    baseline,
    combine,
    pack,
    prune,
    config,
):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command; every exception becomes one sentence and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with arguments, give its exit code."""
    try:
        code = cli.main(arguments, prog_name="gateprobe", standalone_mode=False)
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except click.Abort:
        click.echo("gateprobe: stopped.", err=True)
        return 10
    except click.ClickException as wrong:
        wrong.show()
        return 2
    except GateprobeError as error:
        click.echo(f"gateprobe: {error}", err=True)
        return error.exit_code
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone; nothing more can be said
        return 0
    except Exception as error:
        if os.environ.get("GATEPROBE_DEBUG"):
            raise
        click.echo(
            f"gateprobe itself failed: {type(error).__name__}: {error}. Run again with GATEPROBE_DEBUG=1 to see where,"
            " and please report it.",
            err=True,
        )
        return 11
    return code if isinstance(code, int) else 0
