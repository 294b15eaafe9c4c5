"""Errors: every refusal that any scenario brought, and a few that are asked for here; all of them free."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import orjson

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.judge.refusals import refusal
from gateprobe.model import Cause, Claim, Finding, Seen, honoured, ignored, malformed, unobserved
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import FormBody, Request, Transport
from gateprobe.scenario import Scenario
from gateprobe.stream import Kind
from gateprobe.text import printable

from .scenarios.errors import (
    ODD,
    blocked_prompt,
    broken_json,
    missing_field,
    odd_inputs,
    streamed_mistake,
    unknown_path,
)
from .scenarios.images import POLICY
from .support.images import judged_refusal, links
from .support.mistakes import NOWHERE, mistake_in

ANYTHING: Final = (REFUSAL, *Cause)
"""These probes judge how a gateway says no: no refusal and no trouble is kept from them."""

_ABSENT: Final = (404, 405)  # the gateway has no such endpoint, which says nothing of the mistake
_BEFORE: Final = (402, 403, 408, 429)  # said no before it looked at the mistake


def _of_the_api(exchange: Exchange) -> bool:
    """Say whether an exchange is an ordinary request to the API: no link, no preflight, no WebSocket."""
    asked: Request = exchange.request
    return asked.path.startswith("/") and asked.method != "OPTIONS" and asked.transport is Transport.HTTP


def _is_no(exchange: Exchange) -> bool:
    """Say whether the API said no; a 413 comes from whatever stands in front of it."""
    status = exchange.status or 0
    return _of_the_api(exchange) and 400 <= status < 500 and status != 413


def _is_mistaken(exchange: Exchange) -> bool:
    return _of_the_api(exchange) and exchange.status is not None and mistake_in(exchange.request) is not None


def _refusals(*least: Scenario) -> Selection:
    return Selection("every refusal of the API", least, _is_no)


def _mistakes(*least: Scenario) -> Selection:
    return Selection("every request with a mistake in it", least, _is_mistaken)


def where(exchange: Exchange) -> str:
    """Name an exchange in a sentence: its method and path, and what was wrong with it."""
    mistake = mistake_in(exchange.request)
    return f"{exchange.request.method} {exchange.request.path}" + (f" with {mistake.what}" if mistake else "")


def _all(evidence: Evidence, wrong: Callable[[Exchange], str | None], good: str, bad: str) -> Seen:
    """Judge every exchange by what is wrong with it; the first that is not right gives the sentence."""
    total = len(evidence.exchanges)
    found = [(exchange, said) for exchange in evidence.exchanges if (said := wrong(exchange)) is not None]
    if not found:
        return honoured(f"{total} of {total} {good}")
    exchange, said = found[0]
    return malformed(f"{len(found)} of {total} {bad}: {where(exchange)}: {said}")


@probe("errors.envelope", needs=_refusals(missing_field), accepts=ANYTHING)
def refusals_carry_the_envelope(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal is JSON with an object `error` that holds message, type, param and code."""
    return _all(evidence, broken_envelope, "refusals carry the envelope", "refusals lack it")


def broken_envelope(exchange: Exchange) -> str | None:
    """Say what is wrong with the error object of a refusal (OpenAI specification); None where nothing is."""
    try:
        body = exchange.json()
    except MalformedAnswerError as wrong:
        return str(wrong)
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        shape = exchange.error.shape if exchange.error else "no error"
        return f"HTTP {exchange.status} without an object `error` ({shape})"
    for key in ("message", "type", "param", "code"):
        if key not in error:
            return f"HTTP {exchange.status}, the error has no `{key}`"
        value = error[key]
        if not isinstance(value, str) and (value is not None or key in {"message", "type"}):
            return f"HTTP {exchange.status}, the error's `{key}` is {value!r:.40}, not text"
    if not error["message"]:
        return f"HTTP {exchange.status}, the error's `message` is empty"
    if not error["type"]:
        return f"HTTP {exchange.status}, the error's `type` is empty"
    if _is_json(error["message"]):
        return f"HTTP {exchange.status}, the error's `message` is another error as JSON text: {error['message']!r:.80}"
    return None


