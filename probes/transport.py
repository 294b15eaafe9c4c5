"""Transport: headers, encodings, connections, browsers and large bodies, mostly judged on answers to other requests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gateprobe.build import data_url, edits, generations, image_tool, models, responses, user
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.judge.preconditions import redirected
from gateprobe.judge.refusals import refusal
from gateprobe.message import Message, message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Unobserved,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import Auth
from gateprobe.scenario import Steps, scenario

from .scenarios.errors import draws, missing_field
from .scenarios.responses import MAKE_IT_BLUE
from .support import pictures as made
from .support.api import ANYTHING, EVERY_ANSWER, described, is_api
from .support.exchanges import ABSENT, EVERYTHING, clear

REQUEST_IDS: Final = ("x-request-id",)
"""The headers that the official SDKs read as the request's id."""

OTHER_REQUEST_IDS: Final = (
    *("apim-request-id", "request-id", "x-generation-id", "x-ds-trace-id", "x-amzn-requestid", "x-oneapi-request-id"),
    *("x-correlation-id", "x-trace-id", "traceparent", "x-cloud-trace-context", "x-vercel-id", "cf-ray"),
)
"""The names of other vendors (recorded traffic 2025-03 to 2026-09)."""

_FRONT: Final = (404, 405, 413)  # statuses that may come from a web server in front of the API
_JSON: Final = ("application/json", "text/event-stream", "application/problem+json")


@scenario(requests=2)
def plain_and_compressed(gateway: Gateway) -> Steps:
    """Ask for the models list twice: uncompressed, and in gzip."""
    for encoding in ("identity", "gzip"):
        yield models(gateway).with_(headers=(("accept-encoding", encoding),), note=encoding)


@scenario(requests=2)
def after_a_refusal(gateway: Gateway) -> Steps:
    """Send a body that is refused for its key, then a correct request on the same connection."""
    yield (generations if draws(gateway) else responses)(gateway, auth=Auth.BOGUS)
    yield models(gateway)


@scenario()
def large_request(gateway: Gateway, *, seed: int) -> Steps:
    """Send a picture of 20 MB for an edit of a size that is refused, so that nothing is drawn or billed."""
    if draws(gateway):
        yield edits(gateway, MAKE_IT_BLUE, [made.large(seed=seed)], size="512x512")
        return
    asked = user(MAKE_IT_BLUE, {"type": "input_image", "image_url": data_url(made.large(seed=seed))})
    yield responses(gateway, [asked], tools=[image_tool(gateway, size="512x512")])


def _is_answer(exchange: Exchange) -> bool:
    return is_api(exchange) and exchange.status is not None


ANSWERS: Final = Selection(
    "every answer of the API", (missing_field,), _is_answer, missing_reason=message("the API answered nothing")
)


@probe("transport.request_id", needs=ANSWERS, level="should", accepts=ANYTHING)
def request_ids_are_given(evidence: Evidence, claim: Claim) -> Finding:
    """Each answer carries a request id, and no two carry the same."""
    answers = [exchange for exchange in evidence.exchanges if not _is_of_the_front(exchange)]
    names = [str(name) for name in claim.values] or [*REQUEST_IDS]
    ids = [_header(exchange, [*names, *REQUEST_IDS, *OTHER_REQUEST_IDS]) for exchange in answers]
    without = [exchange for exchange, request_id in zip(answers, ids, strict=True) if not request_id]
    if not answers:
        return nothing_to_judge("no answer of the API itself came")
    if without:
        return ignored(
            "transport.request_id",
            "{number} of {total} answers have none of the headers {names}; the first is HTTP {status} to {request}",
            number=len(without),
            total=len(answers),
            names=tuple(names),
            status=without[0].status,
            request=described(without[0]),
        ).at(without[0].place)
    if repeated := next((exchange for index, exchange in enumerate(answers) if ids[index] in ids[:index]), None):
        return malformed(
            "transport.request_id",
            "{total} answers carry {number} different request ids",
            total=len(ids),
            number=len(set(ids)),
        ).at(repeated.place)
    return honoured("{total} of {total} answers carry a request id of their own", total=len(ids))


