"""WebSocket mode, on the two personas whose documents have it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from PIL import Image
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from gateprobe.reference import Served, serve
from gateprobe.stream import AnswerKind, Framing, judge_stream

Serving = Callable[[str], Served]
Decode = Callable[[str | None], Image.Image]

BASE: dict[str, Any] = {
    "model": "gpt-5.5",
    "instructions": "You draw.",
    "tools": [{"type": "image_generation", "quality": "low"}],
}
TERMINAL = {"response.completed", "response.failed", "response.incomplete", "error"}


def url_of(served: Served) -> str:
    """Return the WebSocket address of a persona."""
    return served.url.replace("http://", "ws://") + "/responses"


@contextmanager
def connected(served: Served) -> Iterator[ClientConnection]:
    """Open a connection with the right key."""
    headers = {"authorization": f"Bearer {served.key}"}
    with connect(url_of(served), additional_headers=headers, max_size=None) as socket:
        yield socket


def ask(socket: ClientConnection, **fields: Any) -> list[dict[str, Any]]:
    """Send one `response.create` and read to its end."""
    socket.send(json.dumps({"type": "response.create", **BASE, **fields}))
    messages: list[dict[str, Any]] = []
    while not messages or messages[-1]["type"] not in TERMINAL:
        messages.append(json.loads(socket.recv(timeout=60)))
    return messages


def user_message(text: str) -> list[dict[str, Any]]:
    """Write input as a list, which both documents take."""
    return [{"role": "user", "content": [{"type": "input_text", "text": text}]}]


def drawing(messages: list[dict[str, Any]]) -> str:
    """Find the picture in what was told."""
    return str(next(event["item"]["result"] for event in messages if event.get("item", {}).get("result")))


@pytest.mark.parametrize("name", ["openai", "vibeapi"])
def test_a_turn_continues_the_one_before(name: str, serving: Serving, picture: Decode) -> None:
    """Red, then blue by previous_response_id, on one connection."""
    with connected(serving(name)) as socket:
        first = ask(socket, input=user_message("Draw a red square"))
        assert picture(drawing(first)).getpixel((512, 512)) == (255, 0, 0)
        name_of_first = first[-1]["response"]["id"]
        second = ask(socket, input=user_message("Make it blue"), previous_response_id=name_of_first)
        assert picture(drawing(second)).getpixel((512, 512)) == (0, 0, 255)


def test_events_are_those_of_the_stream(serving: Serving) -> None:
    """One JSON event per message, from created to completed."""
    with connected(serving("openai")) as socket:
        messages = ask(socket, input="Reply with OK", tools=[])
    assert [event["type"] for event in messages][:2] == ["response.created", "response.in_progress"]
    assert [event["sequence_number"] for event in messages] == list(range(len(messages)))


def test_a_response_that_is_not_stored_lives_on_its_connection(serving: Serving) -> None:
    """The next turn knows it; another connection does not."""
    served = serving("openai")
    with connected(served) as socket:
        first = ask(socket, input="Remember the word kumquat.", store=False, tools=[])
        name = first[-1]["response"]["id"]
        second = ask(socket, input="Which word was it?", previous_response_id=name, tools=[])
        assert second[-1]["response"]["output"][0]["content"][0]["text"] == "kumquat"
    with connected(served) as socket:
        (error,) = ask(socket, input="Which word was it?", previous_response_id=name, tools=[])
        assert error["error"]["code"] == "previous_response_not_found"


def test_an_error_keeps_the_connection(serving: Serving) -> None:
    """A nested error with its status; the next request is served."""
    with connected(serving("openai")) as socket:
        (error,) = ask(socket, input="x", previous_response_id="resp_none")
        assert error == {
            "type": "error",
            "status": 400,
            "error": {
                "message": "Previous response with id 'resp_none' not found.",
                "type": "invalid_request_error",
                "param": "previous_response_id",
                "code": "previous_response_not_found",
            },
        }
        assert ask(socket, input="Reply with OK")[-1]["type"] == "response.completed"


@pytest.mark.parametrize("message", ["{", "[]", '"x"', '{"type": "response.dream"}', "{}"])
def test_a_foreign_message_is_an_error(message: str, serving: Serving) -> None:
    """Neither silence nor a closed connection."""
    with connected(serving("openai")) as socket:
        socket.send(message)
        assert json.loads(socket.recv(timeout=60))["error"]["type"] == "invalid_request_error"


def test_a_lane_is_echoed_on_every_event(serving: Serving) -> None:
    """`stream_id` comes back."""
    with connected(serving("openai")) as socket:
        messages = ask(socket, input="Reply with OK", stream_id="left")
    assert {event["stream_id"] for event in messages} == {"left"}


def test_a_warm_up_generates_nothing(serving: Serving) -> None:
    """`generate: false` ends at once, and can be continued."""
    with connected(serving("openai")) as socket:
        messages = ask(socket, input="Draw a red square", generate=False)
        assert [event["type"] for event in messages][-1] == "response.completed"
        assert messages[-1]["response"]["output"] == []
        more = ask(socket, input="Reply with OK", previous_response_id=messages[-1]["response"]["id"])
        assert more[-1]["type"] == "response.completed"


def test_vibeapi_keeps_its_conditions(serving: Serving) -> None:
    """Instructions and list input are required here too."""
    with connected(serving("vibeapi")) as socket:
        assert ask(socket, input="x")[0]["error"]["message"] == "Input must be a list"
        assert (
            ask(socket, input=user_message("x"), instructions="")[0]["error"]["message"] == "Instructions are required"
        )


def test_a_wrong_key_is_refused_in_the_handshake(serving: Serving) -> None:
    """401 with the envelope."""
    with (
        pytest.raises(InvalidStatus) as raised,
        connect(url_of(serving("openai")), additional_headers={"authorization": "Bearer x"}),
    ):
        pass
    assert raised.value.response.status_code == 401
    assert json.loads(raised.value.response.body or b"")["error"]["code"] == "invalid_api_key"


def test_a_persona_without_the_mode_refuses_the_handshake(serving: Serving) -> None:
    """404."""
    with pytest.raises(InvalidStatus) as raised, connected(serving("xai-router")):
        pass
    assert raised.value.response.status_code == 404


def test_binary_messages_end_the_connection_only(serving: Serving) -> None:
    """The server lives on."""
    with connected(serving("openai")) as socket:
        socket.send(b"\x00\x01")
        with pytest.raises(ConnectionClosed) as raised:
            socket.recv(timeout=60)
    assert raised.value.rcvd is not None
    assert raised.value.rcvd.code == 1003
    with connected(serving("openai")) as socket:
        assert ask(socket, input="Reply with OK")[-1]["type"] == "response.completed"


def test_faults_reach_the_socket_too() -> None:
    """The context is lost where previous_response_id is ignored."""
    with serve("openai", faults=["st.prev_id_ignored"]) as served, connected(served) as socket:
        first = ask(socket, input="Remember the word kumquat.", tools=[])
        name = first[-1]["response"]["id"]
        second = ask(socket, input="Which word was it?", previous_response_id=name, tools=[])
        assert second[-1]["response"]["output"][0]["content"][0]["text"] != "kumquat"


def create(socket: ClientConnection, **fields: Any) -> None:
    """Send one `response.create` and read nothing."""
    socket.send(json.dumps({"type": "response.create", **BASE, **fields}))


def read_until(socket: ClientConnection, number: int) -> list[dict[str, Any]]:
    """Read messages until so many responses have ended."""
    messages: list[dict[str, Any]] = []
    while sum(event["type"] in TERMINAL for event in messages) < number:
        messages.append(json.loads(socket.recv(timeout=60)))
    return messages


def violations(messages: list[dict[str, Any]]) -> list[str]:
    """Judge the messages of a connection as streams."""
    frames = b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in messages)
    judged = judge_stream(AnswerKind.RESPONSES, frames, framing=Framing.NONE)
    return [violation.rule for violation in judged.violations]


def text_of(event: dict[str, Any]) -> str:
    """Return the text of a terminal event's response."""
    return str(event["response"]["output"][0]["content"][0]["text"])


