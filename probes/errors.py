"""Errors: how every refusal looks that any scenario brought; judged at no cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, json_text
from gateprobe.judge import crashes
from gateprobe.judge.refusals import refusal
from gateprobe.message import Message, message
from gateprobe.model import Cause, Claim, Finding, Place, honoured, inapplicable, malformed
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import Auth
from gateprobe.scenario import Scenario
from gateprobe.stream import AnswerKind
from gateprobe.stream.payload.error_words import is_json_object, words_for_nothing

from .scenarios.errors import blocked_prompt, missing_field
from .scenarios.images import POLICY
from .support.api import ANYTHING, came_before, described, is_api, is_api_refusal, mistaken_requests
from .support.exchanges import ABSENT
from .support.links import links
from .support.mistakes import mistake_in


def _refusals(*required: Scenario) -> Selection:
    return Selection(
        "every refusal of the API", required, is_api_refusal, missing_reason=message("the API refused nothing")
    )


@dataclass(frozen=True, slots=True)
class Faults:
    """Exchanges that break a rule: how many and the first one as words, and the place of the first."""

    details: Message
    place: Place


def _faults(evidence: Evidence, problem_of: Callable[[Exchange], Message | None]) -> Faults | None:
    """Return the exchanges that have a problem; None where none has."""
    faulty = [(exchange, problem) for exchange in evidence.exchanges if (problem := problem_of(exchange)) is not None]
    if not faulty:
        return None
    exchange, problem = faulty[0]
    details = message(
        "{number} of {total}; {request}: {problem}",
        number=len(faulty),
        total=len(evidence.exchanges),
        request=described(exchange),
        problem=problem,
    )
    return Faults(details, exchange.place)


@probe("errors.envelope", needs=_refusals(missing_field), accepts=ANYTHING)
def refusals_carry_the_envelope(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal is JSON with an object `error` that holds message, type, param and code."""
    if faults := _faults(evidence, broken_envelope):
        return malformed(
            "errors.no_envelope", "refusals without a proper error object: {details}", details=faults.details
        ).at(faults.place)
    return honoured("{total} of {total} refusals have a proper error object", total=len(evidence.exchanges))


def broken_envelope(exchange: Exchange) -> Message | None:
    """Return what is wrong with the error object of a refusal (OpenAI specification); None where nothing is."""
    status = exchange.status
    try:
        body = exchange.json()
    except MalformedAnswerError as error:
        return error.message
    fields = body.get("error") if isinstance(body, dict) else None
    if not isinstance(fields, dict):
        return message("HTTP {status} without an object `error`: the body is {form}", status=status, form=exchange.form)
    for key in ("message", "type", "param", "code"):
        if key not in fields:
            return message("HTTP {status}, the error has no `{key}`", status=status, key=key)
        value = fields[key]
        if not isinstance(value, str) and (value is not None or key in {"message", "type"}):
            return message(
                "HTTP {status}, the error's `{key}` is {value}, expected text",
                status=status,
                key=key,
                value=json_text(value, 40),
            )
    for key in ("message", "type"):
        if not fields[key]:
            return message("HTTP {status}, the error's `{key}` is empty", status=status, key=key)
    if is_json_object(fields["message"]):
        return message(
            "HTTP {status}, the error's `message` is another error as JSON text: {text!q}",
            status=status,
            text=fields["message"],
        )
    return None


@probe("errors.envelope", needs=_refusals(missing_field), level="should", accepts=ANYTHING)
def refusals_hold_no_words_for_nothing(evidence: Evidence, _claim: Claim) -> Finding:
    """No field of a refusal is a word for nothing ("None", "null"), and `code` is not the HTTP status as text."""
    if faults := _faults(evidence, word_for_nothing):
        return malformed("errors.no_envelope", "refusals with words for nothing: {details}", details=faults.details).at(
            faults.place
        )
    return honoured("none of {total} refusals holds a word for nothing", total=len(evidence.exchanges))