def _is_of_the_front(exchange: Exchange) -> bool:
    """Return whether an answer may come from a web server in front of the API: a page, or nothing, of a failure."""
    return exchange.status in _FRONT or (not exchange.ok and exchange.content_type not in _JSON)


def _header(exchange: Exchange, names: Iterable[str]) -> str | None:
    return next((value for name in names if (value := exchange.last.header(name))), None)


@probe("transport.rate_limit_headers", needs=ANSWERS, level="info", accepts=ANYTHING, vendor_only=True)
def rate_limits_are_told(evidence: Evidence, claim: Claim) -> Finding:
    """Some answers state how many requests are left, as whole numbers."""
    headers = [
        (name.lower(), value, exchange)
        for exchange in evidence.exchanges
        for name, value in exchange.last.headers
        if name.lower().startswith(("x-ratelimit-", "ratelimit"))
    ]
    if not headers:
        return ignored(
            "transport.limits_unclear", "none of {total} answers states a rate limit", total=len(evidence.exchanges)
        )
    for name, value, exchange in headers:
        if "remaining" in name and not value.strip().isdecimal():
            return malformed(
                "transport.limits_unclear",
                "`{header}` is {value!q}, expected a whole number",
                header=name[:60],
                value=value[:40],
            ).at(exchange.place)
    names = dict.fromkeys(name for name, _, _ in headers)
    missing = tuple(str(name) for name in claim.values if str(name).lower() not in names)
    if missing:
        return ignored("transport.limits_unclear", "no answer has the rate limit headers {names}", names=missing)
    return honoured(
        "rate limits are stated in headers such as {header} (headers: {number})",
        number=len(names),
        header=headers[0][0],
    )


