"""What many probes ask of an exchange: the tool that was sent, the picture that came, whether text was answered."""

from __future__ import annotations

import re
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, json_text
from gateprobe.image import Picture
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.refusals import refusal, refused_as
from gateprobe.message import Message, message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Level,
    Seen,
    hidden,
    honoured,
    ignored,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import PARTIAL, REFUSAL
from gateprobe.request import Transport, image_tool_in
from gateprobe.stream import AnswerKind, fault_kind_of, judge_body, judge_body_bytes

from .recolouring import judge_recolouring, new_colour

ABSENT: Final = (404, 405)
"""Statuses of an endpoint that does not exist, which say nothing about a mistake in the request."""

EVERYTHING: Final = (REFUSAL, PARTIAL, *Cause)
"""In `accepts`, for a probe about one exchange out of several: what stopped another one must not stop this one.

Such a probe takes its exchange through `clear`, `asking` or `step`, which ask the judge's own rules about it.
"""

_QUOTED: Final = 80  # characters of an answer that a sentence quotes
SNAPSHOT: Final = re.compile(r"-\d{4}-?\d{2}-?\d{2}")
_NOTHING: Final[frozenset[str]] = frozenset()


def buys(exchange: Exchange) -> bool:
    """Return whether a request asks for a picture."""
    return exchange.request.images > 0


def clear(exchange: Exchange, claim: Claim) -> Exchange | Finding:
    """Return an exchange that can answer a probe's question, or the judge's finding that says why it cannot."""
    obstacle = obstacle_of(exchange, claim, _NOTHING)
    if obstacle is not None:
        return obstacle.at(exchange.place)
    return exchange if exchange.ok else refusal(exchange)  # a WebSocket that was not opened


def step(evidence: Evidence, note: str, claim: Claim, *, refused_with: str = "") -> Exchange | Finding:
    """Return the exchange with a note, or the judge's finding about it; about the last one where it never came.

    `refused_with` is the fault kind where that exchange was refused for no more exact reason.
    """
    exchange = evidence.noted(note)
    if exchange is not None:
        result = clear(exchange, claim)
        return result if isinstance(result, Exchange) else refused_as(result, refused_with)
    last = clear(evidence.last, claim)
    if isinstance(last, Exchange):
        return nothing_to_judge("{scenario} ended before its step {step!q}", scenario=evidence.scenario, step=note)
    return last


def asking(evidence: Evidence, claim: Claim, option: str, value: Json) -> Exchange | Finding:
    """Return the exchange whose image tool asked for an option, or the judge's finding about the last that did.

    A WebSocket that did not open says nothing about what would have been asked over it.
    """
    result: Exchange | Finding = nothing_to_judge(
        "no picture with {option} {value} was requested", option=option, value=str(value)
    )
    for exchange in evidence.exchanges:
        is_closed = exchange.request.transport is Transport.WEBSOCKET and exchange.status != 101
        if image_tool_in(exchange.request.json).get(option) == value and not is_closed:
            result = clear(exchange, claim)
            if isinstance(result, Exchange):
                return result
    return result


def turned_from(first: Exchange, second: Exchange, *, fault_kind: str = "edit.input_ignored") -> Finding:
    """Judge that the shape that the first exchange drew came back in the other colour in the second.

    `fault_kind` is the kind where the second does not show the first picture, or shows none.
    """
    before, after = drawn(first), drawn(second, fault_kind=fault_kind)
    if isinstance(before, Seen):
        return nothing_to_judge("there is no first picture to change: {finding}", finding=before.message).at(
            first.place
        )
    if isinstance(after, Seen):
        return after
    return judge_recolouring(before, after, new_colour(second.request), fault_kind=fault_kind).at(second.place)


def drawn(exchange: Exchange, *, fault_kind: str = "", option: str = "") -> Picture | Seen:
    """Return the picture that came, the last of several; a finding where the answer holds none.

    `fault` and `option` are the kind of that finding; without them it is an empty output or a missing picture.

    Raises:
        MalformedAnswerError: what came does not decode.
    """
    if exchange.pictures:
        return exchange.pictures[-1]
    if exchange.error is not None:
        return refusal(exchange, "no picture came: {answer}")
    calls, text = len(exchange.calls), exchange.text
    kind = fault_kind or ("image.missing" if exchange.items else "answer.output_empty")
    function = next((item for item in exchange.items if item.get("type") == "function_call"), None)
    if function is not None:
        missing = ignored(
            kind,
            "HTTP {status}: a function_call ({name}) came in place of the hosted tool's image_generation_call",
            option=option,
            status=exchange.status,
            name=json_text(function.get("name"), 60),
        )
    elif text:
        missing = ignored(
            kind,
            "HTTP {status}, {calls} image_generation_call and no picture, but the text {text!q}",
            option=option,
            status=exchange.status,
            calls=calls,
            text=text,
        )
    else:
        missing = ignored(
            kind,
            "HTTP {status}, {calls} image_generation_call and no picture",
            option=option,
            status=exchange.status,
            calls=calls,
        )
    return missing.at(exchange.place)


