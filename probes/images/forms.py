"""The form in which a picture comes: base64, a data URI, or a link that can be fetched until it expires."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, UnseenAnswerError, at, entries
from gateprobe.message import message
from gateprobe.model import Cause, Claim, Finding, Seen, honoured, ignored, inapplicable, malformed
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.urls import link_problem

from ..scenarios.images import EXPIRED, HOUR, as_documented, bare_picture, picture_as_base64, picture_as_link
from ..support.exchanges import EVERYTHING, clear
from ..support.images import answer, picture, wrong_answer
from ..support.links import BROKEN, examined, links, picture_behind, urls

LATER: Final = (REFUSAL, Cause.AUTH, Cause.UPSTREAM)
"""Links may be refused, now or later: these probes judge the answer that gave them and each fetch separately."""


@probe("images.generate.default_format", needs=bare_picture)
def default_format_is_documented(evidence: Evidence, claim: Claim) -> Finding:
    """A picture requested without `response_format` comes as base64 or as a link, as documented."""
    exchange, expected = answer(evidence), claim.values or ("b64_json",)
    form = _form(exchange)
    if form in expected:
        return honoured("the picture came as `{form}`", form=form).at(exchange.place)
    finding = ignored(
        "image.delivery_form",
        "the picture came as `{form}`, expected: {expected}",
        form=form,
        expected=tuple(map(str, expected)),
    )
    return finding.at(exchange.place)


_URL_FORMS: Final = {"http": message("an http link"), "data-uri": message("a data URI")}
"""Descriptions of the content of `url`, by the value of a claim."""


def _form(exchange: Exchange) -> str:
    """Return the name of the field that holds the first picture.

    Raises:
        MalformedAnswerError: there is no picture.
    """
    with exchange.placing_errors():
        received = entries(exchange.json())
    for entry in received:
        for field in ("b64_json", "url"):
            if isinstance(entry.get(field), str) and entry[field]:
                return field
    fault_kind = "image.delivery_form" if "response_format" in exchange.request.json else "image.missing"
    raise wrong_answer(
        exchange, fault_kind, "HTTP {status}, but `data` holds neither `b64_json` nor `url`", status=exchange.status
    )


def _other_form(exchange: Exchange, asked: str, form: str) -> Seen:
    return ignored(
        "image.delivery_form", "asked for `{asked}`, the picture came as `{form}`", asked=asked, form=form
    ).at(exchange.place)


@probe(
    "images.generate.response_format_b64",
    needs=picture_as_base64,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_b64"),
)
def base64_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """A picture requested with `response_format: b64_json` comes as base64 without a `data:` prefix."""
    exchange = answer(evidence)
    form = _form(exchange)
    if form != "b64_json":
        return _other_form(exchange, "b64_json", form)
    text = str(at(exchange.json(), "data", 0, "b64_json"))
    drawn = picture(evidence)
    if text.startswith("data:") and "data-uri" not in claim.values:
        return malformed(
            "image.undecodable",
            "`b64_json` begins with {start!q}: decoders of plain base64 fail on it",
            start=text[:22],
        ).at(exchange.place)
    return honoured(
        "received {length:,} characters of base64, a {format} picture of {size}",
        length=len(text),
        format=drawn.format,
        size=drawn.size,
    ).at(exchange.place)


@probe(
    "images.generate.response_format_url",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def address_comes_when_asked_for(evidence: Evidence, claim: Claim) -> Finding:
    """A picture requested with `response_format: url` comes as a URL of the documented kind."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    form = _form(exchange)
    if form != "url":
        return _other_form(exchange, "url", form)
    url = str(at(exchange.json(), "data", 0, "url"))
    kind = "data-uri" if url.startswith("data:") else "http"
    expected = claim.values or ("http",)
    if kind not in expected:
        finding = ignored(
            "image.delivery_form",
            "asked for `url`, received {form}, documented: {expected}",
            form=_URL_FORMS[kind],
            kind=kind,
            expected=tuple(_URL_FORMS.get(str(form), str(form)) for form in expected),
        )
        return finding.at(exchange.place)
    if kind == "data-uri":
        drawn = picture(evidence)
        return honoured("received a data URI, a {format} picture of {size}", format=drawn.format, size=drawn.size).at(
            exchange.place
        )
    if problem := link_problem(url):
        return malformed(BROKEN, "{problem}", problem=problem).at(exchange.place)
    return honoured("received an http link").at(exchange.place)