def _is_json(text: str) -> bool:
    """Say whether a sentence is no sentence but an object written as JSON."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


_BY_CODE: Final = {
    "invalid_api_key": (401,),
    "rate_limit_exceeded": (429,),
    "insufficient_quota": (402, 429),
    "unknown_parameter": (400, 422),
    "invalid_value": (400, 422),
    "missing_required_parameter": (400, 422),
    "model_not_found": (400, 404),
    "previous_response_not_found": (400, 404),
    "moderation_blocked": (400, 403),
}


@probe("errors.status", needs=_refusals(missing_field), level="should", accepts=ANYTHING)
def refusals_have_the_right_status(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal has the status that its reason calls for: 401 for a key, 404 for a path, 400 for a wrong value."""
    return _all(evidence, _wrong_status, "refusals have the status of their reason", "have another")


def _wrong_status(exchange: Exchange) -> str | None:
    mistake, said = mistake_in(exchange.request), exchange.error
    fits = _BY_CODE.get(str(said.code)) if said is not None else None
    if fits is None and mistake is not None and exchange.status not in {*_ABSENT, *_BEFORE}:
        fits = mistake.statuses
    if fits is None or exchange.status in fits:
        return None
    return f"expected {' or '.join(map(str, fits))}, received {exchange.summary}"