def no_stream(exchange: Exchange) -> Seen:
    """Return the finding that a stream was requested and none came."""
    return ignored(
        "stream.absent",
        "asked for a stream, received HTTP {status} with {content_type}",
        status=exchange.status,
        content_type=exchange.content_type or message("no content type"),
    ).at(exchange.place)


def no_stream_to_judge(exchange: Exchange) -> Finding:
    """Return the finding that what was asked about a stream cannot be judged, as none came."""
    return hidden(
        "stream.content_type",
        "asked for a stream, received HTTP {status} with {content_type}",
        status=exchange.status,
        content_type=exchange.content_type or message("no content type"),
    ).at(exchange.place)


def completed(exchange: Exchange) -> Seen | None:
    """Return a finding where the Response does not say that it is completed."""
    status = exchange.response.get("status")
    if status == "completed":
        return None
    return malformed(
        "answer.status_wrong",
        'the status of the Response is {status}, expected "completed"',
        status=json_text(status, 40),
    ).at(exchange.place)


def answered(exchange: Exchange) -> Finding:
    """Judge a plain text answer: it is completed, and holds a text."""
    if unfinished := completed(exchange):
        return unfinished
    if not exchange.text.strip():
        return ignored(
            "answer.output_empty", "HTTP {status}, completed, but the answer's text is empty", status=exchange.status
        ).at(exchange.place)
    return honoured("received a completed answer: {text!q}", text=exchange.text[:_QUOTED]).at(exchange.place)


def well_formed(exchange: Exchange, *levels: Level) -> Finding:
    """Judge a Response by its schema, at the levels given: the body, or what a stream's terminal event carries."""
    if exchange.is_stream:
        violations = judge_body(AnswerKind.RESPONSE, exchange.response)
    else:
        violations = judge_body_bytes(AnswerKind.RESPONSE, exchange.body)
    broken = [
        violation
        for violation in violations
        if violation.level in levels and fault_kind_of(violation) != "usage.missing"  # usage.present judges that
    ]
    if broken:
        worst = broken[0]
        return malformed(
            fault_kind_of(worst),
            "{violation} [{rule}]; violations: {number}",
            violation=worst.message,
            rule=worst.rule,
            number=len(broken),
        ).at(exchange.place)
    fields = len(exchange.response)
    return honoured("the Response ({fields} fields) conforms to its schema", fields=fields).at(exchange.place)


def sent_as_json(exchange: Exchange) -> Finding:
    """Judge that a JSON answer is sent under a JSON content type: openai-node returns any other as text."""
    if not isinstance(exchange.parsed, dict):
        return nothing_to_judge("the body is {form}, no JSON object", form=exchange.form).at(exchange.place)
    content_type = exchange.content_type
    if content_type == "application/json" or content_type.endswith("+json"):
        return honoured("the content type is {content_type}", content_type=content_type).at(exchange.place)
    if not content_type:
        return malformed("answer.content_type", "HTTP {status} without a content type", status=exchange.status).at(
            exchange.place
        )
    return malformed(
        "answer.content_type",
        "HTTP {status}: JSON is sent as {content_type!q}, expected application/json",
        status=exchange.status,
        content_type=content_type[:60],
    ).at(exchange.place)


def came(exchange: Exchange) -> Message:
    """Return a few words about what came where something else was expected."""
    status = exchange.status
    if exchange.request.method == "GET":
        return message("HTTP {status} and {size:,} bytes", status=status, size=len(exchange.body))
    try:
        if exchange.pictures:
            return message("HTTP {status} and a picture of {size}", status=status, size=exchange.pictures[-1].size)
        return message("HTTP {status} and the text {text!q}", status=status, text=exchange.text[:_QUOTED])
    except MalformedAnswerError as error:
        return message("HTTP {status}; {problem}", status=status, problem=error.message)