def word_for_nothing(exchange: Exchange) -> Message | None:
    """Return which fields of a refusal's error hold a word for nothing; None where none does."""
    try:
        body = exchange.json()
    except MalformedAnswerError:
        return None  # a matter of the envelope
    fields = body.get("error") if isinstance(body, dict) else None
    if not isinstance(fields, dict) or is_json_object(fields.get("message")):
        return None
    problem = words_for_nothing(fields)
    if problem is None:
        return None
    return message("HTTP {status}, {problem}", status=exchange.status, problem=problem)


_BY_CODE: Final = {
    "invalid_api_key": (401, 403),
    "rate_limit_exceeded": (429,),
    "insufficient_quota": (402, 429),
    "unknown_parameter": (400, 422),
    "invalid_value": (400, 422),
    "missing_required_parameter": (400, 422),
    "model_not_found": (400, 404, 422),
    "previous_response_not_found": (400, 404, 422),
    "moderation_blocked": (400, 403, 422),
}


_NO_KEY: Final = 401


@probe("errors.status", needs=_refusals(missing_field), level="should", accepts=ANYTHING)
def refusals_have_the_right_status(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal has the status that its reason calls for: 401 for a key, 404 for a path, 400 for a wrong value."""
    if faults := _faults(evidence, wrong_status):
        return malformed(
            "errors.status_wrong", "refusals with an unfitting status: {details}", details=faults.details
        ).at(faults.place)
    return honoured("{total} of {total} refusals have the status of their reason", total=len(evidence.exchanges))


def wrong_status(exchange: Exchange) -> Message | None:
    """Return which statuses fit a refusal where it has another; None where it fits or nothing certain is known."""
    mistake, error = mistake_in(exchange.request), exchange.error
    statuses = _BY_CODE.get(str(error.code)) if error is not None else None
    if exchange.request.auth is Auth.KEY and exchange.status == _NO_KEY:
        return None  # it is our own key that was refused, whatever else is wrong with the request
    if statuses is None and mistake is not None and exchange.status not in ABSENT and not came_before(exchange):
        statuses = mistake.statuses
    if statuses is None or exchange.status in statuses:
        return None
    return message("expected {statuses}, received {answer}", statuses=statuses, answer=exchange.summary)


@probe("errors.content_type", needs=_refusals(missing_field), level="should", accepts=ANYTHING)
def refusals_are_sent_as_json(evidence: Evidence, _claim: Claim) -> Finding:
    """Each refusal is sent under a JSON content type."""
    if faults := _faults(evidence, _not_json):
        return malformed(
            "answer.content_type", "refusals under another content type than JSON: {details}", details=faults.details
        ).at(faults.place)
    return honoured("{total} of {total} refusals are sent as JSON", total=len(evidence.exchanges))


def _not_json(exchange: Exchange) -> Message | None:
    content_type = exchange.content_type
    if content_type == "application/json" or content_type.endswith("+json"):
        return None
    if content_type == "text/plain" and exchange.status == _NO_KEY and exchange.body[:1] == b"{":
        return None  # OpenAI itself sends some refusals of a key so (recorded traffic 2026-08)
    if not content_type:
        return message("HTTP {status} without a content type", status=exchange.status)
    return message("HTTP {status} with {content_type}", status=exchange.status, content_type=content_type[:60])


@probe("errors.param_named", needs=mistaken_requests(missing_field), level="should", accepts=ANYTHING)
def refusals_name_the_parameter(evidence: Evidence, _claim: Claim) -> Finding:
    """A refusal of a wrong size, an unknown model or a missing prompt names that parameter."""
    judged = [
        exchange
        for exchange in evidence.exchanges
        if is_api_refusal(exchange)
        and exchange.status not in {401, *ABSENT}
        and not came_before(exchange)
        and _param(exchange)
    ]
    if not judged:
        return inapplicable("no refusal came whose reason is certainly a single parameter")
    faulty = [exchange for exchange in judged if (_named(exchange) or "").rpartition(".")[2] != _param(exchange)]
    if not faulty:
        return honoured("{total} of {total} refusals name the parameter", total=len(judged))
    return malformed(
        "errors.reason_missing",
        "{number} of {total} refusals do not name the parameter; {request}: `param` is {param}",
        number=len(faulty),
        total=len(judged),
        request=described(faulty[0]),
        param=json_text(_named(faulty[0]), 60),
    ).at(faulty[0].place)


def _param(exchange: Exchange) -> str | None:
    mistake = mistake_in(exchange.request)
    return mistake.param if mistake else None


def _named(exchange: Exchange) -> str | None:
    return exchange.error.param if exchange.error else None


_POLICY_WORDS: Final = re.compile(r"moderation|safety|policy|content_filter", re.IGNORECASE)


@probe("errors.policy", needs=blocked_prompt, level="should", accepts=(REFUSAL, Cause.POLICY))
def block_says_that_it_is_one(evidence: Evidence, claim: Claim) -> Finding:
    """A prompt that the safety system blocks is refused with a code or a sentence that says so.

    Tested in the deep tier only: a vendor may count blocked prompts against the account that sends them.
    """
    exchange, error = evidence.last, evidence.last.error
    if error is None and not exchange.pictures and not _has_words(exchange):
        return malformed(
            "answer.status_wrong",
            "HTTP {status} with neither a picture nor a reason for its absence",
            status=exchange.status,
        ).at(exchange.place)
    if error is None:
        return inapplicable("the prompt {prompt!q} was not blocked", prompt=POLICY)
    if exchange.status in ABSENT:
        return refusal(exchange)
    code = json_text(error.code, 40)
    if error.code in claim.values or _POLICY_WORDS.search(f"{error.code} {error.type} {error.message}"):
        return honoured("the refusal names the block: {answer}, code {code}", answer=exchange.summary, code=code)
    return malformed(
        "errors.reason_missing",
        "the refusal does not name the block: {answer}, code {code}",
        answer=exchange.summary,
        code=code,
    ).at(exchange.place)


def _has_words(exchange: Exchange) -> bool:
    """Return whether an answer without a picture holds text, or a link, in its place."""
    return bool(exchange.text.strip()) if exchange.kind is AnswerKind.RESPONSES else bool(links(exchange))


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that an error must not disclose, and the pattern that finds it; a secret's text is never shown."""

    kind: Message
    pattern: str
    secret: bool = False


LEAKS: Final = (
    Leak(
        message("a stack trace"),
        r"Traceback \(most recent call last\)|^[ \t]{1,40}at [\w.$]{1,200}\("
        r"|File \"[^\"]{1,400}\", line \d+|goroutine \d+",
    ),
    Leak(message("a key"), r"\bsk-[A-Za-z0-9_-]{20,}|\bBearer [A-Za-z0-9._-]{20,}", secret=True),
    Leak(message("an exception of its program"), crashes.NAMES),
    Leak(
        message("an inner address"),
        r"\b(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}:\d{2,5}\b|\bdial tcp\b",
    ),
    Leak(
        message("an upstream's name"),
        r"(?i)\b(?:litellm|(?:new|one)[_-]api_error|sub2api|openrouter\.ai)\b|\w{1,40}AIException",
    ),
    Leak(message("a file of the server"), r"/(?:usr|home|app|opt|root|var)/[\w./-]{1,200}\.(?:py|js|ts|go|rb|java)\b"),
)


def _is_error(exchange: Exchange) -> bool:
    return is_api(exchange) and ((exchange.status or 0) >= 400 or (exchange.ok and exchange.error is not None))


@probe(
    "errors.no_leak",
    needs=Selection("every error of the API", (missing_field,), _is_error, missing_reason=message("no error came")),
    level="should",
    accepts=ANYTHING,
)
def errors_leak_nothing(evidence: Evidence, _claim: Claim) -> Finding:
    """No error discloses a stack trace, a key, an inner address, a file of the server or an upstream's name."""
    if faults := _faults(evidence, leak):
        return malformed("errors.leak", "errors that disclose internals: {details}", details=faults.details).at(
            faults.place
        )
    return honoured("{total} of {total} errors disclose no internals", total=len(evidence.exchanges))


def leak(exchange: Exchange) -> Message | None:
    """Return what an error discloses that it must not; None where it discloses nothing."""
    text = exchange.body[:20_000].decode("utf-8", "replace")
    for known in LEAKS:
        if match := re.search(known.pattern, text, re.MULTILINE):
            if known.secret:
                return message("{kind} (masked here)", kind=known.kind)
            return message("{kind} ({text!q})", kind=known.kind, text=match.group()[:60])
    return None
