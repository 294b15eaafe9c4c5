"""One attempt over a WebSocket: a message out, messages in, and every way in which that fails."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

from gateprobe.build import responses
from gateprobe.capture import AttemptLimits
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.reference import serve as serve_persona
from gateprobe.request import Auth, Transport, altered
from gateprobe.scenario import Steps
from tests.support.loopback import (
    KEY,
    SWIFT,
    Answer,
    capture_all,
    capture_one,
    gateway_at,
    raw_server,
    reply,
    shot_of,
    slam,
    tcp_server,
)

ONCE = AttemptLimits(connect=5, silence=20, total=30, retries=0)
COMPLETED = json.dumps({"type": "response.completed", "response": {"id": "r", "output": []}})


def single(gateway: Gateway) -> Steps:
    """Ask once over a WebSocket."""
    yield responses(gateway, "hi", transport=Transport.WEBSOCKET)


def two(gateway: Gateway) -> Steps:
    """Ask twice over the same WebSocket."""
    yield responses(gateway, "one", transport=Transport.WEBSOCKET)
    yield responses(gateway, "two", transport=Transport.WEBSOCKET)


@contextmanager
def talking(handler: Callable[[ServerConnection], Awaitable[None]]) -> Iterator[tuple[str, list[str]]]:
    """Serve a WebSocket in a thread; give the base URL and the connections' Authorization headers."""
    loop = asyncio.new_event_loop()
    ready: list[int] = []
    keys: list[str] = []
    started = threading.Event()
    stop = asyncio.Event()

    async def wrapped(connection: ServerConnection) -> None:
        assert connection.request is not None
        keys.append(connection.request.headers.get("authorization", ""))
        await handler(connection)

    async def main() -> None:
        async with serve(wrapped, "127.0.0.1", 0) as server:
            ready.append(next(iter(server.sockets)).getsockname()[1])
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield f"http://127.0.0.1:{ready[0]}", keys
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def asked(
    folder: Path, handler: Callable[[ServerConnection], Awaitable[None]], limits: AttemptLimits = ONCE
) -> Evidence:
    """Ask a WebSocket server that behaves so, once."""
    with talking(handler) as (url, _):
        return capture_one(folder, gateway_at(url), single, limits=limits)


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


def test_a_refused_upgrade_is_an_answer(tmp_path: Path) -> None:
    """A 404 to the handshake is a refusal with its status, headers and words, not a lost connection."""
    body = b'{"error": {"message": "no such thing", "code": "not_found"}}'
    with raw_server(reply(body, "X-Caf: caf\xe9", status="404 Not Found")) as server:
        last = capture_one(tmp_path, gateway_at(server.url), single).last
        assert len(server.heard) == 1
    assert (last.status, last.body, last.last.failure) == (404, body, None)
    assert last.last.header("x-caf") == "caf\xe9"


def test_a_redirected_upgrade_is_not_followed(tmp_path: Path) -> None:
    """A redirect of the handshake is kept as it is; where it points, nobody hears a thing, least of all the key."""
    with raw_server(reply()) as trap:
        away = reply(b"", f"Location: {trap.url.replace('http', 'ws')}/v1", status="307 Temporary Redirect")
        with raw_server(away) as server:
            last = capture_one(tmp_path, gateway_at(server.url), single).last
            assert len(server.heard) == 1
        assert trap.heard == []
    assert last.status == 307


