"""What the probes of the Images endpoints ask of evidence: the answer that counts, its pictures, what it reports."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, entries
from gateprobe.image import NotAPicture, Picture, open_picture
from gateprobe.model import Finding, Json, hidden, honoured, ignored, refused

REFUSING = (400, 409, 413, 415, 422)
"""Statuses that say no to what was asked; 404 and 405 say that nobody is there to ask."""


def answer(evidence: Evidence) -> Exchange:
    """Give the exchange that counts: the last POST; what follows it are the links that it gave."""
    posts = [exchange for exchange in evidence.exchanges if exchange.request.method == "POST"]
    return posts[-1] if posts else evidence.last


def links(exchange: Exchange) -> tuple[str, ...]:
    """Give the http links of an ImagesResponse; none where the answer is anything else."""
    if not exchange.ok or exchange.is_stream:
        return ()
    try:
        found = [entry.get("url") for entry in entries(exchange.json())]
    except MalformedAnswerError:
        return ()
    return tuple(link for link in found if isinstance(link, str) and link.startswith(("http://", "https://")))


def pictures(evidence: Evidence, of: Exchange | None = None) -> tuple[Picture, ...]:
    """Give the pictures of an answer (the one that counts), embedded or fetched by link.

    Raises:
        MalformedAnswerError: an error came under a 2xx status, one does not decode, or a link gave none.
    """
    exchange = of or answer(evidence)
    if exchange.error is not None:
        raise MalformedAnswerError(f"instead of a picture an error came: {exchange.summary}")
    if not links(exchange):
        return exchange.pictures
    return tuple(_fetched(evidence, link) for link in links(exchange))


def _fetched(evidence: Evidence, link: str) -> Picture:
    fetched = next((one for one in evidence.exchanges if one.request.path == link), None)
    if fetched is None or not fetched.ok:
        raise MalformedAnswerError(
            f"the link to the picture gives none: {fetched.summary if fetched else 'it was not fetched'}"
        )
    try:
        return open_picture(fetched.body)
    except NotAPicture as error:
        raise MalformedAnswerError(f"the link to the picture gives none: {error}") from None


def picture(evidence: Evidence, of: Exchange | None = None) -> Picture:
    """Give the first picture of an answer.

    Raises:
        MalformedAnswerError: there is none, or it does not decode.
    """
    found = pictures(evidence, of)
    if not found:
        exchange = of or answer(evidence)
        raise MalformedAnswerError(f"HTTP {exchange.status}, but no picture came")
    return found[0]


def reported(exchange: Exchange, field: str) -> Json:
    """Give what an answer reports of a field (`quality`, `size`, `usage`); None where it is silent.

    Raises:
        MalformedAnswerError: the answer is no JSON object.
    """
    if exchange.is_stream:
        finals = exchange.judged.finals
        return finals[-1].get(field) if finals else None
    body = exchange.json()
    if not isinstance(body, dict):
        raise MalformedAnswerError(f"the answer is {type(body).__name__}, not an object")
    return body.get(field)


def number(value: Json, *path: str | int) -> int:
    """Follow a path to a whole number of 0 or more.

    Raises:
        MalformedAnswerError: it is missing, or something else.
    """
    found = at(value, *path)
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise MalformedAnswerError(f"`{'.'.join(map(str, path))}` is {found!r:.40}, not a whole number of 0 or more")
    return found


def counted(number: int, noun: str) -> str:
    """Write a number with its noun: `1 picture`, `2 pictures`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def judged_refusal(exchange: Exchange, asked: str) -> Finding:
    """Judge a request that ought to be refused; `asked` says what for, as in "n = 0"."""
    if exchange.status in REFUSING:
        return honoured(f"{asked} was refused with {exchange.summary}")
    if not exchange.ok:
        return refused(f"nothing here takes {asked}: {exchange.summary}")
    if exchange.error is not None:
        told = f"{asked} was refused, though not by its status: {exchange.summary}"
        return hidden("errors.not_in_200", told)
    return ignored(f"{asked} was accepted: {_came(exchange)}")


def _came(exchange: Exchange) -> str:
    try:
        sizes = [one.size for one in exchange.pictures] + ["by link"] * len(links(exchange))
    except MalformedAnswerError as wrong:
        return f"HTTP {exchange.status}, {wrong}"
    listed = f" ({', '.join(sizes[:4])})" if sizes else ""
    return f"HTTP {exchange.status} with {counted(len(sizes), 'picture')}{listed}"
