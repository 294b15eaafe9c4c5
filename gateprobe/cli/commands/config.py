"""`gateprobe config`, and the settings file for the other commands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gateprobe.audit import settings_file
from gateprobe.cli.commands.audit import audit
from gateprobe.cli.commands.plan import plan
from gateprobe.cli.param_types import PATH, Number, Whole
from gateprobe.cli.usage_errors import sentence
from gateprobe.errors import UsageError
from gateprobe.gateway.complaint import shown

_SOURCES = {
    ParameterSource.COMMANDLINE: "option",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
    ParameterSource.DEFAULT: "default",
}


def _names() -> dict[str, click.Parameter]:
    """Return the options of an audit by their names in a settings file."""
    parameters: dict[str, click.Parameter] = {}
    for parameter in audit.params:
        longest = max(parameter.opts, key=len) if parameter.opts else str(parameter.name)
        name = "gateway" if isinstance(parameter, click.Argument) else longest.lstrip("-")
        parameters[name] = parameter
    del parameters["yes"]  # a file cannot agree in place of its user
    return parameters


def path_options() -> list[str]:
    """Return the options that name a file or a folder, by their names in a settings file."""
    return sorted(name for name, parameter in _names().items() if parameter.type is PATH)


def defaults(settings: settings_file.FromFile) -> dict[str, Any]:
    """Return the defaults that a settings file sets, by command, as click expects them.

    Raises:
        UsageError: the file has an unknown key, or a value of another type than its option's.
    """
    names = _names()
    values = settings_file.checked(settings, names)
    audited = {
        str(names[name].name): _checked(settings.path, name, names[name], value) for name, value in values.items()
    }
    planned = {parameter.name for parameter in plan.params}
    nightly = {name: value for name, value in audited.items() if name not in ("out", "resume")}
    return {
        "audit": audited,
        "night": nightly,
        "plan": {name: value for name, value in audited.items() if name in planned},
    }


def _checked(path: Path | None, name: str, parameter: click.Parameter, value: Any) -> Any:
    """Return a value of the file in the form of its option; a text becomes a list. The option parses numbers.

    A file may come from a stranger, so it names no file or folder outside its own folder, also behind a link.
    """
    if name in path_options() and isinstance(value, str) and path is not None and not _is_inside(path.parent, value):
        raise UsageError(
            f"{path}: {name} leads out of the folder; a settings file names files inside it only, so use --{name}"
        )
    if parameter.nargs == -1 or parameter.multiple:
        listed = [value] if isinstance(value, str) else value
        if isinstance(listed, list) and all(isinstance(entry, str) for entry in listed):
            return listed
        what = "a list of texts"
    elif isinstance(parameter, click.Option) and parameter.is_flag:
        if isinstance(value, bool):
            return value
        what = "true or false"
    elif isinstance(parameter, click.Option) and parameter.count:
        if type(value) is int and 0 <= value <= 3:
            return value
        what = "a whole number from 0 to 3"
    elif isinstance(value, str) or isinstance(parameter.type, Number | Whole):
        return value
    else:
        what = "a text in quotes"
    raise UsageError(f"{path}: {name} is {shown(value)}; expected {what}")


def _is_inside(folder: Path, value: str) -> bool:
    """Return whether a path is below a folder once links are followed."""
    return not value.startswith("~") and (folder / value).resolve().is_relative_to(folder.resolve())


@click.command()
@click.pass_context
def config(context: click.Context) -> None:
    """Show the settings of an audit in this folder, and the origin of each: environment, file or default."""
    settings = settings_file.read(Path.cwd())
    click.echo(f"file: {settings.path or 'none (gateprobe.toml, or [tool.gateprobe] in pyproject.toml)'}")
    parent = context.parent
    try:
        inner = audit.make_context("audit", [], parent=parent)
    except click.ClickException as error:
        raise UsageError(sentence(error)) from None
    for name, parameter in sorted(_names().items()):
        source = inner.get_parameter_source(str(parameter.name))
        value = inner.params.get(str(parameter.name))
        shown = "not set" if value in (None, (), "") else value
        click.echo(f"{name:<20}{shown!s:<24}{_SOURCES.get(source, 'default') if source else 'default'}")
