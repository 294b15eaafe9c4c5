"""Transport: headers, encodings, connections, browsers and large bodies, mostly judged on what came anyway."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Final

from gateprobe.build import edits, generations, image_tool, models, responses, user
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Claim, Finding, Json, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import PARTIAL, REFUSAL, Selection, probe
from gateprobe.request import Auth, Request, Transport
from gateprobe.scenario import Steps, scenario
from gateprobe.text import printable

from .scenarios.errors import draws, missing_field
from .support import pictures as made
from .support.api import ANYTHING, described

ORIGIN: Final = "https://app.example"
"""The page that a browser would call from."""

REQUEST_IDS: Final = ("x-request-id",)
"""What the official SDKs read as the request's id."""

OTHER_REQUEST_IDS: Final = ("apim-request-id", "request-id", "x-generation-id", "x-ds-trace-id", "x-amzn-requestid")
"""What other vendors call it (recorded traffic 2025-03 to 2026-09)."""

_FRONT: Final = (404, 405, 413)  # answers that may come from what stands in front of the API


@scenario(requests=2)
def plain_and_compressed(gateway: Gateway) -> Steps:
    """Ask for the models list twice: uncompressed, and in gzip."""
    for encoding in ("identity", "gzip"):
        yield models(gateway).with_(headers=(("accept-encoding", encoding),), note=encoding)


@scenario(requests=2)
def after_a_refusal(gateway: Gateway) -> Steps:
    """Send a body that is refused for its key, and at once, on the same connection, something that is in order."""
    yield (generations if draws(gateway) else responses)(gateway, auth=Auth.BOGUS)
    yield models(gateway)


@scenario()
def preflight(gateway: Gateway) -> Steps:
    """Ask as a browser does before a page may send a key."""
    surface = gateway.path("generations") if draws(gateway) else gateway.path("responses")
    headers = (
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type"),
    )
    yield Request("OPTIONS", surface or "/responses", auth=Auth.NONE, headers=headers)


@scenario()
def from_a_page(gateway: Gateway) -> Steps:
    """Ask for the models list as a page in a browser does."""
    asked = models(gateway)
    yield asked.with_(headers=(*asked.headers, ("origin", ORIGIN)))


@scenario(tier="deep")
def large_request(gateway: Gateway) -> Steps:
    """Send a picture of 20 MB for an edit of a size that is refused, so that nothing is drawn and nothing paid."""
    if draws(gateway):
        yield edits(gateway, "Make it blue.", [made.large()], size="512x512")
        return
    link = "data:image/png;base64," + base64.b64encode(made.large()).decode()
    asked = user("Make it blue.", {"type": "input_image", "image_url": link})
    yield responses(gateway, [asked], tools=[image_tool(gateway, size="512x512")])


def _of_the_api(exchange: Exchange) -> bool:
    asked = exchange.request
    ordinary = asked.path.startswith("/") and asked.method != "OPTIONS" and asked.transport is Transport.HTTP
    return ordinary and exchange.status is not None


ANSWERS: Final = Selection("every answer of the API", (missing_field,), _of_the_api)


@probe("transport.request_id", needs=ANSWERS, level="should", accepts=ANYTHING)
def request_ids_are_given(evidence: Evidence, claim: Claim) -> Finding:
    """Each answer carries a request id, and no two carry the same."""
    ours = [one for one in evidence.exchanges if one.status not in _FRONT]
    names = [str(name) for name in claim.values] or [*REQUEST_IDS, *OTHER_REQUEST_IDS]
    ids = [(one, _header(one, names)) for one in ours]
    without = [one for one, found in ids if not found]
    if not ours:
        return unobserved(Cause.PREREQUISITE, "no answer of the API itself came")
    if without:
        told = f"{len(without)} of {len(ours)} answers have no {' or '.join(names)}"
        return ignored(f"{told}, the first is HTTP {without[0].status} to {described(without[0])}")
    different = len({found for _, found in ids})
    if different < len(ids):
        return malformed(f"{len(ids)} answers carry {different} different request ids")
    return honoured(f"{len(ids)} of {len(ids)} answers carry a request id of their own")


