"""The page of help: each command with its line, and nothing loaded for it."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from gateprobe.cli import cli


def _help() -> str:
    context = click.Context(cli, max_content_width=400, terminal_width=400)
    return cli.get_help(context)


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_the_line_of_a_command_is_that_of_its_own_help(name: str) -> None:
    """The line that the page of help has for a command is the first sentence of its own."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    lines = " ".join(_help().split())
    assert f" {name} {command.get_short_help_str(400)} " in f"{lines} "


def test_completion_offers_the_commands() -> None:
    """A part of a name is completed to the commands that begin so, with their lines."""
    items = cli.shell_complete(click.Context(cli), "pr")
    assert [item.value for item in items] == ["probes", "prune"]
    assert all(item.help for item in items)


def test_help_loads_no_command() -> None:
    """Neither help nor the version imports what only commands need."""
    script = (
        "import sys; from gateprobe.cli import run; run(['--help']); run(['--version']);"
        " sys.exit(any(name in sys.modules for name in ('numpy', 'jinja2', 'httpx', 'gateprobe.cli.commands.audit')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603 - our own words