@probe(
    "images.generate.url_fetchable",
    needs=picture_as_link,
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def link_gives_the_picture(evidence: Evidence, claim: Claim) -> Finding:
    """The link returns the picture without a key, under the content type of its bytes."""
    exchange = clear(evidence[0], claim)
    if isinstance(exchange, Seen):
        return inapplicable("no answer came with a link: {finding}", finding=exchange.message).at(exchange.place)
    if not isinstance(exchange, Exchange):
        return exchange
    if not urls(exchange):
        return inapplicable("no answer came with a link").at(exchange.place)
    return _judged_link(evidence, exchange, urls(exchange)[0])


def _judged_link(evidence: Evidence, given: Exchange, url: str) -> Seen:
    """Judge that a url leads to a picture of the stated content type.

    Raises:
        MalformedAnswerError, UnseenAnswerError: as `picture_behind`.
    """
    fetched, drawn = picture_behind(evidence, given, url)
    values = {"format": drawn.format, "size": drawn.size, "content_type": fetched.content_type}
    if fetched.content_type != f"image/{drawn.format}":
        return malformed(
            "answer.content_type",
            "the link returns a {format} picture of {size} with the content type {content_type!q}",
            **values,
        ).at(fetched.place)
    return honoured(
        "the link returns a {format} picture of {size} with the content type {content_type!q}", **values
    ).at(fetched.place)


def _concerns_links(exchange: Exchange) -> bool:
    return exchange.request.is_link or bool(urls(exchange))


@probe(
    "images.generate.url_fetchable",
    needs=Selection(
        "every answer with a link",
        (bare_picture,),
        _concerns_links,
        optional_reason=message("no answer came with a link"),
    ),
    accepts=EVERYTHING,
)
def link_leads_out(evidence: Evidence, _claim: Claim) -> Finding:
    """Every link leads to a picture that clients can fetch: none is dead, or names a host in the vendor's network."""
    given = [(exchange, url) for exchange in evidence.exchanges for url in examined(exchange)]
    if not given:
        return inapplicable("no answer came with a link")
    unseen: list[UnseenAnswerError] = []
    for exchange, url in given:
        try:
            picture_behind(evidence, exchange, url)
        except UnseenAnswerError as error:
            unseen.append(error)
    if unseen:
        raise unseen[0]
    return honoured("{number} of {number} links lead to a picture", number=len(given))


@probe(
    "images.generate.url_expires",
    needs=picture_as_link,
    level="info",
    values=lambda gateway: as_documented(gateway, "images.generate.response_format_url"),
    accepts=LATER,
)
def link_expires(evidence: Evidence, claim: Claim) -> Finding:
    """The link no longer returns the picture after its documented time."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if not links(exchange):
        return inapplicable("no answer came with a link").at(exchange.place)
    seconds = float(claim.values[0]) if claim.values else HOUR
    later = [fetched for fetched in evidence.exchanges[1:] if fetched.request.note == EXPIRED]
    if not later:
        return inapplicable(
            "the link is documented for {seconds:g} s; a run resumed after that fetches it again", seconds=seconds
        ).at(exchange.place)
    last = later[-1]
    if last.ok:
        finding = ignored(
            "state.not_forgotten",
            "the link still returns {length:,} bytes after its {seconds:g} s",
            length=len(last.body),
            seconds=seconds,
        )
        return finding.at(last.place)
    return honoured(
        "after its {seconds:g} s the link was answered with {answer}", seconds=seconds, answer=last.summary
    ).at(last.place)
