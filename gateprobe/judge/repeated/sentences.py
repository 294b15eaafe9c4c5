"""The findings about obstacles that repeat: the form or the limit, what comes, and how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from gateprobe.judge.repeated.forms import Form
from gateprobe.judge.repeated.limits import Limit, is_cut_at_a_size
from gateprobe.judge.repeated.observations import Observation, Outcome
from gateprobe.message import Message, message
from gateprobe.model import Json, Seen, malformed

_WORTH_TELLING: Final = 5.0  # seconds
_CUTS: Final = (Outcome.CUT, Outcome.STALLED)


def finding_of_form(form: Form, failures: Sequence[Observation], others: Sequence[Observation]) -> Seen:
    """Return the finding that all requests of a form fail while others are answered."""
    is_cut = all(each.outcome in _CUTS and each.exchange.is_stream for each in failures)
    kind = "request.option_fails" if form.parameter else "request.form_fails"
    kind = "stream.cut" if is_cut else "limit.size" if is_cut_at_a_size(failures, others) else kind
    return malformed(
        kind,
        "{number} of {number} {requests} {outcome}; {contrast}",
        option=form.parameter,
        number=len(failures),
        requests=form.noun,
        outcome=_outcome(failures),
        contrast=_contrast(form, failures, others),
    )


def _contrast(form: Form, failures: Sequence[Observation], others: Sequence[Observation]) -> Message:
    answered = [each for each in others if not each.fails]
    if form.streaming and any(_differ_by_stream(each, other) for each in failures for other in answered):
        return message("the same request without it is answered")
    return message("{number} other requests in the same time are answered", number=len(answered))


def _differ_by_stream(streamed: Observation, plain: Observation) -> bool:
    return streamed.facts.path == plain.facts.path and _plain(streamed) == _plain(plain)


def _plain(observation: Observation) -> Json:
    body = observation.exchange.request.json
    return {name: value for name, value in body.items() if name not in ("stream", "partial_images")} if body else None


def _outcome(failures: Sequence[Observation]) -> Message:
    """Return what becomes of the requests, by the outcome that most of them have."""
    outcome, _ = Counter(each.outcome for each in failures).most_common(1)[0]
    of_outcome = [each for each in failures if each.outcome is outcome]
    seconds = median(each.seconds for each in of_outcome)
    match outcome:
        case Outcome.STATUS | Outcome.KEY:
            status, _ = Counter(each.exchange.status for each in of_outcome).most_common(1)[0]
            ended = message("end with HTTP {status}", status=status)
        case Outcome.RESET:
            ended = message("lose their connection before an answer begins")
        case Outcome.CUT:
            ended = message("break after {place}", place=_size(of_outcome))
        case Outcome.SILENT:
            return message("get no answer within {seconds:.1f} s", seconds=seconds)
        case Outcome.STALLED:
            ended = message("fall silent after {place}", place=_size(of_outcome))
        case _:
            ended = message("end with an error of the server: {answer}", answer=of_outcome[0].exchange.summary)
    if seconds < _WORTH_TELLING:
        return ended
    return message("{ended}, after about {seconds:.0f} s", ended=ended, seconds=seconds)


def _size(failures: Sequence[Observation]) -> Message:
    sizes = [each.length for each in failures]
    if max(sizes) < 1000:
        return message("{least:,} to {most:,} bytes", least=min(sizes), most=max(sizes))
    middle = median(sizes)
    if max(sizes) - min(sizes) <= max(4096, middle * 0.06):
        return message("about {size:,.0f} KB", size=middle / 1000)
    return message("{least:,.0f} to {most:,.0f} KB", least=min(sizes) / 1000, most=max(sizes) / 1000)


def finding_of_limit(limit: Limit, observed: Sequence[Observation]) -> Seen:
    """Return the finding that failures keep to a limit."""
    number, total = len(limit.failures), len(observed)
    match limit.fault_kind:
        case "limit.size":
            return malformed(
                limit.fault_kind,
                "answers break after about {size:,.0f} KB ({number} of {total} right requests); {answered} shorter ones"
                " come whole",
                size=limit.value / 1000,
                number=number,
                total=total,
                answered=limit.answered,
            )
        case "limit.time":
            return malformed(
                limit.fault_kind,
                "requests fail after about {seconds:.1f} s ({number} of {total} right requests); {answered} quicker"
                " ones are answered",
                seconds=limit.value,
                number=number,
                total=total,
                answered=limit.answered,
            )
        case "limit.concurrency":
            return malformed(
                limit.fault_kind,
                "requests fail while {value:.0f} or more others are in progress ({number} of {total} right requests);"
                " the {answered} sent while fewer are in progress are answered; `--jobs 1` avoids it",
                value=limit.value,
                number=number,
                total=total,
                answered=limit.answered,
            )
        case "limit.queue":
            return malformed(
                "limit.concurrency",
                "requests that wait about {seconds:.1f} s for others fail ({number} of {total} right requests); the"
                " other {answered} are answered; `--jobs 1` avoids it",
                seconds=limit.value,
                number=number,
                total=total,
                answered=limit.answered,
            )
        case _:
            return malformed(
                limit.fault_kind,
                "flaky: {number} of {total} right requests {outcome}, alternating with {answered} that are answered",
                number=number,
                total=total,
                outcome=_outcome(limit.failures),
                answered=limit.answered,
            )
