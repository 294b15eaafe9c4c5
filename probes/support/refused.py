"""Whether several requests were all refused, and which names their refusals state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateprobe.evidence import Exchange
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.refusals import MODEL_NOT_FOUND, refusal
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    honoured,
    ignored,
    nothing_to_judge,
)
from gateprobe.probe import REFUSAL
from gateprobe.request import Request
from gateprobe.wording import Phrase

from .exchanges import ABSENT, SNAPSHOT, came


def names(answer: Json, asked: str) -> bool:
    """Return whether an answer's model name is the one requested: itself, a dated snapshot, or a path to either."""
    if not isinstance(answer, str):
        return False
    last, wanted = answer.rpartition("/")[2], asked.rpartition("/")[2]
    return last == wanted or (last.startswith(wanted) and SNAPSHOT.fullmatch(last[len(wanted) :]) is not None)


def all_refused(
    exchanges: Iterable[Exchange],
    claim: Claim,
    named: str = "",
    *,
    fault_kind: str = "option.invalid_accepted",
    option: str = "",
) -> Finding:
    """Judge requests that must be refused, each with a note that says what it asked.

    A 404 or 405 says that nobody is there to ask, unless it names a parameter, or what was asked for in vain
    (`named`). `fault` and `option` are the kind where one is accepted.
    """
    refusals: list[Exchange] = []
    doubts: list[Finding] = []
    for exchange in exchanges:
        obstacle = obstacle_of(exchange, claim, frozenset({REFUSAL}))
        if obstacle is not None:
            doubts.append(obstacle.at(exchange.place))
        elif exchange.error is None and not exchange.is_refusal:
            note = exchange.request.note
            accepted = ignored(
                fault_kind, "{request} was accepted: {answer}", option=option, request=note, answer=came(exchange)
            )
            return accepted.at(exchange.place)
        elif exchange.status in ABSENT and not _about(exchange, named):
            doubts.append(refusal(exchange, "no endpoint takes {request}: {answer}", request=exchange.request.note))
        else:
            refusals.append(exchange)
    if doubts or not refusals:
        return doubts[0] if doubts else nothing_to_judge("nothing was asked")
    first, number = refusals[0], len(refusals)
    return honoured(
        "{number} of {number} refused; {request}: {answer}",
        number=number,
        request=first.request.note,
        answer=first.summary,
    ).at(first.place)


def _about(exchange: Exchange, named: str) -> bool:
    """Return whether an error names a parameter, or what was asked for in vain."""
    error = exchange.error
    if error is None or error.param is not None:
        return error is not None
    if isinstance(named, Phrase):
        named = named.find_in(names_in(exchange.request))
    return bool(named) and (named in error.message or str(error.code).lower() in MODEL_NOT_FOUND)


def names_in(request: Request) -> tuple[Json, ...]:
    """Return the names that a request may ask for: the end of its path, the fields of its body, their values."""
    body: Mapping[str, Json] = request.json if isinstance(request.json, dict) else {}
    return (request.path.rpartition("/")[2], *body, *body.values())
