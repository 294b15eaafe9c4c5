"""The reference pages of the site: every capability, probe, fault kind, rule, option, setting and exit code.

Each has a permanent address, `reference/PAGE/#NAME`, for disputes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import click

from docs.tools.file_formats import file_formats, sql_views
from docs.tools.markdown import heading, text
from gateprobe.cli import cli
from gateprobe.cli.commands.audit import audit
from gateprobe.errors import ExitCode
from gateprobe.gateway import fault_kinds, find, known
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Stance
from gateprobe.reference import FAULTS
from gateprobe.stream import RULES


def capabilities() -> str:
    """Return the page of capabilities."""
    return "\n".join(_capabilities())


def _capabilities() -> Iterator[str]:
    yield "# Capabilities\n\nWhat a gateway can be asked for. A claim of its documents is about one of these.\n"
    judged: dict[str, list[str]] = {}
    for probe in probes(relay=True):
        judged.setdefault(probe.capability, []).append(f"[{probe.id}](probes.md#{probe.id})")
    gateways = [find(name) for name in known()]
    for name in catalogue(relay=True).ids:
        capability = catalogue(relay=True)[name]
        yield heading(name)
        yield f"{text(capability.statement)}\n"
        yield f"Level {capability.level}, tier {capability.tier}."
        if capability.unobservable:
            yield f"Cannot be observed from outside: {text(capability.unobservable)}"
        offered = [gateway.title for gateway in gateways if gateway.documented(name).stance is Stance.OFFERED]
        yield f"\nOffered in the documents of: {text(', '.join(offered) or 'no documented gateway')}.\n"
        yield f"Probes: {', '.join(judged.get(name, ['none']))}\n"


def all_probes() -> str:
    """Return the page of probes."""
    rows = ["# Probes\n\nA probe judges one capability from what a gateway answered.\n"]
    for probe in probes(relay=True):
        rows += [
            heading(probe.id),
            f"{text(probe.statement)}\n",
            f"Judges [{probe.capability}](capabilities.md#{probe.capability}), level {probe.level},",
            f"since {probe.since}.\n",
        ]
    return "\n".join(rows)


def kinds() -> str:
    """Return the page of fault kinds, with the faults of the embedded references that show each."""
    rows = ["# Fault kinds\n\nWhat can be wrong with a gateway. Each finding of a fault names one of these kinds.\n"]
    for kind in fault_kinds().values():
        rows += [
            heading(kind.id),
            f"**{text(kind.title)}.**\n",
            f"- Harm: {text(kind.harm)}\n- Usual cause: {text(kind.cause)}\n- Usual fix: {text(kind.mend)}",
        ]
        rows += [
            f'- <a id="fault-{name}"></a>`gateprobe serve openai --fault {name}`: {text(FAULTS[name].what)}'
            for name in kind.faults
        ]
        rows += [""]
    return "\n".join(rows)


def rules() -> str:
    """Return the page of stream rules."""
    rows = ["# Stream rules\n\nThe rules by which `gateprobe check` and every audit judge a stream.\n"]
    for rule in RULES.values():
        rows += [
            heading(rule.id),
            f"{text(rule.statement)}\n",
            f"Level {rule.level}, {rule.strictness}. Source: {text(rule.source)}.",
            f"Breaks: {text(', '.join(rule.breaks) or 'no client that was measured')}.\n",
        ]
    return "\n".join(rows)


def commands() -> str:
    """Return the page of commands and their options."""
    rows = ["# Commands and options\n"]
    context = click.Context(cli)
    rows += list(_options("gateprobe", cli))
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            rows += list(_command(name, command))
    return "\n".join(rows)


def _command(name: str, command: click.Command) -> Iterator[str]:
    yield f"## `gateprobe {name}` {{: #{name.replace(' ', '-')} }}\n"
    for paragraph in (command.help or "").replace("\b\n", "").split("\n\n"):
        code = paragraph.startswith("    ") and paragraph.strip() and command.help is not None
        yield f"{paragraph if code and '|' in paragraph else text(' '.join(paragraph.split()))}\n"
    yield from _options(name.replace(" ", "-"), command)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            yield from _command(f"{name} {inner.name}", inner)


def _options(prefix: str, command: click.Command) -> Iterator[str]:
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    if options:
        yield "| option | meaning |\n| --- | --- |"
    for option in options:
        names = ", ".join(f"`{name}`" for name in option.opts)
        yield f'| <a id="{prefix}-{str(option.name).replace("_", "-")}"></a>{names} | {text(option.help or "")} |'
    yield ""


def settings() -> str:
    """Return the page of settings: the options of an audit in a file and as variables."""
    rows = [
        "# Settings\n\nAn option of `gateprobe audit` can be set in `gateprobe.toml`, in `[tool.gateprobe]` of a",
        "`pyproject.toml`, or by a variable. An option overrides the variable, which overrides the file.\n",
        "| in the file | variable | meaning |\n| --- | --- | --- |",
    ]
    for param in audit.params:
        if isinstance(param, click.Option):
            name = max(param.opts, key=len).lstrip("-")
            in_file = "not in a file" if name == "yes" else f"`{name}`"
            variable = f"`GATEPROBE_AUDIT_{str(param.name).upper()}`"
            rows.append(f'| <a id="{name}"></a>{in_file} | {variable} | {text(param.help or "")} |')
    return "\n".join([*rows, ""])


def exit_codes() -> str:
    """Return the page of exit codes."""
    rows = ["# Exit codes\n"]
    rows += [f"## {int(code)} {{: #exit-{int(code)} }}\n\n{text(code.meaning.capitalize())}.\n" for code in ExitCode]
    return "\n".join(rows)


PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "capabilities": capabilities,
    "probes": all_probes,
    "fault-kinds": kinds,
    "stream-rules": rules,
    "commands": commands,
    "settings": settings,
    "exit-codes": exit_codes,
    "file-formats": file_formats,
    "sql-views": sql_views,
}
"""The pages by their names."""
