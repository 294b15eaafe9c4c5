"""One attempt over a WebSocket: a message out, messages in, and every way in which that fails."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from websockets.asyncio.server import ServerConnection

from gateprobe.capture import AttemptLimits
from gateprobe.model import Cause
from gateprobe.reference import serve as serve_persona
from tests.support.loopback import KEY, SWIFT, capture_all, capture_one, gateway_at, shot_of
from tests.support.websockets import COMPLETED, ONCE, asked, single, talking, two


def test_a_picture_over_a_websocket(tmp_path: Path) -> None:
    """The reference gateway answers over a WebSocket: an arrival for each message, the Response at the end."""
    with serve_persona("openai") as served:
        evidence = capture_all(tmp_path, gateway_at(served.url), shot_of(two), secret=served.key)["two"]
        log = served.counters.log
    assert [exchange.status for exchange in evidence.exchanges] == [101, 101]
    assert [exchange.ok for exchange in evidence.exchanges] == [True, True]
    for exchange in evidence.exchanges:
        assert len(exchange.messages) == len(exchange.last.arrivals) > 2
        assert exchange.response["status"] == "completed"
    assert len(log) == 3, "one connection and two messages"


def test_the_message_leaves_as_json_with_the_key(tmp_path: Path) -> None:
    """What is sent is one text message of JSON; the key travels in the handshake."""
    got: list[str | bytes] = []

    async def handler(connection: ServerConnection) -> None:
        got.append(await connection.recv())
        await connection.send(COMPLETED)

    with talking(handler) as (url, keys):
        evidence = capture_one(tmp_path, gateway_at(url), single)
        assert keys == [f"Bearer {KEY}"]
    assert isinstance(got[0], str)
    assert json.loads(got[0])["type"] == "response.create"
    assert evidence.last.last.failure is None


def test_closed_midway(tmp_path: Path) -> None:
    """A connection closed before the terminal event is the network's; the messages that came are kept."""

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type": "response.created"}')
        await connection.close(1011, "oh \x1b[31mdear")

    attempt_of = asked(tmp_path, handler).last
    assert attempt_of.last.failure is not None
    assert attempt_of.last.failure.cause is Cause.NETWORK
    assert "closed before the answer's end" in attempt_of.last.failure.reason
    assert attempt_of.last.failure.reason.isprintable()
    assert attempt_of.messages == ({"type": "response.created"},)


