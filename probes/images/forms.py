"""The form in which a picture comes: base64, a data URI, or a link that can be fetched until it expires."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import urlsplit

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, entries
from gateprobe.image import NotAPicture, open_picture
from gateprobe.judge.refusals import refusal
from gateprobe.model import Cause, Claim, Finding, honoured, ignored, malformed, unobserved
from gateprobe.probe import REFUSAL, Selection, probe

from ..scenarios.images import HOUR, as_documented, bare_picture, picture_as_base64, picture_as_link
from ..support.images import answer, links, picture

LATER: Final = (REFUSAL, Cause.AUTH, Cause.UPSTREAM)
"""Links may be refused, now or later: these probes look at the answer that gave them, and at each fetch, by itself."""


@probe("images.generate.default_format", needs=bare_picture)
def default_format_is_documented(evidence: Evidence, claim: Claim) -> Finding:
    """Without `response_format` the picture comes as base64 or as an address, as documented."""
    expected = claim.values or ("b64_json",)
    came = _form(answer(evidence))
    if came in expected:
        return honoured(f"the picture came as `{came}`")
    return ignored(f"the picture came as `{came}`, expected was `{' or '.join(expected)}`")


def _form(exchange: Exchange) -> str:
    """Name the field that the first picture came in.

    Raises:
        MalformedAnswerError: there is no picture.
    """
    for entry in entries(exchange.json()):
        for field in ("b64_json", "url"):
            if isinstance(entry.get(field), str) and entry[field]:
                return field
    raise MalformedAnswerError(f"HTTP {exchange.status}, but `data` holds neither `b64_json` nor `url`")


@probe(
    "images.generate.response_format_b64",
    needs=picture_as_base64,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_b64"),
)
def base64_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """With `response_format: b64_json` the picture comes as base64 without a `data:` prefix."""
    if _form(answer(evidence)) != "b64_json":
        return ignored("asked for `b64_json`, the picture came as `url`")
    text = str(at(answer(evidence).json(), "data", 0, "b64_json"))
    shown = picture(evidence)
    if text.startswith("data:") and "data-uri" not in claim.values:
        return malformed(f"`b64_json` begins with {text[:22]!r}: decoders of plain base64 fail on it")
    return honoured(f"{len(text):,} characters of base64 came, a {shown.format} picture of {shown.size}")


@probe(
    "images.generate.response_format_url",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def address_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """With `response_format: url` the picture comes as an address of the documented kind."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    if _form(evidence[0]) != "url":
        return ignored("asked for `url`, the picture came as `b64_json`")
    address = str(at(evidence[0].json(), "data", 0, "url"))
    kind = "data-uri" if address.startswith("data:") else "http"
    expected = claim.values or ("http",)
    if kind not in expected:
        return ignored(f"asked for `url`, an address of kind {kind} came; documented is {' or '.join(expected)}")
    if kind == "data-uri":
        shown = picture(evidence)
        return honoured(f"a data URI came, a {shown.format} picture of {shown.size}")
    if not links(evidence[0]):
        return malformed(f"`url` is {address[:60]!r}, which no client can fetch")
    return honoured("an http link came")


@probe(
    "images.generate.url_fetchable",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def link_gives_the_picture(evidence: Evidence, _claim: Claim) -> Finding:
    """The link gives the picture without a key, under the content type of its bytes."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    if not links(evidence[0]):
        return ignored("asked for `url`, no http link came")
    fetched = evidence[1]
    if not fetched.ok:
        return malformed(f"the link answers {fetched.summary}")
    try:
        shown = open_picture(fetched.body)
    except NotAPicture as error:
        return malformed(f"the link gives no picture: {error}")
    if fetched.content_type != f"image/{shown.format}":
        return malformed(f"the link gives a {shown.format} picture under the content type {fetched.content_type!r:.60}")
    return honoured(f"the link gave a {shown.format} picture of {shown.size} as {fetched.content_type}")


def _has_link(exchange: Exchange) -> bool:
    return exchange.request.of_images and bool(links(exchange))


def _inside(link: str) -> bool:
    """Say whether a link's host can be reached from inside a vendor's own network only."""
    host = urlsplit(link).hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return ("." not in host and host != "localhost") or host.endswith((".local", ".internal", ".lan", ".svc"))
    return address.is_private and not address.is_loopback


@probe(
    "images.generate.url_fetchable",
    needs=Selection("every answer with a link", (bare_picture,), _has_link),
    accepts=LATER,
)
def link_leads_out(evidence: Evidence, _claim: Claim) -> Finding:
    """The link names a host that clients can reach, and none of the vendor's own network."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    given = [link for exchange in evidence.exchanges for link in links(exchange)]
    if not given:
        return ignored("no http link came")
    inside = [link for link in given if _inside(link)]
    if inside:
        return malformed(f"the link {inside[0][:80]!r} names a host of the vendor's own network, out of clients' reach")
    return honoured(f"{len(given)} of {len(given)} links name a host that clients can reach")


def _stopped(exchange: Exchange) -> Finding:
    """Judge an answer that cannot be judged further: refused, or in the gateway's own trouble."""
    if exchange.status is not None and exchange.status >= 500:
        return unobserved(Cause.UPSTREAM, "{answer}", answer=exchange.summary)
    if exchange.status in (401, 403):
        return unobserved(Cause.AUTH, "{answer}", answer=exchange.summary)
    return refusal(exchange)


@probe(
    "images.generate.url_expires",
    needs=picture_as_link,
    level="info",
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def link_expires(evidence: Evidence, claim: Claim) -> Finding:
    """The link no longer gives the picture once its documented time is over."""
    if not evidence[0].ok:
        return _stopped(evidence[0])
    if not links(evidence[0]):
        return ignored("asked for `url`, no http link came")
    seconds = float(claim.values[0]) if claim.values else HOUR
    later = [one for one in evidence.exchanges[1:] if one.request.note.startswith("the link after")]
    if not later:
        return unobserved(
            Cause.UNOBSERVABLE, f"the link is documented for {seconds:g} s; a run resumed after that fetches it again"
        )
    if later[-1].ok:
        return ignored(f"the link still gives {len(later[-1].body):,} bytes after its {seconds:g} s")
    return honoured(f"the link answers {later[-1].summary} after its {seconds:g} s")
