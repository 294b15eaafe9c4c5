"""What is paid for travels on a connection of its own; what is free uses one again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.build import generations, models
from gateprobe.gateway import Gateway
from gateprobe.scenario import Steps
from tests.loopback import capture_one, gateway_at, reply, tcp_server


def three_free(gateway: Gateway) -> Steps:
    """Ask for the list of models three times."""
    for _ in range(3):
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
    assert [one.status for one in evidence.exchanges] == [200, 200, 200]
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
    assert [[attempt.status for attempt in one.attempts] for one in evidence.exchanges] == [
        [200],
        [None, 200],
        [None],
    ]
    assert len(connections) == 3
