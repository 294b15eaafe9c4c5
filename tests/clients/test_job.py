"""Of each kind of answer the first is given to clients; what no client could have asked for is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.clients.job import Task, jobs_of
from gateprobe.evidence import Evidence, Exchange, failure
from gateprobe.model import Cause
from gateprobe.request import FormBody, RawBody
from tests.support.evidence.answers import ENVELOPE, answer, asked, drawn, events, good, stream
from tests.support.evidence.evidence_builders import exchange, text_response


def captured(exchange: Exchange) -> dict[str, Evidence]:
    """Return evidence of one exchange."""
    return {"made": Evidence("made", "made", None, (exchange,))}


def test_one_answer_of_each_kind_is_chosen() -> None:
    """Each task has its answer, and the pictures in it are counted."""
    pictures = {job.task: job.pictures for job in jobs_of(good())}
    assert pictures == {
        Task.MODELS: 0,
        Task.RESPONSE: 1,
        Task.RESPONSE_STREAM: 1,
        Task.IMAGES: 1,
        Task.IMAGES_STREAM: 1,
        Task.REFUSAL: 0,
    }


def test_an_answer_with_a_picture_does_not_hide_one_without() -> None:
    """Of one kind, one with a picture and one without are chosen, and no third."""
    answers = (answer("/responses", drawn()), answer("/responses", text_response()), answer("/responses", drawn()))
    jobs = jobs_of({"made": Evidence("made", "made", None, answers)})
    assert [(job.task, job.pictures) for job in jobs] == [(Task.RESPONSE, 1), (Task.RESPONSE, 0)]


@pytest.mark.parametrize(
    "recorded",
    [
        pytest.param(answer("/responses", drawn(), 302), id="a redirect"),
        pytest.param(answer("/responses", {"error": {"message": "x"}}), id="an error under 200"),
        pytest.param(answer("/images/edits", {"data": []}), id="an edit"),
        pytest.param(answer("/responses", ENVELOPE, 401), id="a bad key"),
        pytest.param(exchange(asked("/files", method="GET"), b"{}"), id="another path"),
        pytest.param(
            stream("/responses", events({**drawn(), "status": "incomplete"})), id="a stream that was not completed"
        ),
        pytest.param(
            exchange(asked("/responses"), b"{}", failure=failure(Cause.NETWORK, "cut")), id="an answer that was cut off"
        ),
        pytest.param(
            exchange(replace(asked("/responses"), body=RawBody(b"{", "application/json")), b"{}", status=400),
            id="a refusal of no JSON",
        ),
        pytest.param(
            exchange(replace(asked("/images/edits"), body=FormBody(())), b"{}", status=400), id="a refusal of a form"
        ),
    ],
)
def test_what_no_client_would_see_is_left_out(recorded: Exchange) -> None:
    """Clients are asked only about whole answers to what they can ask."""
    assert jobs_of(captured(recorded)) == ()


def test_a_malformed_answer_is_given_to_clients_too() -> None:
    """How many pictures stand in it is unknown; what a client makes of it is the question."""
    (job,) = jobs_of(captured(answer("/images/generations", {"data": "none"})))
    assert (job.task, job.pictures) == (Task.IMAGES, None)


def test_a_sentence_names_the_answer() -> None:
    """Method, path, whether it was a stream, and the scenario."""
    (job,) = jobs_of(captured(stream("/responses", events())))
    assert job.about == "POST /responses as a stream (made)"
