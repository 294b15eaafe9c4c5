"""`gateprobe claims` and `gateprobe claims diff`: compare the promises of gateways. Sends nothing."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from gateprobe.cli.output import echo_json, writing
from gateprobe.cli.param_types import Whole
from gateprobe.errors import UsageError
from gateprobe.formats.claims import difference_lines, table
from gateprobe.gateway import Gateway, as_of, find, known
from gateprobe.language import localise
from gateprobe.message import sentence
from gateprobe.redact.outgoing import write_text
from gateprobe.views.claims.difference import differences
from gateprobe.views.claims.market import Market, compare

STALE_AFTER = 180
"""The default age in days from which a promise is stale."""


class Promises(click.Group):
    """A group whose first argument may be a gateway: it then runs the default subcommand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Prepend the default subcommand where none is named."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group(cls=Promises)
def claims() -> None:
    """Compare the promises of gateways. Sends nothing.

    `gateprobe claims [GATEWAY …]` shows the promises of the named gateways, or of all documented ones; `gateprobe
    claims diff A B` shows the differences between two vendors, or between two dates of one vendor.
    """


@claims.command()
@click.argument("gateways", nargs=-1, metavar="[GATEWAY …]")
@click.option("--all", "every", is_flag=True, help="Also list capabilities without a difference.")
@click.option("--html", "page", type=click.Path(path_type=Path, dir_okay=False), help="Also write an HTML page.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
@click.option(
    "--stale-after",
    type=Whole(1, 36500),
    default=STALE_AFTER,
    show_default=True,
    metavar="DAYS",
    help="Mark older promises as stale.",
)
@click.option("--today", metavar="DATE", help="Count ages from this day, such as 2026-11-21.  [default: today]")
def show(
    gateways: tuple[str, ...], *, every: bool, page: Path | None, as_json: bool, stale_after: int, today: str | None
) -> None:
    """Show the promises of gateways: names, TOML files, or all documented ones."""
    names = gateways or known()
    market = compare([_gateway(name) for name in names], _day(today), stale_after)
    if as_json:
        echo_json(plain(market))
    else:
        width = shutil.get_terminal_size((100, 24)).columns
        for line in localise(lambda: list(table(market, width, every=every))):
            click.echo(line)
    if page is not None:
        _write(page, market)
        click.echo("\n" + localise(lambda: sentence("Page: {path}", path=str(page))), err=as_json)


@claims.command()
@click.argument("left", metavar="A")
@click.argument("right", metavar="B")
def diff(left: str, right: str) -> None:
    """Show the differences between the promises of A and B.

    Each is a gateway, or a gateway with its documents of a date: `laozhang@2026-05`.
    """
    changed = differences(_gateway(left), _gateway(right))
    for line in localise(lambda: list(difference_lines(left, right, changed))):
        click.echo(line)


def _gateway(wanted: str) -> Gateway:
    """Find a gateway, at a date after an `@`."""
    name, at, dated = wanted.rpartition("@")
    if not at or "/" in dated:  # an @ inside an address precedes no date
        return find(wanted)
    if not re.fullmatch(r"\d{4}(-\d{2}(-\d{2})?)?", dated, re.ASCII):
        raise UsageError(f'"{dated}" in "{wanted}" is not a date; expected a date such as 2026-05-08, 2026-05 or 2026')
    return as_of(find(name), dated)


def _day(given: str | None) -> date:
    if given is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise UsageError(f'--today is "{given}"; expected a date such as 2026-11-21') from None


def _write(page: Path, market: Market) -> None:
    from gateprobe.formats.html.claims import render_claims  # noqa: PLC0415 - only a page needs the template engine

    with writing(page):
        write_text(page, render_claims(market))


def plain(market: Market) -> dict[str, Any]:
    """Return a market as JSON: by capability, the claims of each gateway that mentions it, with its sentences."""
    return {
        "today": market.today.isoformat(),
        "stale_after_days": market.stale_after,
        "gateways": [vendor.gateway.name for vendor in market.vendors],
        "capabilities": {
            row.capability.id: {
                "kind": row.kind,
                "claims": {cell.gateway: _claim(cell.claim) | {"stale": cell.stale} for cell in row.speaking},
            }
            for row in market.rows
        },
    }


def _claim(claim: Any) -> dict[str, Any]:
    return {
        "stance": str(claim.stance),
        "values": list(claim.values),
        "manner": claim.manner,
        "models": list(claim.models),
        "otherwise": claim.otherwise,
        "sources": [
            {
                "title": source.title,
                "date": source.date,
                "url": source.url,
                "quote": source.quote,
                "english": source.english,
                "truncated": source.truncated,
            }
            for source in claim.sources
        ],
        "contested": [_claim(contested) for contested in claim.contested],
    }
