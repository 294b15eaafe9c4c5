"""What is paid for travels on a connection of its own; what is free uses one again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.build import generations, models
from gateprobe.capture.transport.connections import proxy_secrets, proxy_to
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.redact import SHORTEST
from gateprobe.scenario import Steps
from tests.support.loopback import capture_one, gateway_at, raw_server, reply, tcp_server


def three_free(gateway: Gateway) -> Steps:
    """Ask for the list of models three times."""
    for _ in range(3):
        yield models(gateway)


def one_free(gateway: Gateway) -> Steps:
    """Ask for the list of models once."""
    yield models(gateway)


def three_paid(gateway: Gateway) -> Steps:
    """Ask for a list, and then for two pictures."""
    yield models(gateway)
    for _ in range(2):
        yield generations(gateway, buys=1)


@pytest.mark.parametrize(("asked", "requests_by_connection"), [(three_free, [3]), (three_paid, [1, 1, 1])])
def test_only_what_is_free_uses_a_connection_again(
    tmp_path: Path, asked: Callable[[Gateway], Steps], requests_by_connection: list[int]
) -> None:
    """A server that keeps every connection open sees each paid request come on one that carried nothing before."""
    heard: list[int] = []

    async def keep_answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        place = len(heard)
        heard.append(0)
        while head := await reader.readuntil(b"\r\n\r\n"):
            length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
            await reader.readexactly(int(length.partition(b":")[2]))
            heard[place] += 1
            writer.write(reply())
            await writer.drain()

    with tcp_server(keep_answering) as url:
        evidence = capture_one(tmp_path, gateway_at(url), asked)
    assert [exchange.status for exchange in evidence.exchanges] == [200, 200, 200]
    assert heard == requests_by_connection


def test_a_free_request_that_met_a_dying_connection_is_asked_once_more(tmp_path: Path) -> None:
    """The server hangs up on the second request of a connection, unanswered: a new connection tells more.

    Both attempts are kept, and the second is the last: a server that also hangs up on a new connection is believed.
    """
    connections: list[int] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(len(connections))
        await reader.readuntil(b"\r\n\r\n")
        if len(connections) <= 2:
            writer.write(reply())
            await reader.readuntil(b"\r\n\r\n")

    with tcp_server(answer_once) as url:
        evidence = capture_one(tmp_path, gateway_at(url), three_free)
    assert [[attempt.status for attempt in exchange.attempts] for exchange in evidence.exchanges] == [
        [200],
        [None, 200],
        [None],
    ]
    assert len(connections) == 3


def answering_as_proxy(heard: list[bytes]) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Answer each request as a proxy would, and keep its first line."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append((await reader.readuntil(b"\r\n\r\n")).partition(b"\r\n")[0])
        writer.write(reply())
        await writer.drain()

    return answer


def test_a_proxy_of_the_environment_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What HTTP_PROXY names gets the whole address; what NO_PROXY names is asked itself."""
    heard: list[bytes] = []
    far = replace(gateway_at("http://gateway.example/v1"), embedded=False)
    with tcp_server(answering_as_proxy(heard)) as url:
        monkeypatch.setenv("http_proxy", url.removeprefix("http://"))
        evidence = capture_one(tmp_path, far, one_free)
        monkeypatch.setenv("no_proxy", "gateway.example")
        direct = proxy_to(far)
    assert [exchange.status for exchange in evidence.exchanges] == [200]
    assert heard == [b"GET http://gateway.example/v1/models HTTP/1.1"]
    assert direct is None


def test_what_is_embedded_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy cannot reach this process's own loopback."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert proxy_to(replace(gateway_at("http://127.0.0.1:1/v1"), embedded=True)) is None


def test_a_proxy_that_is_none_is_told_without_its_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong address of a proxy stops each request with a sentence, in which nothing secret stands."""
    monkeypatch.setenv("http_proxy", "gopher://me:hidden@proxy.example:70")
    far = replace(gateway_at("http://gateway.example/v1"), embedded=False)
    evidence = capture_one(tmp_path, far, one_free)
    assert evidence.exchanges == ()
    assert evidence.blocked is not None
    assert (evidence.blocked.cause, evidence.blocked.reason) == (
        Cause.NETWORK,
        "the proxy gopher://proxy.example:70, which the environment names, cannot be used",
    )


def test_a_proxy_that_refuses_is_the_networks_and_nothing_has_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A CONNECT answered with 407 is no request to the gateway; what the proxy echoes of the password is hidden."""
    refusal = reply(b"", "Proxy-Authenticate: Basic", status="407 denied me:proxy-password")
    far = replace(gateway_at("https://gateway.example/v1"), embedded=False)
    with raw_server(refusal) as proxy:
        monkeypatch.setenv("https_proxy", f"http://me:proxy-password@127.0.0.1:{proxy.port}")
        assert proxy_secrets() == ("me:proxy-password", "proxy-password")
        evidence = capture_one(tmp_path, far, one_free, secrets=proxy_secrets())
    attempt = evidence.last.last
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.left) == (Cause.NETWORK, False)
    assert attempt.failure.reason.endswith("the proxy answered 407 denied *****************")
    assert b"proxy-password" not in b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("proxy", "secrets"),
    [
        ("http://me:secret@proxy.invalid:1", ("me:secret", "secret")),
        ("http://me:short@proxy.invalid:1", ("me:short",)),
        ("me:secret@proxy.invalid:1", ("me:secret", "secret")),
        ("http://me:a%2Fsecret@proxy.invalid:1", ("me:a/secret", "a/secret", "a%2Fsecret")),
        ("http://a:b@proxy.invalid:1", ()),
        ("http://proxy.invalid:1", ()),
    ],
)
def test_what_is_secret_of_a_proxy(monkeypatch: pytest.MonkeyPatch, proxy: str, secrets: tuple[str, ...]) -> None:
    """Its credentials, as they are sent and as they are written; what is shorter than six characters is no secret."""
    for name in ("https_proxy", "http_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("https_proxy", proxy)
    assert proxy_secrets() == secrets
    assert SHORTEST == 6
