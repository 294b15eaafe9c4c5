"""Run an audit for a command: print its maximum cost and its progress, and write its report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gateprobe.audit.engine import audit
from gateprobe.audit.events import Event, Finished, Listener, Noticed, Started
from gateprobe.audit.gateways.consent import OPTIONS, Consent
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.relay import as_relay
from gateprobe.audit.request import read_request
from gateprobe.audit.upstream import Upstream
from gateprobe.cli.progress import progress
from gateprobe.formats.html import write_html
from gateprobe.formats.words import count
from gateprobe.language import localise
from gateprobe.library import probes
from gateprobe.message import sentence
from gateprobe.plan.planning import Item, cost_of, repeated, scenario_runs_of
from gateprobe.text import printable


def perform(
    folder: Path,
    gateways: Sequence[str],
    values: dict[str, Any],
    *,
    resume: bool = False,
    environment: Mapping[str, str] = os.environ,
    upstream: Upstream | None = None,
    adapt: Callable[[Target], Target] | None = None,
) -> Finished:
    """Audit gateways into a folder, with option values, and write the report there.

    With an `upstream`, the only gateway is tested as a relay, from both sides. `adapt` changes the targets that the
    options describe.

    Raises:
        UsageError: the options cannot be used together or with this gateway.
        UsageError: a probe module cannot be loaded.
    """
    probes()
    request = read_request(gateways, values | {"consent": given_consent()}, environment)
    if upstream is not None:
        request = as_relay(request, chaos=bool(values.get("chaos")))
    if adapt is not None:
        request = replace(request, targets=tuple(map(adapt, request.targets)))
    with _listener(values) as listener:
        finished = audit(
            request.targets,
            request.settings,
            folder,
            select=request.select or None,  # with none, a resumed run keeps its own
            resume=resume,
            listener=listener,
            environment=os.environ,
            upstream=upstream,
        )
    write_html(finished.run)
    return finished


@contextmanager
def _listener(values: Mapping[str, Any]) -> Iterator[Listener]:
    """Show an audit while the block runs, unless it should be quiet."""
    if values.get("quiet"):
        yield lambda _: None
        return
    with progress(verbose=bool(values.get("verbose"))) as show:
        yield _announcing(show)


def given_consent() -> Consent:
    """Return what the command line names (no settings file does), and how to ask for the rest."""
    context = click.get_current_context()

    def is_given(name: str) -> bool:
        source = context.get_parameter_source(name)
        return source in (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT) and bool(context.params.get(name))

    chosen = context.get_parameter_source("gateways") is not ParameterSource.DEFAULT_MAP
    return Consent(frozenset(filter(is_given, OPTIONS)), is_given("yes"), _ask, chosen)


def _ask(sentence: str) -> bool:
    """Ask a person; without a terminal, nobody agrees."""
    return sys.stdin.isatty() and sys.stdout.isatty() and click.confirm(f"{sentence}. Agree?")


def _announcing(show: Listener) -> Listener:
    """Return a listener that prints the gateways and the maximum cost before the first request."""

    def listen(event: Event) -> None:
        if isinstance(event, Started):
            localise(_announce, event)
        if isinstance(event, Noticed):
            for notice in event.notices:
                click.echo(printable(notice, 400))
        show(event)

    return listen


def _announce(started: Started) -> None:
    budget = started.settings.budget
    by_gateway: dict[str, list[Item]] = {}
    for item in started.items:
        if not item.gateway.embedded:
            by_gateway.setdefault(item.gateway.name, []).append(item)
    gateways = [items[0].gateway for items in by_gateway.values()]
    if started.settings.relay:
        click.echo(
            sentence(
                "testing {title} at {address}, at no cost: gateprobe is its upstream, too",
                title=gateways[0].title,
                address=gateways[0].base_url,
            )
        )
        return
    for variable, address in dict.fromkeys((gateway.key.env, gateway.base_url) for gateway in gateways):
        if os.environ.get(variable):
            click.echo(sentence("{key} is sent to {address}", key=variable, address=address))
        else:
            click.echo(
                sentence(
                    "Warning: {key} is not set: requests to {address} carry a made-up key",
                    key=variable,
                    address=address,
                )
            )
    for items in by_gateway.values():
        gateway = items[0].gateway
        cost = cost_of(gateway, repeated(scenario_runs_of(items), started.settings.repeat))
        price = sentence("{usd:.2f} USD", usd=cost.price.usd)
        price = price if cost.price.documented else sentence("about {price}", price=price)
        price += sentence(" before the budget") if budget.bounds_pictures else ""
        click.echo(
            sentence(
                "asking {title} at {address}: up to {pictures}, {price}",
                title=gateway.title,
                address=gateway.base_url,
                pictures=count(cost.images, "picture"),
                price=price,
            )
        )