@probe("errors.content_type", needs=_refusals(missing_field), level="should", accepts=ANYTHING)
def refusals_are_sent_as_json(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal is sent under a JSON content type."""
    return _all(evidence, _not_json, "refusals are sent as JSON", "are not")


def _not_json(exchange: Exchange) -> str | None:
    kind = exchange.content_type
    if kind == "application/json" or kind.endswith("+json"):
        return None
    return f"HTTP {exchange.status} is sent as {printable(kind, 60) or 'nothing named'}"


@probe("errors.param_named", needs=_mistakes(missing_field), level="should", accepts=ANYTHING)
def refusals_name_the_parameter(evidence: Evidence, _claim: Claim) -> Finding:
    """A refusal of a wrong size, an unknown model or a missing prompt names that parameter."""
    looked = [one for one in evidence.exchanges if _is_no(one) and one.status not in {401, *_ABSENT, *_BEFORE}]
    certain = [one for one in looked if _param(one)]
    if not certain:
        return unobserved(Cause.UNOBSERVABLE, "no refusal came that a single parameter is certainly the reason of")
    unnamed = [(one, one.error.param if one.error else None) for one in certain]
    wrong = [(one, named) for one, named in unnamed if (named or "").rpartition(".")[2] != _param(one)]
    if not wrong:
        return honoured(f"{len(certain)} of {len(certain)} refusals name the parameter")
    exchange, named = wrong[0]
    return malformed(f"{len(wrong)} of {len(certain)} do not: {where(exchange)}: `param` is {named!r:.60}")


def _param(exchange: Exchange) -> str | None:
    mistake = mistake_in(exchange.request)
    return mistake.param if mistake else None


@probe("errors.bad_json", needs=broken_json, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def broken_json_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A body that ends in the middle of its JSON is refused as the caller's mistake."""
    return _judged_mistake(evidence.last, "a body that is not JSON")


@probe("errors.missing_field", needs=missing_field, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def missing_field_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A request without its prompt (or its input) is refused as the caller's mistake."""
    return _judged_mistake(evidence.last, "a request without its prompt")


def _judged_mistake(exchange: Exchange, what: str) -> Finding:
    if (exchange.status or 0) >= 500:
        return malformed(f"{what} was answered as the gateway's own fault: {exchange.summary}")
    return judged_refusal(exchange, what)


@probe("errors.unknown_path", needs=unknown_path, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def unknown_path_is_not_found(evidence: Evidence, _claim: Claim) -> Finding:
    """A path that does not exist answers 404 with an error object."""
    exchange = evidence.last
    if exchange.ok:
        return ignored(f"a path that does not exist was answered with HTTP {exchange.status}, {exchange.content_type}")
    if exchange.status != 404:
        return malformed(f"a path that does not exist was answered with {exchange.summary}, expected 404")
    shape = exchange.error.shape if exchange.error else "nothing"
    if shape != "openai":
        return malformed(f"HTTP 404 came without an error object ({shape})")
    return honoured(f"a path that does not exist was answered with {exchange.summary}")


@probe("errors.not_in_200", needs=Selection("every answer of the API", (), _of_the_api), accepts=ANYTHING)
def no_error_under_200(evidence: Evidence, _claim: Claim) -> Finding:
    """No JSON answer of status 2xx is an error in disguise."""
    answers = [one for one in evidence.exchanges if one.ok and not one.is_stream and one.request.path != NOWHERE]
    if not answers:
        lost = next((one.last.failure for one in evidence.exchanges if one.last.failure), None)
        none = unobserved(Cause.PREREQUISITE, "no answer of status 2xx came")
        return unobserved(lost.cause, lost.reason) if lost else none
    wrong = [(one, said) for one in answers if (said := _disguised(one)) is not None]
    if not wrong:
        return honoured(f"{len(answers)} answers of status 2xx, none of them an error")
    exchange, said = wrong[0]
    return malformed(f"{len(wrong)} of {len(answers)} answers of status 2xx are errors: {where(exchange)}: {said}")


def _disguised(exchange: Exchange) -> str | None:
    try:
        body = exchange.json()
    except MalformedAnswerError as wrong:
        return str(wrong) if exchange.content_type == "text/html" else None
    if isinstance(body, dict) and body.get("object") == "response":
        return None  # a failed Response says so under 200, by design
    if exchange.request.method == "GET" and "stream" in dict(exchange.request.query):
        return None  # OpenAI itself answers so where a Response cannot be streamed again (recorded traffic)
    if exchange.error is not None:
        return str(exchange.summary)
    known = {"data", "object", "id", "output", "choices", "models"}
    if isinstance(body, dict) and not known & body.keys() and {"message", "msg", "detail"} & body.keys():
        return f"HTTP {exchange.status} with {printable(str(body), 80)!r}"
    return None


@probe("errors.not_masked", needs=_mistakes(missing_field), accepts=ANYTHING)
def mistakes_are_not_masked(evidence: Evidence, _claim: Claim) -> Finding:
    """The caller's mistake is never answered with a 5xx, which makes clients send it again."""
    return _all(evidence, _masked, "mistakes were not turned into a 5xx", "mistakes were")


def _masked(exchange: Exchange) -> str | None:
    return str(exchange.summary) if (exchange.status or 0) >= 500 else None


@probe("errors.not_masked", needs=odd_inputs, level="should", accepts=ANYTHING)
def odd_inputs_are_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """Values that no option takes, several in one request, are refused with a 4xx: none is drawn, none is a crash."""
    wrong = [one for one in evidence.exchanges if not one.is_refusal]
    if not wrong:
        doubt = next((one for one in evidence.exchanges if one.status in (401, *_ABSENT, *_BEFORE)), None)
        if doubt is not None:
            return unobserved(Cause.PREREQUISITE, "{answer}", answer=doubt.summary)
        return honoured(f"{len(evidence.exchanges)} of {len(evidence.exchanges)} requests with odd values were refused")
    fewest = wrong[-1]  # what did not matter was left out of the requests that followed the first
    asked = f"a request with {fewest.request.note.removeprefix(ODD)}"
    if fewest.status is None:
        return unobserved(Cause.NETWORK, f"{asked}: {fewest.summary}")
    if fewest.status >= 500:
        return malformed(f"{asked} was answered with {fewest.summary}")
    return ignored(f"{asked} was accepted: {fewest.summary}")


_CERTAIN: Final = 2  # requests with an option that all failed, before it is called the option's doing
_OTHERS: Final = 3  # requests without it that were answered, on the same path


def _posts(exchange: Exchange) -> bool:
    return _is_sent(exchange) and not exchange.request.note.startswith(ODD)


def _is_sent(exchange: Exchange) -> bool:
    return _of_the_api(exchange) and exchange.request.method == "POST" and exchange.status is not None


@probe(
    "errors.not_masked",
    needs=Selection("every request for an answer", (), _posts, could_match=_posts),
    level="should",
    accepts=ANYTHING,
)
def no_option_breaks_the_gateway(evidence: Evidence, _claim: Claim) -> Finding:
    """No option turns each request that has it into a 5xx while those without it are answered."""
    for path in dict.fromkeys(one.request.path for one in evidence.exchanges):
        here = [one for one in evidence.exchanges if one.request.path == path]
        for option in sorted({name for one in here for name in _options(one.request)}):
            having = [one for one in here if option in _options(one.request)]
            others = [one for one in here if option not in _options(one.request) and one.ok]
            if len(having) >= _CERTAIN and len(others) >= _OTHERS and all((one.status or 0) >= 500 for one in having):
                told = (
                    f"{len(having)} of {len(having)} requests with {printable(option, 40)} failed, {having[0].summary}"
                )
                return malformed(f"POST {path}: {told}; {len(others)} without it were answered")
    return honoured(f"{len(evidence.exchanges)} requests, no option that all 5xx have in common")


def _options(request: Request) -> frozenset[str]:
    """Name the fields of a request's JSON body or form."""
    if isinstance(request.body, FormBody):
        return frozenset(part.name for part in request.body.parts)
    body = request.json
    return frozenset(body) if isinstance(body, dict) else frozenset()


@probe("errors.stream_refused_before_200", needs=_mistakes(streamed_mistake), level="should", accepts=ANYTHING)
def streams_are_refused_by_status(evidence: Evidence, _claim: Claim) -> Finding:
    """A streamed request with a mistake is refused by its status, not by an event under 200."""
    streamed = [one for one in evidence.exchanges if one.request.streams]
    late = [one for one in streamed if one.ok and one.error is not None]
    if late:
        told = f"{len(late)} of {len(streamed)} mistakes were told under 200"
        return ignored(f"{told}: {where(late[0])}: {late[0].summary}")
    early = sum(not one.ok for one in streamed)
    if not early:
        return ignored(f"none of {len(streamed)} streamed mistakes was refused")
    return honoured(f"{early} of {len(streamed)} streamed mistakes were refused by their status")


_POLICY_WORDS: Final = re.compile(r"moderation|safety|policy|content_filter", re.IGNORECASE)


@probe("errors.policy", needs=blocked_prompt, level="should", accepts=(REFUSAL, Cause.POLICY))
def block_says_that_it_is_one(evidence: Evidence, claim: Claim) -> Finding:
    """A prompt that the safety system blocks is refused with a code or a sentence that says so.

    Asked in the deep tier only: a vendor may count blocked prompts against the account that sends them.
    """
    exchange, said = evidence.last, evidence.last.error
    if said is None and not exchange.pictures and not _says_something(exchange):
        return malformed(f"neither a picture came nor a word of why: HTTP {exchange.status}, as if all had gone well")
    if said is None:
        return unobserved(Cause.UNOBSERVABLE, f"{POLICY!r} was not blocked, so no block was to be seen")
    if exchange.status in _ABSENT:
        return refusal(exchange)
    if said.code in claim.values or _POLICY_WORDS.search(f"{said.code} {said.type} {said.message}"):
        return honoured(f"the block says so: {exchange.summary}, code {said.code!r:.40}")
    return malformed(f"the block does not say that it is one: {exchange.summary}, code {said.code!r:.40}")


def _says_something(exchange: Exchange) -> bool:
    """Say whether an answer without a picture holds words, or a link, in its place."""
    return bool(exchange.text.strip()) if exchange.kind is Kind.RESPONSES else bool(links(exchange))


LEAKS: Final = {
    "a stack trace": r"Traceback \(most recent call last\)|^\s+at [\w.$]+\(|File \"[^\"]+\", line \d+|goroutine \d+",
    "a key": r"\bsk-[A-Za-z0-9_-]{20,}|\bBearer [A-Za-z0-9._-]{20,}",
    "an exception of its program": r"\b(?:Key|Type|Attribute|Value|Index|Name|NullPointer)(?:Error|Exception)\b",
    "an inner address": r"\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}:\d{2,5}\b|\bdial tcp\b",
    "an upstream's name": r"(?i)\b(?:litellm|(?:new|one)[_-]api_error|sub2api|openrouter\.ai)\b|\w+AIException",
    "a file of the server": r"/(?:usr|home|app|opt|root|var)/[\w./-]+\.(?:py|js|ts|go|rb|java)\b",
}
"""What an error has no business telling, and how it is found."""


def _is_error(exchange: Exchange) -> bool:
    return _of_the_api(exchange) and ((exchange.status or 0) >= 400 or (exchange.ok and exchange.error is not None))


@probe(
    "errors.no_leak",
    needs=Selection("every error of the API", (missing_field,), _is_error),
    level="should",
    accepts=ANYTHING,
)
def errors_leak_nothing(evidence: Evidence, _claim: Claim) -> Finding:
    """No error tells a stack trace, a key, an inner address, a file of the server or an upstream's name."""
    return _all(evidence, leak, "errors tell nothing that is not the caller's business", "errors tell too much")


def leak(exchange: Exchange) -> str | None:
    """Say what an error tells that it should not; None where it keeps to itself."""
    text = exchange.body[:20_000].decode("utf-8", "replace")
    for what, pattern in LEAKS.items():
        if found := re.search(pattern, text, re.MULTILINE):
            shown = "masked here" if what == "a key" else repr(printable(found.group(), 60))
            return f"{what} ({shown})"
    return None
