"""Outages: stretches of an audit in which a gateway answered only with 5xx, whatever was asked. Pure.

A redirect to one page, and one and the same web page, are such answers too, where these paths are answered otherwise at
other times. Where all requests of an audit get one and the same 402, 429 or 5xx, the whole of it is an outage.

Requests of an outage do not count: where right requests were answered with 503 too, a 503 for a mistake does not show
how the gateway answers mistakes. Where right requests are answered, a 502 for a mistake is a finding.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from gateprobe.evidence import Evidence, Exchange, failure
from gateprobe.judge.crashes import quotes_exception
from gateprobe.judge.preconditions import answered
from gateprobe.judge.repeated import Repeated
from gateprobe.judge.repeated.forms import facts_of
from gateprobe.judge.repeated.observations import is_right
from gateprobe.message import Message, message
from gateprobe.model import Cause, Place
from gateprobe.request import Auth

_OUT: Final = (502, 503, 504, *range(520, 528), 529, 530)
"""Statuses of a server that cannot be reached or is overloaded; those from 520 on are Cloudflare's and Anthropic's."""
_TOO_LATE: Final = 408
_FAILED: Final = 500
"""The status of any failure: it is of an outage only where several right requests get it."""
_DEAD: Final = (402, 429, *range(500, 600))
"""Statuses that say nothing of a gateway that answers all requests with one of them: a spent account, a dead server."""
_BEGINNING: Final = 4096
_LEAST: Final = 4
"""This many such answers in a row are an outage; fewer may be a hiccup, and are judged individually."""


def without_outages(
    captured: Mapping[str, Evidence], groups: Collection[Repeated] = (), refusals: Collection[int] = ()
) -> Mapping[str, Evidence]:
    """Return evidence in which each scenario ends before its first answer out of an outage, with that as the cause.

    `groups` are the failures that a form of request brings by itself: they are no part of an outage. A mistake that
    failed with the same status as its form, or as right requests do, was not looked at either. `refusals` are the
    statuses that the gateway documents for refusals.
    """
    repeated = frozenset(place for group in groups for place in group.places)
    stretches = list(_outages(captured, repeated, refusals))
    out = {step: _WORDS[_is_of_all_forms(stretch)] for stretch in stretches for step in _steps(stretch)}
    out |= dict.fromkeys(_unread_mistakes(captured, groups, refusals) - out.keys(), _UNREAD)
    if not out:
        return captured
    return {name: _until(name, evidence, out) for name, evidence in captured.items()}


_Stretch = list[tuple[str, str, int, Exchange]]
"""Answers in the order of their requests: when they were sent, their scenario, step and exchange."""

_CAUSES: Final[Mapping[int | None, Cause]] = {402: Cause.QUOTA, 429: Cause.THROTTLED}
_WORDS: Final = {
    True: message("all requests of that time failed so: an outage"),
    False: message("each request of that time failed so"),
}
_UNREAD: Final = message("right requests failed so too: nothing was looked at")


def _is_of_all_forms(stretch: _Stretch) -> bool:
    requests = [exchange.request for *_, exchange in stretch]
    return len({(request.method, request.path, request.streams) for request in requests}) > 1


def _steps(stretch: _Stretch) -> Iterator[tuple[str, int]]:
    return ((name, step) for _, name, step, _ in stretch)


def _until(name: str, evidence: Evidence, out: Mapping[tuple[str, int], Message]) -> Evidence:
    exchanges = evidence.exchanges
    first = next((index for index, exchange in enumerate(exchanges) if (name, exchange.step) in out), None)
    if first is None:
        return evidence
    why = out[name, exchanges[first].step]
    cause = _CAUSES.get(exchanges[first].status, Cause.UPSTREAM)
    blocked = failure(cause, "{answer}; {why}", answer=exchanges[first].summary, why=why)
    return replace(evidence, exchanges=exchanges[:first], blocked=blocked)


def _unread_mistakes(
    captured: Mapping[str, Evidence], groups: Collection[Repeated], refusals: Collection[int]
) -> set[tuple[str, int]]:
    """Return the mistakes that failed as right requests did.

    These are the mistakes of a form that always fails, all where right requests fail as often, and each whose neighbour
    in time was a right request that failed.
    """
    answers = sorted(
        (
            (exchange.last.started_at, name, exchange)
            for name, evidence in captured.items()
            for exchange in evidence.exchanges
        ),
        key=lambda answer: answer[:2],
    )
    forms = [group.form for group in groups if group.form is not None and group.form.structural]
    of_forms = frozenset(place for group in groups if group.form is not None for place in group.places)
    right = [
        (sent, exchange)
        for sent, _, exchange in answers
        if is_right(exchange.request) and exchange.place not in of_forms
    ]
    mistakes = [(sent, name, exchange) for sent, name, exchange in answers if not is_right(exchange.request)]
    failed = [answer for answer in mistakes if _is_failure(answer[2], refusals)]
    failed_right = sum(_is_out(exchange, refusals) for _, exchange in right)
    failed_with_500 = sum(exchange.status == _FAILED for _, exchange in right)
    as_often = failed_right > 1 and len(failed) * len(right) <= 2 * failed_right * len(mistakes)
    times = [sent for sent, _ in right]
    passing = set(_passing(mistakes))

    def is_beside_a_failure(sent: str) -> bool:
        at = bisect_right(times, sent)
        return any(_is_out(exchange, refusals) for _, exchange in right[max(0, at - 1) : at + 1])

    def has_its_status(failure: Exchange) -> bool:
        return failure.status != _FAILED or failed_with_500 > 1

    return {
        (name, exchange.step)
        for sent, name, exchange in failed
        if (has_its_status(exchange) and (as_often or is_beside_a_failure(sent)))
        or (name, exchange.step) in passing
        or any(form.fits(facts_of(exchange.request)) for form in forms)
    }


def _passing(mistakes: Sequence[tuple[str, str, Exchange]]) -> Iterator[tuple[str, int]]:
    """Yield the mistakes that failed in a row, while such a mistake was refused at another time."""
    asked = [(name, exchange) for _, name, exchange in mistakes if exchange.request.auth is Auth.KEY]
    refused = {_kind_of(exchange) for _, exchange in asked if exchange.is_refusal}
    for is_out, group in groupby(asked, lambda answer: answer[1].status in _OUT):
        row = list(group)
        if is_out and len(row) >= _LEAST:
            yield from ((name, exchange.step) for name, exchange in row if _kind_of(exchange) in refused)


def _is_failure(exchange: Exchange, refusals: Collection[int]) -> bool:
    """Return whether an answer is a 5xx of a server that failed, without an exception of the gateway's own program."""
    if exchange.status in _OUT:
        return True
    return exchange.status == _FAILED and _FAILED not in refusals and not quotes_exception(_beginning(exchange))


