"""Background mode: a response is queued at once, polled until it is complete, or cancelled."""

from __future__ import annotations

from typing import Final

from gateprobe.build import OMIT, get, responses
from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Seen,
    hidden,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.probe import probe
from gateprobe.request import Request
from gateprobe.scenario import Steps, scenario

from ..scenarios.responses import COUNT, WORD
from ..support.api import plain_id
from ..support.exchanges import EVERYTHING, answered, clear, step

RUNNING: Final = ("queued", "in_progress")

_PAUSES: Final = (0.3, 0.7, 1.5, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Seconds before each poll."""

_PAUSE_EMBEDDED: Final = 0.05


def _status(exchange: Exchange) -> Json:
    return exchange.response.get("status") if exchange.ok else None


def _background(gateway: Gateway, prompt: str) -> Request:
    return responses(gateway, prompt, background=True, store=True, stream=OMIT, note="create")


@scenario(requests=3)
def background(gateway: Gateway) -> Steps:
    """Ask for one word in the background, and poll until it came."""
    first: Exchange = yield _background(gateway, WORD)
    if _status(first) not in RUNNING:
        return
    path = f"{first.request.path}/{plain_id(first)}"
    for pause in _PAUSES:
        polled: Exchange = yield get(gateway, path, note="poll", pause=_PAUSE_EMBEDDED if gateway.embedded else pause)
        if _status(polled) not in RUNNING:
            return


@scenario(requests=3)
def background_cancelled(gateway: Gateway) -> Steps:
    """Ask for many words in the background, cancel them at once, and ask for the response."""
    first: Exchange = yield _background(gateway, COUNT)
    if _status(first) not in RUNNING:
        return
    path = f"{first.request.path}/{plain_id(first)}"
    cancelled: Exchange = yield get(gateway, f"{path}/cancel", method="POST", note="cancel")
    if cancelled.ok:
        yield get(gateway, path, note="fetch")


def _begun(evidence: Evidence, claim: Claim) -> Exchange | Finding:
    """Return the exchange that began a response in the background, or the finding that it did not."""
    exchange = clear(evidence[0], claim)
    if not isinstance(exchange, Exchange):
        return exchange
    status, echoed = _status(exchange), exchange.response.get("background")
    if status in RUNNING:
        return exchange
    if status == "completed":
        return ignored(
            "option.ignored",
            "asked for background: true, received the complete answer at once; `background` of the answer is {echoed}",
            option="background mode",
            echoed=json_text(echoed, 40),
        ).at(exchange.place)
    return malformed(
        "answer.status_wrong",
        'asked for background: true, the status is {status}, expected "queued" or "in_progress"',
        status=json_text(status, 40),
    ).at(exchange.place)


@probe("responses.background", needs=background, level="should", accepts=EVERYTHING, refused_option="background mode")
def background_response_is_made(evidence: Evidence, claim: Claim) -> Finding:
    """A response asked for with `background: true` is queued at once, and complete when it is polled later."""
    first = _begun(evidence, claim)
    if not isinstance(first, Exchange):
        return first
    polls = [exchange for exchange in evidence.exchanges if exchange.request.note == "poll"]
    if not polls:
        return nothing_to_judge("the queued response was not polled")
    last = clear(evidence.last, claim)  # missing where an obstacle took a later poll: no count of those before it
    if not isinstance(last, Exchange):
        return last
    status = _status(last)
    if status in RUNNING:
        seconds = sum(exchange.request.pause for exchange in polls)
        return ignored(
            "option.ignored",
            "asked for one word in the background: still {status} after {polls} polls in {seconds:.0f} s",
            option="background mode",
            status=str(status),
            polls=len(polls),
            seconds=seconds,
        ).at(last.place)
    with last.placing_errors():
        name = at(last.response, "id")
    if name != at(first.response, "id"):
        return malformed("answer.fields", "GET returns another response: {id}", id=json_text(name)).at(last.place)
    if status in ("failed", "cancelled"):
        return nothing_to_judge("the response in the background is {status}", status=str(status))
    finding = answered(last)
    if isinstance(finding, Seen) and finding.fault_kind:
        return finding
    return honoured("queued at once, complete at poll {polls}: {text!q}", polls=len(polls), text=last.text[:80]).at(
        last.place
    )


@probe("responses.background.cancel", needs=background_cancelled, level="should", accepts=EVERYTHING)
def background_response_is_cancelled(evidence: Evidence, claim: Claim) -> Finding:
    """A response in the background can be cancelled, and is never completed afterwards."""
    first = _begun(evidence, claim)
    if not isinstance(first, Exchange):
        if clear(evidence[0], claim) is evidence[0]:
            return hidden("responses.background", "no response runs in the background, so none can be cancelled")
        return first
    cancelled = step(evidence, "cancel", claim)
    if not isinstance(cancelled, Exchange):
        return cancelled
    status = _status(cancelled)
    if status == "completed":
        return inapplicable("the response was complete before it was cancelled")
    fetched = step(evidence, "fetch", claim)
    if not isinstance(fetched, Exchange):
        return fetched
    later = _status(fetched)
    if later == "cancelled":
        return honoured("cancelled, as the response states").at(fetched.place)
    return ignored(
        "option.ignored",
        "cancelled with HTTP {code} and the status {status}; a moment later the status is {later}",
        option="background mode",
        code=cancelled.status,
        status=json_text(status, 40),
        later=json_text(later, 40),
    ).at(fetched.place)
