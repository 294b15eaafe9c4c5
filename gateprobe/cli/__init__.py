"""The command `gateprobe`: one module per group of subcommands; wrong use is one sentence, never a traceback."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from typing import Final, NoReturn

import click

from gateprobe import __version__
from gateprobe.audit import settings_file
from gateprobe.cli.usage_errors import check_variables, sentence
from gateprobe.errors import GateprobeError
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

_COMMANDS: Final = {
    "audit": "audit",
    "night": "night",
    "plan": "plan",
    "judge": "runs",
    "report": "runs",
    "compare": "views",
    "diff": "views",
    "history": "views",
    "check": "check",
    "serve": "serve",
    "discover": "discover",
    "gateways": "listing",
    "claims": "claims",
    "probes": "listing",
    "explain": "listing",
    "baseline": "baseline",
    "combine": "archive",
    "pack": "archive",
    "prune": "archive",
    "config": "config",
}
"""Where each command stands: a command that is not called is not loaded."""

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


class Commands(click.Group):
    """The commands, each loaded when it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which a person meets them."""
        return list(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; one that there is none of is told with the one that is closest."""
        if args[0] in _COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        hint = did_you_mean(args[0], _COMMANDS, "`gateprobe --help` lists them", most=1)
        raise click.UsageError(f"there is no command {printable(args[0], 60)!r}; {hint}")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        found = getattr(importlib.import_module(f"gateprobe.cli.{_COMMANDS[cmd_name]}"), cmd_name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=Commands, epilog=EPILOG, context_settings=_SETTINGS)
@click.version_option(__version__, prog_name="gateprobe")
@click.pass_context
def cli(context: click.Context) -> None:
    """Hold image gateways against what they document, and against what OpenAI's API does.

    A first look, with no account and no cost: `gateprobe audit` serves the four documented gateways itself, on
    loopback, and audits them. To audit your own: `gateprobe audit openai` with OPENAI_API_KEY set, or
    `gateprobe audit https://gateway.example/v1` with GATEPROBE_API_KEY set.
    """
    name = str(context.invoked_subcommand)
    command = cli.get_command(context, name)
    if command is not None and not isinstance(command, click.Group):
        check_variables(os.environ, f"GATEPROBE_{name.upper()}", command)
    if settings_file.read(Path.cwd()).path is not None:
        from gateprobe.cli.config import from_file  # noqa: PLC0415 - what the file may set, the audit command knows

        context.default_map = from_file(Path.cwd())


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
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return 2
    except click.ClickException as wrong:
        click.echo(f"gateprobe: {sentence(wrong)}", err=True)
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
