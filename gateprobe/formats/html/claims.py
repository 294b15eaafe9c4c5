"""Promises as one HTML page of the report's make: its style, its script, its macros; everything escaped."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from gateprobe.formats.claims import TITLES, phrase
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.engine import render_template
from gateprobe.formats.words import count
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.model import Source
from gateprobe.views.claims.market import ClaimCell, ClaimKind, ClaimRow, Market


@bilingual
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
        count=count,
        flags=_flags,
        marks=_marks,
    )


SHOWS: Final = {"n": "Gateways differ", "d": "Unlike OpenAI", "g": "Documents disagree", "u": "Stale"}
"""What a reader can narrow the page to, by the class that a row then has."""


def _headline(market: Market) -> str:
    gateways = count(len(market.vendors), "gateway")
    return sentence(
        "{gateways}, {capabilities}",
        gateways=gateways,
        capabilities=count(len(market.rows), "capability", "capabilities"),
    )


def _lead(market: Market) -> str:
    clash, values, unsaid = (market.count(kind) for kind in (ClaimKind.CLASH, ClaimKind.VALUES, ClaimKind.UNSAID))
    contested = sum(len(vendor.contested) for vendor in market.vendors)
    return sentence(
        "{clash} of {all} are offered by one and declined by another, {values} more are offered with different values,"
        " and {unsaid} are in no document. In {cases} the documents about one gateway disagree.",
        clash=count(clash, "capability", "capabilities"),
        all=len(market.rows),
        values=values,
        unsaid=unsaid,
        cases=count(contested, "case"),
    )


def _shows(market: Market) -> list[tuple[str, str, int]]:
    """Return what a reader can narrow the page to: the class that a row then has, the label, how many rows."""
    shows = [(flag, label, sum(flag in _flags(row).split() for row in market.rows)) for flag, label in SHOWS.items()]
    return [*shows, ("", "Everything", len(market.rows))]


def _flags(row: ClaimRow) -> str:
    holds = {"n": row.differs, "d": row.unlike_openai, "g": row.contested, "u": row.stale}
    return " ".join(flag for flag, hold in holds.items() if hold)


def _marks(cell: ClaimCell) -> Markup:
    """Return in a sign and a word that a cell is contested or stale."""
    contested = Markup('<span class="flag"><i aria-hidden="true">!</i> {}</span>').format(translated("contested"))
    stale = Markup(' <span class="flag old"><i aria-hidden="true">~</i> {}</span>').format(translated("stale"))
    return (contested if cell.claim.contested else Markup()) + (stale if cell.stale else Markup())