def _header(exchange: Exchange, names: Iterable[str]) -> str | None:
    return next((found for name in names if (found := exchange.last.header(name))), None)


@probe("transport.rate_limit_headers", needs=ANSWERS, level="info", accepts=ANYTHING)
def rate_limits_are_told(evidence: Evidence, claim: Claim) -> Finding:
    """Some answers tell how many requests are left, as whole numbers."""
    found = [
        (name.lower(), value)
        for one in evidence.exchanges
        for name, value in one.last.headers
        if name.lower().startswith(("x-ratelimit-", "ratelimit"))
    ]
    if not found:
        return ignored(f"none of {len(evidence.exchanges)} answers tells a rate limit")
    wrong = [(name, value) for name, value in found if "remaining" in name and not value.strip().isdecimal()]
    if wrong:
        return malformed(f"`{printable(wrong[0][0], 60)}` is {printable(wrong[0][1], 40)!r}, not a whole number")
    missing = [str(name) for name in claim.values if str(name).lower() not in dict(found)]
    if missing:
        return ignored(f"rate limits are told, but never as {', '.join(missing)}")
    return honoured(f"{len(dict(found))} different headers tell rate limits, such as {printable(found[0][0], 60)}")


EVERY_ANSWER: Final = Selection("every answer", (), lambda _exchange: True)