@probe("transport.retry_after", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def throttled_requests_are_told_when(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer 429 states when to try again."""
    throttled = [
        (attempt, exchange)
        for exchange in evidence.exchanges
        for attempt in exchange.attempts
        if attempt.status == 429 and not (exchange.status == 429 and exchange.is_refusal)  # that limits no rates
    ]
    if not throttled:
        return inapplicable("none of {total} answers was a 429", total=len(evidence.exchanges))
    silent = [
        exchange
        for attempt, exchange in throttled
        if not (attempt.header("retry-after") or attempt.header("retry-after-ms"))
    ]
    total = len(throttled)
    if silent:
        return ignored(
            "transport.limits_unclear",
            "{number} of {total} answers 429 state when to try again",
            number=total - len(silent),
            total=total,
        ).at(silent[0].place)
    return honoured("{total} of {total} answers 429 state when to try again", total=total)


@probe("transport.content_encoding", needs=plain_and_compressed, level="should", accepts=(REFUSAL,))
def compressed_answer_is_the_same(evidence: Evidence, _claim: Claim) -> Finding:
    """The models list is the same uncompressed and in gzip, and decodes by the encoding that the answer names."""
    plain, packed = evidence[0], evidence[1]
    if not plain.ok or not packed.ok:
        return nothing_to_judge(
            "no models list came to compare; {answer}", answer=(packed if plain.ok else plain).summary
        )
    encoding = (packed.last.header("content-encoding") or "identity")[:40]
    if not _ids(plain) and not _ids(packed):
        return nothing_to_judge("both lists of models are empty")
    if _ids(plain) != _ids(packed):
        return malformed(
            "transport.encoding", "with Content-Encoding {encoding} another list came", encoding=encoding
        ).at(packed.place)
    return honoured(
        "gzip was offered, {encoding} came: {wire_length:,} bytes travelled for {length:,}",
        encoding=encoding,
        wire_length=packed.last.wire_length,
        length=packed.last.length,
    )


def _ids(exchange: Exchange) -> list[str] | bool:
    """Return what must not differ between two lists; of another body, only that it is JSON."""
    body: Json = exchange.json()
    data = body.get("data") if isinstance(body, dict) else None
    if not exchange.ok or not isinstance(data, list):
        return True
    return sorted(str(entry.get("id")) for entry in data if isinstance(entry, dict))


@probe("transport.connection_after_error", needs=after_a_refusal, level="should", accepts=ANYTHING)
def connection_survives_a_refusal(evidence: Evidence, claim: Claim) -> Finding:
    """A request that follows a refusal at once is answered at its first attempt."""
    first, second = evidence[0], evidence[1]
    if first.status is None or first.ok:
        return nothing_to_judge("nothing was refused; {answer}", answer=first.summary)
    failures = (attempt.failure for attempt in second.attempts if attempt.failure)
    lost = next((failure for failure in failures if failure.cause is Cause.NETWORK), None)
    if lost is not None:
        return malformed(
            "transport.connection_lost",
            "after {answer} the next request failed: {reason}",
            answer=first.summary,
            reason=lost.message,
        ).at(second.place)
    if second.status is None:
        obstacle = clear(second, claim)
        return (
            obstacle
            if isinstance(obstacle, Unobserved)
            else nothing_to_judge("the request after the refusal had no answer")
        )
    return honoured(
        "after {answer} the next request was answered with HTTP {status}", answer=first.summary, status=second.status
    )


@probe("transport.cache_headers", needs=ANSWERS, level="info", accepts=ANYTHING)
def answers_are_not_cached(evidence: Evidence, _claim: Claim) -> Finding:
    """No answer came from a shared cache, and none allows a shared cache to keep it."""
    total = sum(exchange.ok for exchange in evidence.exchanges)
    if not total:
        return nothing_to_judge("no answer of status 2xx came")
    faulty = [
        (exchange, problem)
        for exchange in evidence.exchanges
        if exchange.ok and (problem := _cacheable(exchange)) is not None
    ]
    if faulty:
        exchange, problem = faulty[0]
        return malformed(
            "transport.cacheable",
            "{number} of {total} answers may be cached; {request}: {problem}",
            number=len(faulty),
            total=total,
            request=described(exchange),
            problem=problem,
        ).at(exchange.place)
    return honoured("none of {total} answers came from a shared cache or may be kept by one", total=total)


def _cacheable(exchange: Exchange) -> Message | None:
    """Return how an answer to a request with a key may be shared (RFC 9111, section 3.5); None where it may not."""
    control = (exchange.last.header("cache-control") or "").lower()
    directives = {part.strip().partition("=")[0] for part in control.split(",")}
    if directives & {"public", "s-maxage"} and not directives & {"no-store", "private", "no-cache"}:
        return message("Cache-Control is {value!q}", value=control[:60])
    hit = next((value for name in ("x-cache", "cf-cache-status") if (value := exchange.last.header(name))), "")
    return message("it came from a cache ({value!q})", value=hit[:40]) if hit.lower().startswith("hit") else None


@probe("transport.large_request", needs=large_request, level="should", accepts=EVERYTHING)
def large_request_is_read(evidence: Evidence, claim: Claim) -> Finding:
    """A request of 20 MB reaches the API, which refuses it for its size in pixels and not for its bytes."""
    exchange = evidence.last
    size = len(made.large()) / 1e6
    failure = exchange.last.failure
    if exchange.status is None:
        obstacle = clear(exchange, claim)
        lost_on_the_way = failure is None or (failure.cause is Cause.NETWORK and exchange.last.left)
        if isinstance(obstacle, Unobserved) and not lost_on_the_way:
            return obstacle
        return refused(
            "request.too_large", "a request of {size:.1f} MB: {answer}", size=size, answer=exchange.summary
        ).at(exchange.place)
    if exchange.status in ABSENT:
        return refusal(exchange, "no endpoint takes a request of {size:.1f} MB: {answer}", size=size)
    if redirected(exchange):
        return refusal(exchange)
    if exchange.status == 413 or (exchange.status >= 500 and exchange.status not in (503, 504)):
        return refused(
            "request.too_large",
            "a request of {size:.1f} MB was answered with {answer}",
            size=size,
            answer=exchange.summary,
        ).at(exchange.place)
    if exchange.status in {401, 402, 403, 408, 429, 503, 504}:  # "not now" and "too late" are not "too large"
        obstacle = clear(exchange, claim)
        return obstacle if isinstance(obstacle, Unobserved) else nothing_to_judge("{answer}", answer=exchange.summary)
    return honoured(
        "a request of {size:.1f} MB was read and answered with {answer}", size=size, answer=exchange.summary
    )
