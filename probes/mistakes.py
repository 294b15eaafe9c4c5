"""Mistakes of the caller: each must be refused as one, with a 4xx and no event under 200; all of them free."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import ErrorShape, Evidence, Exchange, MalformedAnswerError, json_text
from gateprobe.message import Message, message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Unobserved,
    honoured,
    ignored,
    malformed,
    nothing_to_judge,
)
from gateprobe.plan.oddities import VALUES
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import Request

from .scenarios.errors import broken_json, missing_field, odd_inputs, streamed_mistake, unknown_path
from .scenarios.images import OUTAGES
from .support.api import ANYTHING, came_before, described, is_api, mistaken_requests
from .support.exchanges import ABSENT, clear
from .support.images import judged_refusal
from .support.mistakes import NOWHERE, mistake_in


@probe("errors.bad_json", needs=broken_json, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def broken_json_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A body that ends in the middle of its JSON is refused as the caller's mistake."""
    return _judged_mistake(evidence.last, message("a body that is not JSON"), "body")


@probe("errors.missing_field", needs=missing_field, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def missing_field_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A request without its prompt (or its input) is refused as the caller's mistake."""
    return _judged_mistake(evidence.last, message("a request without its prompt"), "prompt")


def _judged_mistake(exchange: Exchange, request: Message, option: str) -> Finding:
    if (exchange.status or 0) >= 500:
        return malformed(
            "errors.masked", "{request} was answered with {answer}", request=request, answer=exchange.summary
        ).at(exchange.place)
    return judged_refusal(exchange, request, option=option)


@probe("errors.unknown_path", needs=unknown_path, level="should", accepts=(REFUSAL, Cause.UPSTREAM))
def unknown_path_is_not_found(evidence: Evidence, _claim: Claim) -> Finding:
    """A path that does not exist is answered with 404 and an error object."""
    exchange, error = evidence.last, evidence.last.error
    if exchange.ok:
        return ignored(
            "surface.catch_all",
            "an unknown path was answered with HTTP {status}, {content_type}",
            status=exchange.status,
            content_type=exchange.content_type or message("no content type"),
        ).at(exchange.place)
    if exchange.status != 404:
        return malformed(
            "errors.status_wrong", "an unknown path was answered with {answer}, expected 404", answer=exchange.summary
        ).at(exchange.place)
    if error is None or error.shape is not ErrorShape.OPENAI:
        return malformed(
            "errors.no_envelope", "HTTP 404 without an error object: the body is {form}", form=exchange.form
        ).at(exchange.place)
    return honoured("an unknown path was answered with {answer}", answer=exchange.summary)


@probe(
    "errors.not_in_200",
    needs=Selection("every answer of the API", (), is_api, missing_reason=message("the API answered nothing")),
    accepts=ANYTHING,
)
def no_error_under_200(evidence: Evidence, claim: Claim) -> Finding:
    """No JSON answer of status 2xx is an error in disguise."""
    answers = [
        exchange
        for exchange in evidence.exchanges
        if exchange.ok and not exchange.is_stream and not NOWHERE.matches(exchange.request.path)
    ]
    if not answers:
        lost = next((exchange for exchange in evidence.exchanges if exchange.last.failure), None)
        obstacle = clear(lost, claim) if lost is not None else None
        return obstacle if isinstance(obstacle, Unobserved) else nothing_to_judge("no answer of status 2xx came")
    faulty = [(exchange, problem) for exchange in answers if (problem := disguised(exchange)) is not None]
    if not faulty:
        return honoured("none of {number} answers of status 2xx is an error", number=len(answers))
    exchange, problem = faulty[0]
    return malformed(
        "surface.catch_all" if exchange.content_type == "text/html" else "errors.in_200",
        "{number} of {total} answers of status 2xx are errors; {request}: {problem}",
        number=len(faulty),
        total=len(answers),
        request=described(exchange),
        problem=problem,
    ).at(exchange.place)


def disguised(exchange: Exchange) -> Message | None:
    """Return the error that an answer of status 2xx is; None where it is none."""
    try:
        body = exchange.json()
    except MalformedAnswerError as error:
        return error.message if exchange.content_type == "text/html" else None
    if isinstance(body, dict) and body.get("object") == "response":
        return None  # a failed Response says so under 200, by design
    if exchange.request.method == "GET" and "stream" in dict(exchange.request.query):
        return None  # OpenAI itself answers so where a Response cannot be streamed again (recorded traffic)
    if exchange.error is not None:
        return exchange.summary
    known = {"data", "object", "id", "output", "choices", "models"}
    if isinstance(body, dict) and not known & body.keys() and {"message", "msg", "detail"} & body.keys():
        return message("HTTP {status} with {body}", status=exchange.status, body=json_text(body))
    return None


_HICCUPS: Final = (502, 503, 504)  # statuses of servers on the way
_SEVERAL: Final = 3  # mistakes among which a single such answer shows nothing


@probe("errors.not_masked", needs=mistaken_requests(missing_field), accepts=ANYTHING)
def mistakes_are_not_masked(evidence: Evidence, _claim: Claim) -> Finding:
    """The caller's mistake is never answered with a 5xx, which makes clients repeat it."""
    total = len(evidence.exchanges)
    masked = [exchange for exchange in evidence.exchanges if (exchange.status or 0) >= 500]
    if not masked:
        return honoured("{total} of {total} mistakes were not answered with a 5xx", total=total)
    if len(masked) == 1 and total >= _SEVERAL and masked[0].status in _HICCUPS:
        return nothing_to_judge(
            "1 of {total} mistakes was answered with HTTP {status}, which may be chance",
            total=total,
            status=masked[0].status,
        ).at(masked[0].place)
    return malformed(
        "errors.masked",
        "{number} of {total} mistakes were answered with a 5xx; {request}: {answer}",
        number=len(masked),
        total=total,
        request=described(masked[0]),
        answer=masked[0].summary,
    ).at(masked[0].place)


@probe("errors.not_masked", needs=odd_inputs, level="should", accepts=ANYTHING)
def odd_inputs_are_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Values that no option takes, drawn from the run's seed, are refused with a 4xx: none is drawn or crashes."""
    total = len(evidence.exchanges)
    unrefused = [exchange for exchange in evidence.exchanges if not exchange.is_refusal]
    if not unrefused:
        doubt = next(
            (exchange for exchange in evidence.exchanges if exchange.status in ABSENT or came_before(exchange)), None
        )
        if doubt is not None:
            return nothing_to_judge("{answer}", answer=doubt.summary).at(doubt.place)
        return honoured(
            "{total} of {total} requests with odd values were refused ({origin})",
            total=total,
            origin=evidence.last.request.note,
        )
    decided = [exchange for exchange in unrefused if exchange.ok or (exchange.status or 0) >= 500]
    fewest = (decided or unrefused)[-1]  # the smallest: what follows the first that is not refused is smaller
    values = _odd_values(fewest.request)
    shown = tuple(message("{option} = {value}", option=name, value=json_text(value)) for name, value in values.items())
    option = ", ".join(values)
    if (fewest.status or 0) >= 500:
        return malformed(
            "errors.masked", "a request with {values} was answered with {answer}", values=shown, answer=fewest.summary
        ).at(fewest.place)
    obstacle = clear(fewest, claim)
    if isinstance(obstacle, Unobserved):
        return obstacle
    return ignored(
        "option.invalid_accepted",
        "a request with {values} was accepted: {answer}",
        option=option,
        values=shown,
        answer=fewest.summary,
    ).at(fewest.place)


def _odd_values(request: Request) -> dict[str, Json]:
    """Return the options of a request whose values no option takes."""
    body = request.json if isinstance(request.json, dict) else {}
    return {name: value for name, value in body.items() if value in VALUES.get(name, ())}


_CERTAIN: Final = 2  # requests with an option that all failed, before the option is called the cause
_OTHERS: Final = 3  # requests without it that were answered, on the same path


def _is_post(exchange: Exchange) -> bool:
    request = exchange.request
    answered = is_api(exchange) and request.method == "POST" and exchange.status is not None
    return answered and exchange.status not in OUTAGES and not _odd_values(request)


@probe(
    "errors.not_masked",
    needs=Selection(
        "every request for an answer",
        (),
        _is_post,
        could_match=_is_post,
        missing_reason=message("no request was answered"),
    ),
    level="should",
    accepts=ANYTHING,
)
def no_option_breaks_the_gateway(evidence: Evidence, _claim: Claim) -> Finding:
    """No option turns each request that has it into a 5xx while those without it are answered.

    What a proxy sends in an outage does not count: the judge blames an option for that where it repeats.
    """
    for path in dict.fromkeys(exchange.request.path for exchange in evidence.exchanges):
        exchanges = [exchange for exchange in evidence.exchanges if exchange.request.path == path]
        for option in sorted({field for exchange in exchanges for field in exchange.request.fields}):
            having = [exchange for exchange in exchanges if option in exchange.request.fields]
            answered = [exchange for exchange in exchanges if option not in exchange.request.fields and exchange.ok]
            all_fail = all((exchange.status or 0) >= 500 for exchange in having)
            if all_fail and len(having) >= _CERTAIN and len(answered) >= _OTHERS:
                return malformed(
                    "option.crashes",
                    "POST {path}: {number} of {number} requests with {option} failed, the first with {answer};"
                    " {others} without it were answered",
                    option=option,
                    path=path,
                    number=len(having),
                    answer=having[0].summary,
                    others=len(answered),
                ).at(having[0].place)
    if not any(exchange.ok for exchange in evidence.exchanges):
        return nothing_to_judge("no request was answered with a status of 2xx")
    return honoured(
        "of {number} requests, no option explains those that failed with a 5xx (failed: {failed})",
        number=len(evidence.exchanges),
        failed=sum((exchange.status or 0) >= 500 for exchange in evidence.exchanges),
    )


@probe("errors.stream_refused_before_200", needs=mistaken_requests(streamed_mistake), level="should", accepts=ANYTHING)
def streams_are_refused_by_status(evidence: Evidence, _claim: Claim) -> Finding:
    """A streamed request with a mistake is refused by its status, not by an event under 200."""
    streamed = [exchange for exchange in evidence.exchanges if exchange.request.streams]
    if not streamed:
        return nothing_to_judge("no streamed mistake was answered")
    late = [exchange for exchange in streamed if exchange.ok and exchange.error is not None]
    taken = [exchange for exchange in streamed if exchange.ok and exchange.error is None]
    early = len(streamed) - len(late) - len(taken)
    if late:
        return ignored(
            "errors.in_200",
            "{number} of {total} mistakes were refused under status 200; {request}: {answer}",
            number=len(late),
            total=len(streamed),
            request=described(late[0]),
            answer=late[0].summary,
        ).at(late[0].place)
    if not early:
        mistakes = [mistake_in(exchange.request) for exchange in streamed]
        return ignored(
            "option.invalid_accepted",
            "none of {total} streamed mistakes was refused",
            option=next((mistake.param for mistake in mistakes if mistake and mistake.param), ""),
            total=len(streamed),
        ).at(streamed[0].place)
    if taken:
        return honoured(
            "{number} of {total} streamed mistakes were refused by their status;"
            " {request}: HTTP {status}, {events} events",
            number=early,
            total=len(streamed),
            request=described(taken[0]),
            status=taken[0].status,
            events=len(taken[0].frames),
        )
    return honoured("{number} of {number} streamed mistakes were refused by their status", number=early)