def test_what_came_before_our_own_message_is_kept(tmp_path: Path) -> None:
    """A server that says why it closes, before it reads anything, is heard, also where our message meets the close."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send('{"type": "error", "error": {"message": "no WebSockets here"}}')
        await connection.close(1008, "no WebSockets here")

    last = asked(tmp_path, handler).last
    assert last.messages == ({"type": "error", "error": {"message": "no WebSockets here"}},)


def test_a_close_for_policy_is_a_refusal(tmp_path: Path) -> None:
    """Code 1008 with a reason says that the request is not allowed; one that speaks of limits says when to ask."""

    def closing(reason: str) -> Callable[[ServerConnection], Awaitable[None]]:
        async def handler(connection: ServerConnection) -> None:
            await connection.recv()
            await connection.close(1008, reason)

        return handler

    refused = asked(tmp_path / "refused", closing("WebSocket mode is disabled")).last.last
    assert refused.defect is not None
    assert (refused.defect.fault_kind, refused.failure) == ("request.refused", None)
    assert str(refused.defect.message).endswith("1008: 'WebSocket mode is disabled'")
    for reason in ("", "too many connections"):
        other = asked(tmp_path / f"other{len(reason)}", closing(reason)).last.last
        assert other.defect is None
        assert other.failure is not None


def test_messages_that_are_no_events_are_not_waited_for(tmp_path: Path) -> None:
    """Several of them and then silence are an answer in another form, and no time-out; one may be a greeting."""

    def sending(number: int) -> Callable[[ServerConnection], Awaitable[None]]:
        async def handler(connection: ServerConnection) -> None:
            await connection.recv()
            for _ in range(number):
                await connection.send('[{"type": "response.created"}]')
            await connection.wait_closed()

        return handler

    limits = AttemptLimits(silence=0.3, total=20, retries=0)
    foreign = asked(tmp_path / "foreign", sending(3), limits=limits).last.last
    assert foreign.defect is not None
    assert foreign.defect.fault_kind == "stream.foreign_events"
    assert "none of the 3 messages is an event" in str(foreign.defect.message)
    greeted = asked(tmp_path / "greeted", sending(1), limits=limits).last.last
    assert greeted.failure is not None
    assert greeted.failure.cause is Cause.TIMEOUT


def test_messages_that_are_no_json(tmp_path: Path) -> None:
    """Binary messages and text that is no JSON are kept as they came, with their bounds."""

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send(b"\xff\x00\xfe")
        await connection.send("[1]")
        await connection.send("")
        await connection.send(COMPLETED)

    last = asked(tmp_path, handler).last
    assert last.last.failure is None
    assert [arrival.end for arrival in last.last.arrivals] == [3, 6, 6, 6 + len(COMPLETED)]
    assert last.body.startswith(b"\xff\x00\xfe[1]{")


def test_silence_is_a_timeout_and_its_rest_is_not_taken_for_the_next_answer(tmp_path: Path) -> None:
    """After a silence, the next message of the scenario has a connection of its own."""
    connections: list[str] = []

    async def handler(connection: ServerConnection) -> None:
        asked_for = json.loads(await connection.recv())["input"]
        connections.append(str(asked_for))
        if len(connections) == 1:
            await connection.wait_closed()
            return
        await connection.send(COMPLETED)

    with talking(handler) as (url, _):
        evidence = capture_one(tmp_path, gateway_at(url), two, limits=AttemptLimits(silence=0.3, total=20, retries=0))
    first, second = (exchange.last for exchange in evidence.exchanges)
    assert first.failure is not None
    assert first.failure.cause is Cause.TIMEOUT
    assert "silent for 0.3 s" in first.failure.reason
    assert second.failure is None
    assert len(connections) == 2


def test_endless_messages_are_cut(tmp_path: Path) -> None:
    """Messages without end, and one message beyond all bounds, are the gateway's defect."""

    async def endless(connection: ServerConnection) -> None:
        await connection.recv()
        while True:
            await connection.send('{"type": "response.in_progress"}' + " " * 4000)

    async def huge(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("x" * 300_000)

    async def many(connection: ServerConnection) -> None:
        await connection.recv()
        while True:
            await connection.send("{}")

    async def nested(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send("[" * 20_000)

    few = AttemptLimits(lines=1000, values=10_000, retries=0)
    for name, handler, words in (("many", many, "1,000 messages"), ("nested", nested, "10,000 values")):
        attempt = asked(tmp_path / name, handler, few).last.last
        assert words in str(attempt.defect)
        assert attempt.failure is None
    limits = AttemptLimits(body=100_000, retries=0)
    for name, handler in (("endless", endless), ("huge", huge)):
        attempt = asked(tmp_path / name, handler, limits).last.last
        assert attempt.failure is None
        assert "100,000 bytes and " in str(attempt.defect)
        assert attempt.length < 110_000


def test_an_error_event_ends_the_answer(tmp_path: Path) -> None:
    """An error event is terminal: nothing is waited for after it, and it is read as a refusal."""

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.send('{"type": "error", "error": {"message": "no", "code": "bad"}}')
        await connection.wait_closed()

    last = asked(tmp_path, handler, SWIFT).last
    assert last.is_refusal
    assert last.error is not None
    assert last.error.message == "no"


def test_a_message_that_is_too_big_for_the_server_is_its_own_limit(tmp_path: Path) -> None:
    """A close code 1009 from the server is no limit of ours."""

    async def too_big(connection: ServerConnection) -> None:
        await connection.recv()
        await connection.close(1009)

    with talking(too_big) as (url, _):
        last = capture_one(tmp_path, gateway_at(url), single, limits=ONCE).last.last
    assert last.defect is None
    assert last.failure is not None
    assert "1009" in last.failure.reason
