"""The handshake of a WebSocket: refused, redirected, failed, with another key, through a proxy."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection

from gateprobe.build import responses
from gateprobe.capture import AttemptLimits
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.request import Auth, Transport, altered
from gateprobe.scenario import Steps
from tests.support.loopback import (
    KEY,
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
from tests.support.websockets import COMPLETED, ONCE, single, talking


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
