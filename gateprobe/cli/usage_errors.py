"""Format a usage error as one sentence: the value, its place, and the expected value."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click
from click.core import ParameterSource

from gateprobe.audit import settings_file
from gateprobe.cli.param_types import BadValue
from gateprobe.errors import UsageError
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable


def sentence(error: click.ClickException) -> str:
    """Return one line: the value that cannot be used, and the expected one."""
    context = getattr(error, "ctx", None)
    help_ = f"`{context.command_path} --help` shows its usage" if context is not None else ""
    match error:
        case BadValue():
            return f"{_where(error, error.value)}expected {error.message}"
        case click.NoSuchOption():
            known = [name for param in context.command.params for name in param.opts] if context is not None else ()
            hint = did_you_mean(error.option_name, known, help_)
            return f"there is no option {printable(error.option_name, 60)}; {hint}"
        case click.MissingParameter() | click.BadOptionUsage():
            return _ended(error, help_)
        case click.BadParameter(param=click.Option(is_flag=True)):
            return f"{_where(error, '')}expected true or false"
        case click.UsageError() if type(error) is click.UsageError:
            return _ended(error, help_)
        case _:
            return _ended(error, "")


def check_variables(names: Iterable[str], prefix: str, command: click.Command) -> None:
    """Refuse a variable that resembles a setting of a command and is not one: a misspelt limit would limit nothing.

    Raises:
        UsageError: the command has no option for it.
    """
    known = {f"{prefix}_{str(param.name).upper()}" for param in command.params if isinstance(param, click.Option)}
    for name in sorted(names):
        if name.startswith(f"{prefix}_") and name not in known:
            hint = did_you_mean(name, known, f"`gateprobe {command.name} --help` lists the options", most=1)
            raise UsageError(f"the environment variable {printable(name, 60)} is not a setting; {hint}")


def _ended(error: click.ClickException, help_: str) -> str:
    text = " ".join(error.format_message().split())
    return f"{text.rstrip('.')}; {help_}" if help_ and "`" not in text and not text.endswith("?") else text


def _where(error: click.BadParameter, value: str) -> str:
    """Return the place of a value: the option, the variable or the settings file."""
    param, context = error.param, error.ctx
    if param is None or context is None:
        return f"{value}: "
    option = max(param.opts, key=len)
    match context.get_parameter_source(str(param.name)):
        case ParameterSource.ENVIRONMENT:
            return f"{context.auto_envvar_prefix}_{str(param.name).upper()}{'=' if value else ''}{value}: "
        case ParameterSource.DEFAULT_MAP:
            return f"{settings_file.read(Path.cwd()).path}: {option.lstrip('-')} is {value}; "
        case _:
            return f"{value}: " if isinstance(param, click.Argument) else f"{option} {value}: "
