"""Background mode: ignored, never ending, cancelled."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from gateprobe.evidence import failure
from gateprobe.judge.judging import judge
from gateprobe.model import Cause, Json, Observed
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import text_response
from tests.support.evidence.playing import GATEWAY, SOMEBODY, Answer, Gives, judged, played, refusal
from tests.support.evidence.streams import Event, text_stream
from tests.support.evidence.streams import body as stream_body


def moving(*states: str) -> Gives:
    """Return a gateway whose response has one status after the other, the last for ever."""
    statuses = itertools.chain(states, itertools.repeat(states[-1]))

    def gives(_request: Request) -> Answer:
        status = next(statuses)
        more: dict[str, Json] = {} if status == "completed" else {"output": [], "usage": None}
        return Answer(text_response(status=status, background=True, **more))

    return gives


def test_a_response_that_is_queued_and_completed_is_right() -> None:
    """It is polled until its text came."""
    record = judged("background_response_is_made", moving("queued", "in_progress", "completed"))
    assert record.observed is Observed.HONOURED
    assert "poll 2" in record.reason


@pytest.mark.parametrize("states", [("completed",), ("queued",)])
def test_background_that_is_ignored_or_never_ends_is_found(states: tuple[str, ...]) -> None:
    """The complete answer at once is as wrong as none."""
    record = judged("background_response_is_made", moving(*states))
    assert (record.observed, record.fault_kind, record.scope.option) == (
        Observed.IGNORED,
        "option.ignored",
        "background mode",
    )


def test_a_refusal_is_one() -> None:
    """Both capabilities say that background mode is refused."""
    for probe in ("background_response_is_made", "background_response_is_cancelled"):
        assert judged(probe, lambda _request: refusal("No.", "background")).observed is Observed.REFUSED


def test_a_response_that_is_completed_although_it_was_cancelled_is_found() -> None:
    """The status a moment later decides."""
    assert judged("background_response_is_cancelled", moving("queued", "cancelled")).observed is Observed.HONOURED
    late = judged("background_response_is_cancelled", moving("queued", "cancelled", "completed"))
    assert (late.observed, late.fault_kind) == (Observed.IGNORED, "option.ignored")


def test_a_failed_response_is_no_verdict_about_background_mode() -> None:
    """Something failed upstream."""
    assert judged("background_response_is_made", moving("queued", "failed")).observed is Observed.UNOBSERVED


def test_an_outage_between_the_polls_is_no_verdict_about_background_mode() -> None:
    """The polls before it show a response that still runs, and not one that never ends."""
    whole = played("background", moving("queued", "in_progress"))
    cut = replace(whole, exchanges=whole.exchanges[:2], blocked=failure(Cause.UPSTREAM, "the gateway is down"))
    item = Item(PROBES["background_response_is_made"], GATEWAY, None)
    record = judge(item, GATEWAY, {run.id: cut for run in item.scenario_runs} | {"elsewhere": SOMEBODY})
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.UPSTREAM)


def test_where_nothing_runs_in_the_background_nothing_is_cancelled() -> None:
    """The other capability is named as the cause."""
    record = judged("background_response_is_cancelled", moving("completed"))
    assert (record.observed, record.caused_by) == (Observed.UNOBSERVED, "responses.background")


def background_stream() -> list[Event]:
    """Return the stream of a response in the background."""
    events = text_stream()
    for event in events:
        if "response" in event:
            event["response"]["background"] = True
    return events


def test_a_stream_that_came_whole_was_not_left() -> None:
    """A gateway that holds a stream back sends its end with its first bytes: nothing can be said of leaving it."""
    body = stream_body(background_stream())

    def gives(_request: Request) -> Answer:
        left = failure(Cause.HARNESS, "closed on purpose")
        return Answer(body, content_type="text/event-stream", failure=left)

    record = judged("response_goes_on_without_its_client", gives)
    assert record.observed is Observed.UNOBSERVED
    assert "before it was left" in record.reason


def test_a_stream_that_was_left_before_its_first_event_proves_nothing() -> None:
    """Some gateways send comments before any event: leaving then is no failure of gateprobe's."""

    def gives(_request: Request) -> Answer:
        left = failure(Cause.HARNESS, "closed on purpose")
        return Answer(b": PROCESSING\n\n", content_type="text/event-stream", failure=left)

    record = judged("response_goes_on_without_its_client", gives)
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)


@pytest.mark.parametrize(
    ("kept", "status", "observed"),
    [
        (None, "completed", Observed.HONOURED),
        (-1, "in_progress", Observed.MALFORMED),
        (-1, "completed", Observed.UNOBSERVED),
    ],
)
def test_a_response_whose_client_left_is_completed(kept: int | None, status: str, observed: Observed) -> None:
    """Its stream goes on to its end; one that stops has died with the connection, unless the response is completed."""
    events = background_stream()

    def gives(request: Request) -> Answer:
        if request.note == "create":
            left = failure(Cause.HARNESS, "closed on purpose")
            return Answer(stream_body(events[:4]), content_type="text/event-stream", failure=left)
        if request.note == "poll":
            return Answer(text_response(status=status, background=True))
        return Answer(stream_body(events[4:kept]), content_type="text/event-stream")

    record = judged("response_goes_on_without_its_client", gives)
    assert record.observed is observed, record.reason