def _beginning(exchange: Exchange) -> str:
    return exchange.body[:_BEGINNING].decode("utf-8", "replace")


def _kind_of(exchange: Exchange) -> tuple[str, str, bool | None, frozenset[tuple[str, str]]]:
    """Return what mistakes of one kind have in common: the endpoint and the options, whatever their values."""
    facts = facts_of(exchange.request)
    options = frozenset((name, value) for name, value in facts.options if not value)
    return exchange.request.method, facts.path, facts.streaming, options


def _is_out(exchange: Exchange, refusals: Collection[int]) -> bool:
    failure = exchange.last.failure
    return _is_failure(exchange, refusals) or (failure is not None and failure.cause in (Cause.NETWORK, Cause.TIMEOUT))


def _outages(
    captured: Mapping[str, Evidence], repeated: Collection[Place], refusals: Collection[int]
) -> Iterator[_Stretch]:
    """Yield the outages, each with its answers: long enough, and with a right request."""
    answers = sorted(
        (
            (exchange.last.started_at, name, exchange.step, exchange)
            for name, evidence in captured.items()
            for exchange in answered(evidence)
            if exchange.place not in repeated
        ),
        key=lambda answer: answer[:3],
    )
    if _is_dead([exchange for *_, exchange in answers]):
        yield answers
        return
    for sign, group in groupby(answers, lambda answer: _sign(answer[3], refusals)):
        stretch = list(group)
        if not sign or len(stretch) < _LEAST:
            continue
        right = sum(_is_right(exchange) for *_, exchange in stretch)
        if right > (sign != _SIGN_OUT) and (sign == _SIGN_OUT or _passes(stretch, answers, sign)):
            yield stretch


_SIGN_OUT: Final = "out"


def _sign(exchange: Exchange, refusals: Collection[int] = ()) -> str:
    """Return what the answers of one outage have in common; empty where an answer is none of an outage."""
    status, last = exchange.status or 0, exchange.last
    if status in _OUT:
        return _SIGN_OUT
    if status == _TOO_LATE or _is_failure(exchange, refusals):
        return str(status)
    if 300 <= status < 400 and (location := last.header("location")):
        return f"{status} {location}"
    if status == 200 and exchange.content_type == "text/html" and last.sha256:
        return last.sha256
    return ""


def _passes(stretch: _Stretch, answers: Sequence[tuple[str, str, int, Exchange]], sign: str) -> bool:
    """Return whether all paths of a stretch are several, and are answered otherwise at other times."""
    steps = set(_steps(stretch))
    paths = {_path_of(exchange) for *_, exchange in stretch}
    others = {
        _path_of(exchange)
        for _, name, step, exchange in answers
        if (name, step) not in steps and _sign(exchange) != sign
    }
    return len(paths & others) > 1 and all(path in others for path in paths if _is_common(path))


def _path_of(exchange: Exchange) -> str:
    return facts_of(exchange.request).path


def _is_common(path: str) -> bool:
    """Return whether many requests of an audit go to a path."""
    return path.endswith(("/responses", "/generations", "/edits", "/models"))


def _is_dead(answers: Sequence[Exchange]) -> bool:
    """Return whether all requests, right ones and mistakes, were answered with one status that is no answer to them."""
    right = sum(_is_right(exchange) for exchange in answers)
    if len(answers) < _LEAST or not 0 < right < len(answers) or len({exchange.status for exchange in answers}) > 1:
        return False
    return answers[0].status in _DEAD and not quotes_exception(_beginning(answers[0]))


def _is_right(exchange: Exchange) -> bool:
    """Return whether a request has no mistake: it asks for the models, or for a picture."""
    request = exchange.request
    return request.auth is Auth.KEY and (bool(request.buys) or request.path.rstrip("/").endswith("/models"))
