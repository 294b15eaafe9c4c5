"""Promises as one HTML page of the report's make: its style, its script, its macros; everything escaped."""

from __future__ import annotations

from markupsafe import Markup

from gateprobe.formats import words
from gateprobe.formats.claims import TITLES, phrase
from gateprobe.formats.html.engine import render_template
from gateprobe.model import Source
from gateprobe.views.claims.market import ClaimCell, ClaimKind, ClaimRow, Market


def render_claims(market: Market) -> str:
    """Draw the page of many gateways' promises; it needs no other file."""
    gateways = {vendor.gateway.name: vendor.gateway for vendor in market.vendors}

    def language(gateway: str, source: Source) -> str:
        document = gateways[gateway].documents.get(source.document)
        return document.language if document else ""

    return render_template(
        "claims.html.j2",
        ("claims.css",),
        ("page.js",),
        market=market,
        headline=_headline(market),
        lead=_lead(market),
        shows=_shows(market),
        language=language,
        titles=TITLES,
        phrase=phrase,
        count=words.count,
        flags=_flags,
        marks=_marks,
    )


def _headline(market: Market) -> str:
    return (
        f"{words.count(len(market.vendors), 'gateway')}, {words.count(len(market.rows), 'capability', 'capabilities')}"
    )


def _lead(market: Market) -> str:
    clash, values, unsaid = (market.count(kind) for kind in (ClaimKind.CLASH, ClaimKind.VALUES, ClaimKind.UNSAID))
    contested = sum(len(vendor.contested) for vendor in market.vendors)
    return (
        f"{words.count(clash, 'capability', 'capabilities')} of {len(market.rows)} are offered by one and declined by "
        f"another, {values} more are offered with different values, and {unsaid} are in no document. "
        f"In {words.count(contested, 'case')} the documents about one gateway disagree."
    )


def _shows(market: Market) -> list[tuple[str, str, int]]:
    """Return what a reader can narrow the page to: the class that a row then has, the label, how many rows."""
    labels = (("n", "Gateways differ"), ("d", "Unlike OpenAI"), ("g", "Documents disagree"), ("u", "Stale"))
    shows = [(flag, label, sum(flag in _flags(row).split() for row in market.rows)) for flag, label in labels]
    return [*shows, ("", "Everything", len(market.rows))]


def _flags(row: ClaimRow) -> str:
    holds = {"n": row.differs, "d": row.unlike_openai, "g": row.contested, "u": row.stale}
    return " ".join(flag for flag, hold in holds.items() if hold)


def _marks(cell: ClaimCell) -> Markup:
    """Return in a sign and a word that a cell is contested or stale."""
    contested = '<span class="flag"><i aria-hidden="true">!</i> contested</span>' if cell.claim.contested else ""
    stale = ' <span class="flag old"><i aria-hidden="true">~</i> stale</span>' if cell.stale else ""
    return Markup(contested + stale)  # noqa: S704 - constants