@probe("transport.retry_after", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def throttled_requests_are_told_when(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer 429 tells when to try again."""
    throttled = [attempt for one in evidence.exchanges for attempt in one.attempts if attempt.status == 429]
    if not throttled:
        return unobserved(Cause.UNOBSERVABLE, f"none of {len(evidence.exchanges)} answers was a 429")
    told = sum(bool(one.header("retry-after") or one.header("retry-after-ms")) for one in throttled)
    sentence = f"{told} of {len(throttled)} answers 429 tell when to try again"
    return honoured(sentence) if told == len(throttled) else ignored(sentence)


@probe("transport.content_encoding", needs=plain_and_compressed, level="should", accepts=(REFUSAL,))
def compressed_answer_is_the_same(evidence: Evidence, _claim: Claim) -> Finding:
    """The models list is the same uncompressed and in gzip, and decodes by the encoding that the answer names."""
    plain, packed = evidence[0], evidence[1]
    named = packed.last.header("content-encoding") or "identity"
    if _ids(plain) != _ids(packed):
        return malformed(f"with Content-Encoding {printable(named, 40)} another list came")
    size = f"{packed.last.wire_length:,} bytes travelled for {packed.last.length:,}"
    return honoured(f"gzip was offered, {printable(named, 40)} came: {size}")


def _ids(exchange: Exchange) -> list[str] | bool:
    """Give what must not differ between two answers; of a refusal, only that it is JSON."""
    body: Json = exchange.json()
    data = body.get("data") if isinstance(body, dict) else None
    if not exchange.ok or not isinstance(data, list):
        return True
    return sorted(str(entry.get("id")) for entry in data if isinstance(entry, dict))


@probe("transport.connection_after_error", needs=after_a_refusal, level="should", accepts=ANYTHING)
def connection_survives_a_refusal(evidence: Evidence, _claim: Claim) -> Finding:
    """A request that follows a refusal at once is answered at its first attempt."""
    first, second = evidence[0], evidence[1]
    lost = next((one.failure for one in second.attempts if one.failure and one.failure.cause is Cause.NETWORK), None)
    if lost is not None:
        return malformed(f"after {first.summary} the next request failed: {lost.reason}")
    if second.status is None:
        return unobserved(Cause.PREREQUISITE, "the request after the refusal had no answer")
    return honoured(f"after {first.summary} the next request was answered with HTTP {second.status}")


@probe("transport.cors_preflight", needs=preflight, level="info", accepts=(REFUSAL, Cause.AUTH))
def preflight_is_answered(evidence: Evidence, _claim: Claim) -> Finding:
    """A browser's preflight, which carries no key, is answered: this page may send a key and JSON."""
    exchange = evidence.last
    if not exchange.ok:
        return refused(f"the preflight is answered with HTTP {exchange.status}")
    if not _may_read(exchange):
        return ignored(f"HTTP {exchange.status} without an Access-Control-Allow-Origin for a page")
    allowed = (exchange.last.header("access-control-allow-headers") or "").lower()
    lacking = [name for name in ("authorization", "content-type") if name not in re.split(r"[\s,]+", allowed)]
    if "*" in allowed:
        lacking = [name for name in lacking if name == "authorization"]  # a star does not cover it (Fetch standard)
    if lacking:
        return ignored(f"the preflight does not allow the header {' and '.join(lacking)}")
    return honoured(f"HTTP {exchange.status}: a page may send authorization and content-type")


@probe("transport.cors_response", needs=from_a_page, level="info", accepts=(REFUSAL,))
def page_may_read_the_answer(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer allows the page that asked to read it."""
    exchange = evidence.last
    if not _may_read(exchange):
        return ignored(f"HTTP {exchange.status} without an Access-Control-Allow-Origin for a page")
    return honoured(f"a page may read the answer: {exchange.last.header('access-control-allow-origin'):.60}")


def _may_read(exchange: Exchange) -> bool:
    return exchange.last.header("access-control-allow-origin") in {"*", ORIGIN}


@probe("transport.cache_headers", needs=ANSWERS, level="info", accepts=ANYTHING)
def answers_are_not_cached(evidence: Evidence, _claim: Claim) -> Finding:
    """No answer came out of a shared cache, and none says that one may keep it."""
    wrong = [(one, said) for one in evidence.exchanges if one.ok and (said := _cacheable(one)) is not None]
    total = sum(one.ok for one in evidence.exchanges)
    if not total:
        return unobserved(Cause.PREREQUISITE, "no answer of status 2xx came")
    if wrong:
        return malformed(f"{len(wrong)} of {total} answers: {described(wrong[0][0])}: {wrong[0][1]}")
    return honoured(f"{total} answers, none kept or offered to a shared cache")


def _cacheable(exchange: Exchange) -> str | None:
    """Say how an answer to a request with a key may be shared (RFC 9111, section 3.5); None where it may not."""
    control = (exchange.last.header("cache-control") or "").lower()
    directives = {part.strip().partition("=")[0] for part in control.split(",")}
    if directives & {"public", "s-maxage"} and not directives & {"no-store", "private", "no-cache"}:
        return f"Cache-Control is {printable(control, 60)!r}"
    hit = next((found for name in ("x-cache", "cf-cache-status") if (found := exchange.last.header(name))), "")
    return f"it came out of a cache ({printable(hit, 40)})" if hit.lower().startswith("hit") else None


@probe("transport.large_request", needs=large_request, level="should", accepts=(REFUSAL, PARTIAL, *Cause))
def large_request_is_read(evidence: Evidence, _claim: Claim) -> Finding:
    """A request of 20 MB reaches the API, which refuses it for its size in pixels and not for its bytes."""
    exchange = evidence.last
    sent = f"a request of {len(made.large()) / 1e6:.1f} MB"
    if exchange.status is None:
        reason = exchange.last.failure.reason if exchange.last.failure else "no answer"
        cause = exchange.last.failure.cause if exchange.last.failure else Cause.NETWORK
        return (
            refused(f"{sent}: {reason}") if cause is Cause.NETWORK and exchange.last.left else unobserved(cause, reason)
        )
    if exchange.status in {404, 405}:
        return refused(f"nothing here takes {sent}: {exchange.summary}")
    if exchange.status == 413 or exchange.status >= 500:
        return refused(f"{sent} was answered with {exchange.summary}")
    if exchange.status in {401, 402, 403, 408, 429}:
        return unobserved(Cause.PREREQUISITE, "{answer}", answer=exchange.summary)
    return honoured(f"{sent} was read and answered with {exchange.summary}")
