"""What the probes of the Images endpoints ask of evidence: the answer that counts, its pictures, what it reports."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, at, json_text
from gateprobe.image import Picture
from gateprobe.judge.refusals import refusal, refusal_kind
from gateprobe.message import Message, Value, message, plural
from gateprobe.model import Finding, Json, hidden, honoured, ignored

from .links import examined, links, picture_behind, urls

REFUSING = (400, 409, 413, 415, 422)
"""Statuses that refuse what was asked; 404 and 405 say that nobody is there to ask."""


def posts(evidence: Evidence) -> tuple[Exchange, ...]:
    """Return the requests for pictures, without the links that were fetched."""
    return tuple(exchange for exchange in evidence.exchanges if exchange.request.method == "POST")


def answer(evidence: Evidence) -> Exchange:
    """Return the exchange that counts: the last POST; what follows it are the links that it gave."""
    return evidence.last_post or evidence.last


def wrong_answer(exchange: Exchange, fault_kind: str, template: str, **values: Value) -> MalformedAnswerError:
    """Return the error that an answer is not as promised, with its place."""
    error = MalformedAnswerError(fault_kind, template, **values)
    error.place = exchange.place
    return error


def pictures(evidence: Evidence, of: Exchange | None = None) -> tuple[Picture, ...]:
    """Return the pictures of an answer (the one that counts), embedded or fetched by link.

    Raises:
        MalformedAnswerError: an error came under a 2xx status, one does not decode, or a link gave none.
        UnseenAnswerError: a link was not fetched, or something on the way kept us from it.
    """
    exchange = _without_error(of or answer(evidence))
    return (*exchange.pictures, *(picture_behind(evidence, exchange, url)[1] for url in examined(exchange)))


def number_of_pictures(exchange: Exchange) -> int:
    """Return how many pictures an answer holds or links to; no link needs to be fetched for it.

    Raises:
        MalformedAnswerError: an error came under a 2xx status, or an embedded picture does not decode.
    """
    return len(_without_error(exchange).pictures) + len(urls(exchange))


def _without_error(exchange: Exchange) -> Exchange:
    if exchange.error is None:
        return exchange
    kind = "errors.in_200" if exchange.ok else refusal_kind(exchange)[0]
    raise wrong_answer(exchange, kind, "received an error instead of a picture: {answer}", answer=exchange.summary)


def picture(evidence: Evidence, of: Exchange | None = None) -> Picture:
    """Return the first picture of an answer.

    Raises:
        MalformedAnswerError: there is none, or it does not decode.
    """
    received = pictures(evidence, of)
    if not received:
        exchange = of or answer(evidence)
        raise wrong_answer(exchange, "image.missing", "HTTP {status} without a picture", status=exchange.status)
    return received[0]


def reported(exchange: Exchange, field: str) -> Json:
    """Return what an answer reports of a field (`quality`, `size`, `usage`); None where it is silent.

    Raises:
        MalformedAnswerError: the answer is no JSON object.
    """
    if exchange.is_stream:
        finals = exchange.judged.finals
        return finals[-1].get(field) if finals else None
    body = exchange.json()
    if not isinstance(body, dict):
        raise wrong_answer(exchange, "answer.fields", "the answer is {value}, not an object", value=json_text(body, 40))
    return body.get(field)


def number(usage: Json, *path: str | int) -> int:
    """Follow a path in a usage object to a whole number of 0 or more.

    Raises:
        MalformedAnswerError: it is missing, or something else.
    """
    try:
        value = at(usage, *path)
    except MalformedAnswerError as error:
        raise MalformedAnswerError("usage.missing", "{problem}", problem=error.message) from None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise MalformedAnswerError(
            "usage.missing",
            "`{name}` is {value}, not a whole number of 0 or more",
            name=".".join(map(str, path)),
            value=json_text(value, 40),
        )
    return value


def judged_refusal(exchange: Exchange, asked: Message | str, *, option: str = "") -> Finding:
    """Judge a request that must be refused: `asked` says what for ("n = 0"), `option` is the parameter in question."""
    if exchange.status in REFUSING or (exchange.is_refusal and _names_field(exchange)):
        result: Finding = honoured("{request} was refused: {answer}", request=asked, answer=exchange.summary)
    elif not exchange.ok:
        result = refusal(exchange, "no endpoint takes {request}: {answer}", request=asked)
    elif exchange.error is not None:
        result = hidden(
            "errors.not_in_200",
            "{request} was refused, though not by its status: {answer}",
            request=asked,
            answer=exchange.summary,
        )
    else:
        result = ignored(
            "option.invalid_accepted",
            "{request} was accepted: {answer}",
            option=option,
            request=asked,
            answer=_drawn_instead(exchange),
        )
    return result.at(exchange.place)


def _names_field(exchange: Exchange) -> bool:
    """Return whether a refusal names a field of the request, whatever its status: somebody looked at it."""
    return exchange.error is not None and exchange.error.names_mistake and exchange.error.param != "model"


def _drawn_instead(exchange: Exchange) -> Message:
    by_link: list[str | Message] = [message("by link")] * len(links(exchange))
    try:
        sizes = [picture.size for picture in exchange.pictures] + by_link
    except MalformedAnswerError as error:
        return message("HTTP {status}, {problem}", status=exchange.status, problem=error.message)
    if not sizes:
        return message("HTTP {status} without a picture", status=exchange.status)
    return plural(
        len(sizes),
        "HTTP {status} with 1 picture ({sizes})",
        "HTTP {status} with {number} pictures ({sizes})",
        status=exchange.status,
        sizes=tuple(sizes[:4]),
    )
