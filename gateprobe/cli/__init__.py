"""The command `gateprobe`: one module per group of subcommands; a usage error is one sentence without a traceback."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

import click
from click.shell_completion import CompletionItem

from gateprobe import __version__
from gateprobe.audit import settings_file
from gateprobe.cli.param_types import OneOf
from gateprobe.cli.usage_errors import check_variables, sentence
from gateprobe.errors import ExitCode, GateprobeError, OutputClosedError
from gateprobe.language import LANGUAGES, available, choose, chosen, localise, preferred, translated
from gateprobe.redact.outgoing import add_environment, clean_output
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

_COMMANDS: Final = {
    "audit": ("audit", "Audit gateways: send requests, keep the evidence, judge it, write a report."),
    "night": ("night", "Audit into a folder of nights, and report in one paragraph what changed since the last night."),
    "plan": ("plan", "Show the requests and pictures of an audit, their cost and duration."),
    "judge": ("runs", "Judge the evidence of a stored RUN again, with the current probes."),
    "report": ("runs", "Write the report of a stored RUN again, in any format."),
    "har": ("runs", "Write the requests and answers of a stored RUN as a HAR file, for browsers and proxies."),
    "compare": ("views", "Compare the gateways of stored RUNs on one page: numbers, then the rows that differ."),
    "diff": (
        "views",
        "Show the changes from the run OLD to the run NEW, and who caused them. html: a page in the folder of NEW.",
    ),
    "history": ("views", "Write a page of all runs in the folder REPORTS."),
    "check": ("check", "Judge a recorded stream or body, or standard input."),
    "serve": ("serve", "Serve a reference gateway (PERSONA) on loopback until stopped with Ctrl-C."),
    "relay": ("relay", "Test a gateway of your own from both sides: as its client and as its upstream."),
    "discover": ("discover", "Test an unknown gateway, and write a gateway file of its observed behaviour."),
    "gateways": ("listing", "List the documented gateways: address, key variable, and how much their documents claim."),
    "claims": ("claims", "Compare the promises of gateways."),
    "probes": ("listing", "List every probe with the capability that it judges."),
    "explain": (
        "listing",
        "Explain a probe, a capability, a fault, a fault kind or a stream rule; without a name, list them.",
    ),
    "new": ("new", "Make the first files of a gateway, a probe or a fault, with a test that passes."),
    "baseline": ("baseline", "Write a baseline file that accepts every contradiction that fails a stored RUN."),
    "combine": ("archive", "Join runs of different gateways (the shards of one audit) into one."),
    "pack": ("archive", "Pack a RUN into one archive that a vendor can open, read and judge again."),
    "prune": ("archive", "Delete old runs, by age and by size."),
    "config": (
        "config",
        "Show the settings of an audit in this folder, and the origin of each: environment, file or default.",
    ),
}
"""The module of each command and its line of help: a command that is not called is not loaded."""

_LISTING: Final = frozenset({"plan", "report", "gateways", "claims", "probes", "explain", "config", "--help", "-h"})
"""Commands that succeed if the reader of their output stops early, as `head` does."""

_SYSTEM_ERRORS: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EBADF})
"""Errors of the system, not of gateprobe: an output cannot be written, or a file cannot be opened."""

_C = TypeVar("_C", bound=click.Command)
_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "GATEPROBE"}


class Commands(click.Group):
    """The commands, each loaded when it is called or listed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of a first use."""
        return list(_COMMANDS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; an unknown name is refused with the closest one."""
        if args[0] in _COMMANDS or args[0].startswith("-"):
            return super().resolve_command(ctx, args)
        hint = did_you_mean(args[0], _COMMANDS, "`gateprobe --help` lists them", most=1)
        raise click.UsageError(f"there is no command {printable(args[0], 60)!r}; {hint}")

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        command = getattr(importlib.import_module(f"gateprobe.cli.commands.{_COMMANDS[cmd_name][0]}"), cmd_name)
        return _translate_command(command) if isinstance(command, click.Command) else None

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the page of help in the chosen language."""
        click.Group.format_help(_translate_command(self), ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each command with its line of help, without loading it."""
        with formatter.section(localise(translated, "Commands")):
            formatter.write_dl([(name, localise(translated, summary)) for name, (_, summary) in _COMMANDS.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command, without loading it."""
        names = [
            CompletionItem(name, help=summary)
            for name, (_, summary) in _COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the meaning of each exit code."""
        with formatter.section(localise(translated, "Exit codes")):
            formatter.write_dl([(str(int(code)), localise(translated, code.meaning)) for code in ExitCode])


def _translate_command(command: _C) -> _C:
    """Return a command with its help in the chosen language; in English, the command itself."""
    if chosen() == "en":
        return command
    from gateprobe.cli.localisation import translate_command  # noqa: PLC0415 - English help stays fast without it

    return translate_command(command)


def _choose_language(arguments: list[str]) -> None:
    """Choose the language of the output by the option, else by the environment; click refuses an unknown language."""
    first, value = [*arguments, "", ""][:2]
    given = (first.partition("=")[2] or value) if _is_language(first) else ""
    language = given if given in LANGUAGES else preferred(os.environ)
    choose(language if available(language) else "en")
    if chosen() != "en":
        from gateprobe.cli.localisation import translate_click  # noqa: PLC0415 - English help stays fast without it

        translate_click()


def _is_language(argument: str) -> bool:
    return argument == "--lang" or argument.startswith("--lang=")


@click.group(cls=Commands, context_settings=_SETTINGS)
@click.option(
    "--lang",
    type=OneOf(list(LANGUAGES)),
    expose_value=False,
    help="The language of the output; can also follow the command.  [default: that of the locale, else en]",
)
@click.version_option(__version__, prog_name="gateprobe")
@click.pass_context
def cli(context: click.Context) -> None:
    """Test image gateways against their documentation and against OpenAI's API.

    To start without an account and without cost: `gateprobe audit` serves four embedded reference gateways on loopback
    and audits them. To audit your own: `gateprobe audit openai` with OPENAI_API_KEY set, or
    `gateprobe audit https://gateway.example/v1` with GATEPROBE_API_KEY set.
    """
    name = str(context.invoked_subcommand)
    command = cli.get_command(context, name)
    if command is not None and not isinstance(command, click.Group):
        check_variables(os.environ, f"GATEPROBE_{name.upper()}", command)
    settings = settings_file.read(Path.cwd())
    if settings.path is not None:
        from gateprobe.cli.commands.config import defaults  # noqa: PLC0415 - what the file may set, the audit command knows

        context.default_map = defaults(settings)


def main() -> NoReturn:
    """Run the command; every exception becomes one sentence and an exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command with arguments; return its exit code. Nothing it prints shows a secret.

    Where a standard stream is closed, a null device replaces it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, _open_null(mode))
    add_environment(os.environ)
    if odd := next((argument for argument in arguments if not _is_text(argument)), None):
        click.echo(f"gateprobe: {printable(odd, 60)} is not UTF-8; options are text", err=True)
        return int(ExitCode.USAGE)
    arguments = _with_language_first(arguments)
    _choose_language(arguments)
    with redirect_stdout(clean_output(sys.stdout)), redirect_stderr(clean_output(sys.stderr)):
        code = _run(arguments)
    try:
        sys.stdout.flush()
    except OSError:
        sys.stdout = _open_null("w")  # so that the interpreter does not flush it again and change the exit code
    return code


def _is_text(argument: str) -> bool:
    """Return whether an argument can be stored and sent; one with bytes that are no UTF-8 cannot."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


def _open_null(mode: str) -> Any:
    return Path(os.devnull).open(mode, encoding="utf-8")


def _run(arguments: list[str]) -> int:
    try:
        code = cli.main(arguments, prog_name="gateprobe", standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as done:
        return int(done.exit_code)
    except click.Abort:
        click.echo("gateprobe: stopped.", err=True)
        return int(ExitCode.INCOMPLETE)
    except click.exceptions.NoArgsIsHelpError as asked:
        asked.show()
        return int(ExitCode.USAGE)
    except click.ClickException as wrong:
        click.echo(f"gateprobe: {sentence(wrong)}", err=True)
        return int(ExitCode.USAGE)
    except Exception as error:  # noqa: BLE001 - every exception becomes one sentence
        return int(_report(error, arguments))
    return code if isinstance(code, int) else 0


def _with_language_first(arguments: list[str]) -> list[str]:
    """Return the arguments with `--lang` before the command, wherever it was given."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for index, argument in enumerate(arguments[:end]):
        if _is_language(argument):
            length = 1 if "=" in argument else 2
            return [*arguments[index : index + length], *arguments[:index], *arguments[index + length :]]
    return arguments


def _report(error: Exception, arguments: list[str]) -> ExitCode:
    """Print why a command did not finish, and return its exit code."""
    match error:
        case GateprobeError():
            click.echo(f"gateprobe: {error}", err=True)
            return error.exit_code
        case OutputClosedError():  # a command that judges did not finish
            return ExitCode.OK if arguments[0] in _LISTING else ExitCode.INCOMPLETE
        case ExceptionGroup() if error.subgroup(OutputClosedError):  # closed during an audit
            return ExitCode.INCOMPLETE
        case OSError() if error.filename is not None or error.errno in _SYSTEM_ERRORS:
            place = printable(str(error.filename), 300) if error.filename is not None else "the output"
            click.echo(f"gateprobe: {place} cannot be used: {error.strerror}", err=True)
            return ExitCode.USAGE
        case _:
            return _report_failure(error)


def _report_failure(error: Exception) -> ExitCode:
    """Print that gateprobe itself failed, and return that exit code; with GATEPROBE_DEBUG, raise the error."""
    if os.environ.get("GATEPROBE_DEBUG"):
        raise error
    click.echo(
        f"gateprobe itself failed: {type(error).__name__}: {error}. Run again with GATEPROBE_DEBUG=1 to see where,"
        " and please report it.",
        err=True,
    )
    return ExitCode.FAILED
