"""`gateprobe relay`: test a gateway of your own from both sides."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from gateprobe.audit.stored.run_file import new_folder
from gateprobe.audit.upstream import KEY, KEY_VARIABLE, PORT, URL_VARIABLE, started, upstream
from gateprobe.cli.ci import tell, writable
from gateprobe.cli.options import BOUNDS, CI, JOBS, MODELS, NEED, SELECTION, TERMS, TIER, VERBOSE, YES, option
from gateprobe.cli.param_types import PATH, Whole
from gateprobe.cli.perform import perform
from gateprobe.cli.summary import summary
from gateprobe.errors import UsageError
from gateprobe.formats.html import INDEX
from gateprobe.gateway import find
from gateprobe.language import localise
from gateprobe.redact import SHORTEST

_JOBS = option("--jobs", type=Whole(1, 64), default=1, show_default=True, help="Scenarios at once.")
"""One after another, so that both sides of each request can be paired with certainty."""

_BOUNDS = (*(bound for bound in BOUNDS if bound is not JOBS), _JOBS)


@click.command(params=[TIER, NEED, *MODELS, *SELECTION, *_BOUNDS, VERBOSE, YES, *TERMS, *CI])
@click.argument("url", metavar="GATEWAY")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND …]")
@click.option("--upstream-port", type=Whole(1, 65535), default=PORT, show_default=True, help="The upstream's port.")
@click.option("--upstream-key", metavar="NAME", help="The environment variable that holds the upstream's key.")
@click.option(
    "--fault",
    "faults",
    multiple=True,
    metavar="NAME",
    help="Give the upstream this fault of docs/faults.md; can be repeated.",
)
@click.option("--chaos", is_flag=True, help="Also test how the gateway handles errors of its upstream.")
@click.option("-o", "--out", "--output", "out", type=PATH, help="The run folder.  [default: reports/<time>]")
def relay(  # noqa: PLR0917 - click passes each option by its name
    url: str,
    command: tuple[str, ...],
    upstream_port: int,
    upstream_key: str | None,
    faults: tuple[str, ...],
    chaos: bool,
    out: Path | None,
    **values: Any,
) -> int:
    """Test a gateway of your own from both sides: as its client and as its upstream.

    GATEWAY is its URL or a gateway file. gateprobe serves OpenAI's API on loopback as the upstream, without an account
    and without cost. Configure the gateway to use it, or give the command that starts the gateway after `--`: it
    receives GATEPROBE_UPSTREAM_URL and GATEPROBE_UPSTREAM_KEY in its environment, and is stopped afterwards.
    """
    folder = (out or new_folder()).absolute()
    writable(values["junit"], values["markdown"], created=folder)
    key = _key(upstream_key)
    gateway = find(url)
    base_url, variable = gateway.base_url, values.get("key_env") or gateway.key.env
    with upstream(port=upstream_port, key=key, faults=faults, delay=values["delay"]) as server:
        shown = f"the value of {upstream_key}" if upstream_key else key
        click.echo(f"upstream: {server.url}  key: {shown}  (the command receives {URL_VARIABLE} and {KEY_VARIABLE})")
        if command:
            click.echo(f"waiting until {command[0]} answers at {base_url}")
        with started(command, server, base_url, os.environ):
            environment = {variable: key, **os.environ}
            finished = perform(folder, (url,), {**values, "chaos": chaos}, environment=environment, upstream=server)
    outputs = {name: values[name] for name in ("annotations", "junit", "markdown")}
    tell(finished.run, os.environ, **outputs)
    click.echo(localise(summary, finished.run, folder / INDEX))
    return int(finished.exit_code)


def _key(variable: str | None) -> str:
    """Return the upstream's key: the value of a variable, or the usual one.

    Raises:
        UsageError: the variable is not set, or its value is too short to be hidden.
    """
    if variable is None:
        return KEY
    key = os.environ.get(variable, "").strip()
    if len(key) < SHORTEST:
        raise UsageError(f"--upstream-key {variable}: the variable is not set, or has fewer than {SHORTEST} characters")
    return key