def test_lanes_interleave_and_each_is_a_stream(serving: Serving) -> None:
    """Two responses at once on two lanes, and a second one after the first on one of them."""
    with connected(serving("openai")) as socket:
        create(socket, input="Count from 1 to 30.", tools=[], stream_id="a")
        create(socket, input="Count from 1 to 40.", tools=[], stream_id="b")
        create(socket, input="Reply with OK", tools=[], stream_id="a")
        messages = read_until(socket, 3)
    lanes = [event["stream_id"] for event in messages]
    assert sum(left != right for left, right in pairwise(lanes)) > 10
    assert [text_of(event)[-2:] for event in messages if event["type"] in TERMINAL and event["stream_id"] == "a"] == [
        "30",
        "OK",
    ]
    assert violations(messages) == []


def test_a_lane_may_continue_a_response_of_another(serving: Serving) -> None:
    """`previous_response_id` goes across lanes."""
    with connected(serving("openai")) as socket:
        first = ask(socket, input="Remember the word kumquat.", tools=[], stream_id="a", store=False)
        name = first[-1]["response"]["id"]
        second = ask(socket, input="Which word was it?", previous_response_id=name, tools=[], stream_id="b")
    assert text_of(second[-1]) == "kumquat"


def steer(socket: ClientConnection, name: str, value: Any) -> None:
    """Send a `response.steer`."""
    socket.send(json.dumps({"type": "response.steer", "previous_response_id": name, "input": value}))


