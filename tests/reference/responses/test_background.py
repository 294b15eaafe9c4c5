"""Background mode of the OpenAI persona, driven by the official client: polls, cut streams, refusals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest
from openai.types.responses import ResponseStreamEvent

Connect = Callable[[str], openai.OpenAI]

MODEL = "gpt-5.5"
COUNT = "Count from 1 to 40, in digits, with commas."


def _begun(client: openai.OpenAI, events: int) -> list[ResponseStreamEvent]:
    """Return the first events of a stream in the background; then the connection is closed."""
    with client.responses.create(model=MODEL, input=COUNT, background=True, stream=True) as stream:
        return [event for event, _ in zip(stream, range(events), strict=False)]


def _name(events: list[ResponseStreamEvent]) -> str:
    assert events[0].type == "response.created"
    return events[0].response.id


@pytest.mark.parametrize("place", [2, 5, 11, 12, 19])
def test_a_cut_stream_goes_on_without_a_gap_or_a_repeat(connect: Connect, place: int) -> None:
    """Whoever leaves after some events and resumes after the last has each event once, and the whole answer."""
    client = connect("openai")
    seen = _begun(client, place)
    rest = client.responses.retrieve(_name(seen), stream=True, starting_after=seen[-1].sequence_number)
    events = [*seen, *rest]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert events[-1].type == "response.completed"
    text = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    assert text == events[-1].response.output_text
    assert text.startswith("1, 2, 3")


def test_the_first_events_say_that_it_is_queued(connect: Connect) -> None:
    """A stream in the background begins with created, queued and in_progress."""
    created, queued, running = _begun(connect("openai"), 3)
    assert [event.type for event in (created, queued, running)] == [
        "response.created",
        "response.queued",
        "response.in_progress",
    ]
    assert created.type == "response.created"
    assert (created.response.status, created.response.background) == ("queued", True)


def test_the_obfuscation_can_be_left_out(connect: Connect) -> None:
    """With include_obfuscation=false no event that is sent again has random characters."""
    client = connect("openai")
    seen = _begun(client, 1)
    again = list(client.responses.retrieve(_name(seen), stream=True, include_obfuscation=False))
    assert not any("obfuscation" in event.to_dict() for event in again)
    padded = list(client.responses.retrieve(_name(seen), stream=True))
    assert any("obfuscation" in event.to_dict() for event in padded)


def test_a_picture_is_polled_to_its_end(connect: Connect) -> None:
    """A picture in the background is queued, in progress, then complete, with its call."""
    client = connect("openai")
    tools: Any = [{"type": "image_generation", "quality": "low"}]
    response = client.responses.create(model=MODEL, input="Draw a red square", tools=tools, background=True)
    states = [response.status]
    while response.status in {"queued", "in_progress"}:
        response = client.responses.retrieve(response.id)
        states.append(response.status)
    assert list(dict.fromkeys(states)) == ["queued", "in_progress", "completed"]
    assert any(item.type == "image_generation_call" and item.result for item in response.output)


def test_a_cancelled_response_stays_cancelled(connect: Connect) -> None:
    """Cancelling ends a response, and asking again says so; cancelling again changes nothing."""
    client = connect("openai")
    response = client.responses.create(model=MODEL, input=COUNT, background=True)
    assert [client.responses.cancel(response.id).status for _ in range(2)] == ["cancelled", "cancelled"]
    assert client.responses.retrieve(response.id).status == "cancelled"


def test_a_plain_response_is_neither_streamed_nor_cancelled(connect: Connect) -> None:
    """What was not made in the background has no stream afterwards, and nothing to cancel."""
    client = connect("openai")
    response = client.responses.create(model=MODEL, input="Reply with the word pong")
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id, stream=True)
    with pytest.raises(openai.BadRequestError):
        client.responses.cancel(response.id)
    polled = client.responses.create(model=MODEL, input="Reply with the word pong", background=True)
    with pytest.raises(openai.NotFoundError):
        list(client.responses.retrieve(polled.id, stream=True))


def test_options_of_the_background_need_it(connect: Connect) -> None:
    """background_options without background is refused, and with it taken."""
    client = connect("openai")
    options: Any = {"completion_window": "2h"}
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=MODEL, input=COUNT, background_options=options)
    made = client.responses.create(model=MODEL, input=COUNT, background=True, background_options=options)
    assert made.status == "queued"
