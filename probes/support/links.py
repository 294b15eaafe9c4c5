"""Links in answers of the Images API: which there are, where each leads, and the picture behind it."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, UnseenAnswerError, entries
from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.judge.preconditions import link_obstacle, not_fetched
from gateprobe.urls import is_http, link_problem, redirected

HOPS: Final = 5
"""How many redirects of a link are followed; browsers follow 20, download libraries 5 to 30."""

BROKEN: Final = "image.link_broken"


def urls(exchange: Exchange) -> tuple[str, ...]:
    """Return what stands for pictures in `data[].url` of an ImagesResponse; without those that hold the picture."""
    if not exchange.ok or exchange.is_stream or not exchange.request.of_images:
        return ()
    try:
        received = entries(exchange.json())
    except MalformedAnswerError:
        return ()
    given = (entry.get("url") for entry in received if entry.get("b64_json") is None)
    return tuple(url for url in given if isinstance(url, str) and url and not url.startswith("data:"))


def links(exchange: Exchange) -> tuple[str, ...]:
    """Return the http links of an ImagesResponse; none where the answer is anything else."""
    return tuple(url for url in urls(exchange) if is_http(url))


def examined(exchange: Exchange) -> tuple[str, ...]:
    """Return the urls that count: as many as pictures were asked for, and one more."""
    return urls(exchange)[: max(exchange.request.images, 1) + 1]


def to_fetch(exchange: Exchange) -> tuple[str, ...]:
    """Return the links of an answer that are fetched, each once."""
    return tuple(dict.fromkeys(url for url in examined(exchange) if link_problem(url) is None))


def redirect_of(fetched: Exchange) -> str:
    """Return the http(s) address that an answer redirects to; empty where it does not."""
    if not 300 <= (fetched.status or 0) < 400:
        return ""
    target = redirected(fetched.request.path, fetched.last.header("location") or "")
    return target if link_problem(target) is None else ""


def followed(evidence: Evidence, link: str) -> Exchange | None:
    """Return the last exchange behind a link, after its redirects; None where it was not fetched."""
    fetched = {exchange.request.path: exchange for exchange in reversed(evidence.exchanges) if exchange.request.is_link}
    exchange, seen = fetched.get(link), {link}
    while exchange is not None:
        target = redirect_of(exchange)
        if target in seen or target not in fetched:
            return exchange
        seen.add(target)
        exchange = fetched[target]
    return None


def picture_behind(evidence: Evidence, given: Exchange, url: str) -> tuple[Exchange, Picture]:
    """Return the picture behind a url that an answer gave, and the exchange that brought it.

    Raises:
        MalformedAnswerError: the url is no link that a client can fetch, or no picture is behind it.
        UnseenAnswerError: it was not fetched, or something on the way kept us from it.
    """
    if problem := link_problem(url):
        with given.placing_errors():
            raise MalformedAnswerError(BROKEN, "{problem}", problem=problem)
    exchange = followed(evidence, url)
    if exchange is None:
        raise UnseenAnswerError(not_fetched(evidence), given.place)
    if (obstacle := link_obstacle(exchange)) is not None:
        raise UnseenAnswerError(obstacle, exchange.place)
    with exchange.placing_errors():
        return exchange, _picture(exchange)


def _picture(fetched: Exchange) -> Picture:
    if fetched.last.defect is not None:
        raise MalformedAnswerError(fetched.last.defect.fault_kind, "{problem}", problem=fetched.last.defect.message)
    if 300 <= (fetched.status or 0) < 400:
        location = fetched.last.header("location") or ""
        if redirect_of(fetched):
            raise MalformedAnswerError(BROKEN, "the link leads to redirects without an end, to {link!q}", link=location)
        raise MalformedAnswerError(
            BROKEN, "the link redirects to {link!q}, which is not an http(s) address", link=location
        )
    if not fetched.ok:
        raise MalformedAnswerError(BROKEN, "the link to the picture gives none: {answer}", answer=fetched.summary)
    if fetched.content_type == "text/html":
        raise MalformedAnswerError(
            BROKEN, "the link to the picture gives a web page (HTTP {status})", status=fetched.status
        )
    try:
        return open_picture(fetched.body)
    except NotAPicture as error:
        raise MalformedAnswerError(
            BROKEN, "the link to the picture gives none: {problem}", problem=str(error)
        ) from None