def test_a_running_response_is_steered(serving: Serving) -> None:
    """It is incomplete, and its successor on the same lane follows what was said meanwhile."""
    with connected(serving("openai")) as socket:
        create(socket, input="Remember the word kumquat. Count to 400.", tools=[], stream_id="a")
        name = json.loads(socket.recv(timeout=60))["response"]["id"]
        steer(socket, name, "Which word was it?")
        messages = read_until(socket, 2)
    accepted = next(event for event in messages if event["type"] == "response.steer.accepted")
    assert accepted["steer"]["previous_response_id"] == name
    ends = [event for event in messages if event["type"] in TERMINAL]
    assert ends[0]["response"]["incomplete_details"] == {"reason": "steered"}
    assert ends[1]["response"]["previous_response_id"] == name
    assert text_of(ends[1]) == "kumquat"
    assert {event["stream_id"] for event in messages} == {"a"}


def test_pictures_that_are_not_begun_are_left_out_when_steered(serving: Serving) -> None:
    """The picture in the making is finished: it is a safe place to stop."""
    with connected(serving("openai")) as socket:
        create(socket, input="Draw a red square. Draw a blue circle.", stream_id="a")
        name = json.loads(socket.recv(timeout=60))["response"]["id"]
        steer(socket, name, "Reply with OK")
        first, second = (event["response"] for event in read_until(socket, 2) if event["type"] in TERMINAL)
    assert first["status"] == "incomplete"
    assert [item["type"] for item in second["output"]] == ["message"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("More.", "response_already_completed"),
        ([], "invalid_input"),
        ([{"role": "system", "content": "More."}], "invalid_input"),
        ([{"role": "user", "content": []}], "invalid_input"),
    ],
)
def test_what_cannot_be_steered_is_given_back(value: Any, code: str, serving: Serving) -> None:
    """The failed event has the input and a code."""
    with connected(serving("openai")) as socket:
        name = ask(socket, input="Reply with OK", tools=[])[-1]["response"]["id"]
        steer(socket, name, value)
        failed = json.loads(socket.recv(timeout=60))
    assert failed["error"]["code"] == code
    assert failed["steer"] == {"previous_response_id": name, "input": value}


def test_steering_waits_for_what_a_function_returns(serving: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """A response that calls a function is completed; the input comes before what the function returns."""
    monkeypatch.setattr("gateprobe.reference.responses.endpoint._SECONDS_PER_EVENT", 0.05)
    tools = [{"type": "function", "name": "note", "parameters": {"type": "object"}}]
    with connected(serving("openai")) as socket:
        choice = {"type": "function", "name": "note"}
        create(socket, input="Note it.", tools=tools, tool_choice=choice, stream_id="a")
        name = json.loads(socket.recv(timeout=60))["response"]["id"]
        steer(socket, name, "Remember the word kumquat.")
        read_until(socket, 1)
        pending = json.loads(socket.recv(timeout=60))
        assert (pending["type"], pending["stream_id"]) == ("response.steer.pending", "a")
        (stub,) = pending["required_input"]
        asked = [{**stub, "output": "noted"}, *user_message("Which word was it?")]
        create(socket, input=asked, tools=tools, tool_choice="none", previous_response_id=name, stream_id="a")
        assert text_of(read_until(socket, 1)[-1]) == "kumquat"