def test_a_server_that_speaks_no_websocket(tmp_path: Path) -> None:
    """A reset, a silence and an answer that is no handshake each fail with a cause, and the gateway is not down."""
    answers: list[Answer] = [slam, b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 101 Switching Protocols\r\n\r\n"]
    for number, answer in enumerate(answers):
        with raw_server(answer) as server:
            attempt = capture_one(tmp_path / str(number), gateway_at(server.url), single, limits=ONCE).last.last
        assert attempt.failure is not None
        assert attempt.failure.cause is Cause.NETWORK
        assert attempt.failure.reason.isprintable()


def test_failed_handshakes_do_not_open_the_circuit(tmp_path: Path) -> None:
    """However many handshakes hang or fail, requests over HTTP still leave."""

    def over_http(gateway: Gateway) -> Steps:
        yield responses(gateway, "hi")

    async def hung(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"websocket" not in head.lower():
            writer.write(reply())
        await reader.read()

    scenario_runs = [shot_of(single, name=f"s{number}") for number in range(6)]
    with tcp_server(hung) as url:
        limits = AttemptLimits(connect=0.5, retries=0)
        scenarios = capture_all(tmp_path, gateway_at(url), *scenario_runs, shot_of(over_http, 1), limits=limits)
    assert {scenarios[f"s{number}"].last.last.failure.cause for number in range(6)} == {Cause.TIMEOUT}  # type: ignore[union-attr]  # each failed
    assert scenarios["over_http"].last.status == 200


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


def with_other_keys(gateway: Gateway) -> Steps:
    """Ask with the right key, an altered one, and none."""
    for auth in (Auth.KEY, Auth.ALTERED, Auth.NONE):
        yield responses(gateway, "hi", transport=Transport.WEBSOCKET, auth=auth)


def test_another_key_opens_another_connection(tmp_path: Path) -> None:
    """Each handshake carries its own key; the altered one is as secret as the right one."""

    async def echo_key(connection: ServerConnection) -> None:
        await connection.recv()
        key = (connection.request.headers if connection.request else {}).get("Authorization", "")
        await connection.send(json.dumps({"type": "response.completed", "response": {"id": key, "output": []}}))
        await connection.wait_closed()

    with talking(echo_key) as (url, keys):
        evidence = capture_one(tmp_path, gateway_at(url), with_other_keys, limits=ONCE)
    assert keys == [f"Bearer {KEY}", f"Bearer {altered(KEY)}", ""]
    assert [exchange.response["id"] for exchange in evidence.exchanges] == [f"Bearer {'*' * len(KEY)}"] * 2 + [""]


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


def _tunnel(lines: list[bytes]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Return a proxy that opens the tunnel it is asked for, and keeps what it was asked."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines.append(await reader.readuntil(b"\r\n\r\n"))
        host, _, port = lines[-1].split()[1].decode().rpartition(":")
        there, away = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")

        async def pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
            while data := await source.read(4096):
                sink.write(data)
                await sink.drain()
            sink.close()

        await asyncio.gather(pass_on(reader, away), pass_on(there, writer), return_exceptions=True)

    return handle


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_a_websocket_goes_through_the_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    """The environment's proxy opens a tunnel for the WebSocket, and does so no more where it is excepted."""
    lines: list[bytes] = []

    async def answers(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send(COMPLETED)

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with talking(answers) as (url, _), tcp_server(_tunnel(lines)) as proxy:
        monkeypatch.setenv(variable, proxy)
        assert capture_one(tmp_path / "proxied", gateway_at(url), single).last.ok
        assert lines[0].startswith(f"CONNECT {url.split('/')[2]} HTTP/1.1\r\n".encode())
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert capture_one(tmp_path / "direct", gateway_at(url), single).last.ok
    assert len(lines) == 1


@pytest.mark.parametrize("scheme", ["gopher", "socks5"])
def test_a_websocket_without_a_usable_proxy_is_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    """A proxy that cannot be used is named without its password, and nothing was sent."""
    monkeypatch.setenv("http_proxy", f"{scheme}://me:hidden@proxy.example:70")
    monkeypatch.delenv("no_proxy", raising=False)
    attempt = capture_one(tmp_path, gateway_at("http://gateway.example/v1"), single).last.last
    assert attempt.failure is not None
    expected = f"the proxy {scheme}://proxy.example:70, which the environment names, cannot be used"
    assert attempt.failure.reason == expected
    assert not attempt.left
