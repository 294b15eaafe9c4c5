"""Promises as one HTML page of the report's make: its style, its script, its macros; everything escaped."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gateprobe import __version__
from gateprobe.formats import words
from gateprobe.model import Source
from gateprobe.text import printable
from gateprobe.views.claims.market import Cell, Kind, Market, Row
from gateprobe.views.claims.values import phrase, short

_HERE: Final = Path(__file__).parent
_SAFE: Final = "/~+.-_@:[]"


def render_claims(market: Market) -> str:
    """Draw the page of many gateways' promises; it needs no other file."""
    style = _asset(_HERE / "page.css") + _asset(_HERE / "claims.css")
    script = _asset(_HERE / "page.js")
    gateways = {vendor.gateway.name: vendor.gateway for vendor in market.vendors}

    def language(gateway: str, source: Source) -> str:
        document = gateways[gateway].documents.get(source.document)
        return document.language if document else ""

    return (
        _environment()
        .get_template("claims.html.j2")
        .render(
            market=market,
            headline=_headline(market),
            lead=_lead(market),
            filters=_filters(market),
            language=language,
            version=__version__,
            style=Markup(style),  # noqa: S704 - our own files
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader([_HERE / "templates", _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": words,
        "short": short,
        "said": phrase,
        "count": words.count,
        "flags": _flags,
        "marks": _marks,
        "href": _href,
        "breakable": _breakable,
    }
    return environment


def inert(value: object) -> object:
    """Write text so that no character of it acts; lines stay lines, and markup is our own."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return "\n".join(map(printable, value.split("\n")))
    return value


def _headline(market: Market) -> str:
    return (
        f"{words.count(len(market.vendors), 'gateway')}, {words.count(len(market.rows), 'capability', 'capabilities')}"
    )


def _lead(market: Market) -> str:
    clash, values, unsaid = (market.count(kind) for kind in (Kind.CLASH, Kind.VALUES, Kind.UNSAID))
    contested = sum(len(vendor.contested) for vendor in market.vendors)
    return (
        f"{words.count(clash, 'capability', 'capabilities')} of {len(market.rows)} are offered by one and declined by "
        f"another, {values} more are offered with different values, and {unsaid} are in no document. "
        f"In {words.count(contested, 'case')} the documents about one gateway disagree."
    )


def _filters(market: Market) -> list[tuple[str, str, int]]:
    """Give what a reader can narrow the page to: the class that a row then has, the label, how many rows."""
    labels = (("n", "Gateways differ"), ("d", "Unlike OpenAI"), ("g", "Documents disagree"), ("u", "Stale"))
    found = [(flag, label, sum(flag in _flags(row).split() for row in market.rows)) for flag, label in labels]
    return [*found, ("", "Everything", len(market.rows))]


def _flags(row: Row) -> str:
    holds = {"n": row.differs, "d": row.unlike_openai, "g": row.contested, "u": row.stale}
    return " ".join(flag for flag, hold in holds.items() if hold)


def _marks(cell: Cell) -> Markup:
    """Say in a sign and a word that a cell is contested or stale."""
    contested = '<span class="flag"><i aria-hidden="true">!</i> contested</span>' if cell.claim.contested else ""
    stale = ' <span class="flag old"><i aria-hidden="true">~</i> stale</span>' if cell.stale else ""
    return Markup(contested + stale)  # noqa: S704 - constants


def _href(fragment: str) -> str:
    return "#" + quote(fragment, safe=_SAFE)


def _breakable(name: str) -> Markup:
    """Let a browser break a long capability id after its dots and underscores."""
    safe = str(escape(printable(name)))
    return Markup(safe.replace(".", ".<wbr>").replace("_", "_<wbr>"))  # noqa: S704 - escaped on the line above


@cache
def _asset(path: Path) -> str:
    return path.read_text("utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()
