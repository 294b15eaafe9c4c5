"""Links are fetched without credentials, from the checked address only, within bounds; each redirect is checked."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import orjson
import pytest

from gateprobe.build import generations
from gateprobe.capture import AttemptLimits
from gateprobe.capture.transport import links
from gateprobe.capture.transport.links import LinkFetcher
from gateprobe.capture.transport.recording import BodyRecorder
from gateprobe.evidence import Attempt, Evidence
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Request
from gateprobe.scenario import Steps
from gateprobe.store.bodies import Bodies
from tests.support.evidence.playing import module
from tests.support.loopback import (
    KEY,
    SWIFT,
    Answer,
    capture_all,
    capture_one,
    gateway_at,
    raw_server,
    read_request,
    refusing_port,
    reply,
    shot_of,
)

CDN: Final = "127.0.0.2"
"""Another host on loopback: the CDN of a gateway on 127.0.0.1."""

PICTURE: Final = b"\x89PNG picture"
IMAGE: Final = reply(PICTURE, "Set-Cookie: trap=1", kind="image/png")
PUBLIC: Final = "http://8.8.8.8/v1"


def giving(*urls: str) -> bytes:
    """Return an ImagesResponse with links."""
    return reply(orjson.dumps({"created": 1, "data": [{"url": url} for url in urls]}))


def moved(location: str) -> bytes:
    """Return a redirect."""
    return reply(b"", f"Location: {location}", status="302 Found")


def draw(gateway: Gateway) -> Steps:
    """Draw a picture and fetch its link, as every scenario of the Images API does."""
    yield from module("scenarios.images").drawn(generations(gateway, buys=1))


def resolving(*answers: tuple[str, ...]) -> Callable[[str, int], Awaitable[tuple[str, ...]]]:
    """Return a resolver that gives these answers in turn."""
    left: Iterator[tuple[str, ...]] = iter(answers)

    async def resolve(_host: str, _port: int) -> tuple[str, ...]:
        return next(left)

    return resolve


def fetch(folder: Path, link: str, base_url: str = PUBLIC, *answers: tuple[str, ...]) -> Attempt:
    """Fetch one link of a gateway, with a resolver that gives these answers."""
    fetcher = LinkFetcher(gateway_at(base_url), SWIFT, resolving(*answers))
    folder.mkdir(exist_ok=True)

    async def run() -> Attempt:
        recorder = BodyRecorder(Bodies(folder), Redactor([]))
        return await fetcher.attempt(Request("GET", link, auth=Auth.NONE), 0, recorder, None)

    return asyncio.run(run())


def heads(requests: list[bytes]) -> list[dict[str, str]]:
    """Return the headers of requests, names in lower case."""
    lines = [request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:] for request in requests]
    return [
        {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)} for head in lines
    ]


def test_a_picture_on_another_host_is_fetched_without_any_credential(tmp_path: Path) -> None:
    """The CDN gets a plain GET: no key, no cookie (not even its own), no referrer, none of the gateway's headers."""
    with raw_server(IMAGE, host=CDN) as cdn:
        link = f"{cdn.url}/a.png?sig=1"
        answer = reply(orjson.dumps({"created": 1, "data": [{"url": link}]}), "Set-Cookie: session=secret")
        with raw_server(answer) as server:
            captured = capture_all(
                tmp_path, gateway_at(server.url), shot_of(draw, name="one"), shot_of(draw, name="two"), jobs=1
            )
            assert KEY.encode() in server.heard[0]
        assert [evidence.last.body for evidence in captured.values()] == [PICTURE, PICTURE]
        assert all(
            head.keys() == {"host", "user-agent", "accept", "accept-encoding", "connection"}
            for head in heads(cdn.heard)
        )
        assert len(cdn.heard) == 2
        assert cdn.heard[0].startswith(b"GET /a.png?sig=1 HTTP/1.1\r\n")


def test_a_link_with_a_key_is_never_sent(tmp_path: Path) -> None:
    """A scenario that asks for a link with the key is a fault of ours, and nothing leaves."""

    def steps(_gateway: Gateway) -> Steps:
        yield Request("GET", f"{cdn.url}/a.png")

    with raw_server(IMAGE, host=CDN) as cdn, raw_server(reply()) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), steps)
        assert cdn.heard == server.heard == []
    assert evidence.blocked is not None
    assert evidence.blocked.cause is Cause.HARNESS


def test_a_redirect_is_followed_and_both_answers_are_kept(tmp_path: Path) -> None:
    """A relative redirect leads to the picture; each hop is an exchange of its own."""
    with raw_server(moved("../b.png"), IMAGE, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/x/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw)
    assert [exchange.status for exchange in evidence.exchanges] == [200, 302, 200]
    assert evidence.last.request.path == f"{cdn.url}/b.png"


@pytest.mark.parametrize(
    "target",
    [
        "http://10.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data/iam/",
        "http://[fe80::1]/a.png",
        "http://minio:9000/a.png",
    ],
)
def test_a_redirect_into_another_network_is_not_followed(tmp_path: Path, target: str) -> None:
    """The next hop is checked like the first: nothing is sent to it, and it is the link that is broken."""
    with raw_server(moved(target), host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw)
    last = evidence.last.last
    assert evidence.last.request.path == target
    assert (last.left, last.status, last.failure) == (False, None, None)
    assert last.defect is not None
    assert last.defect.fault_kind == "image.link_broken"
    assert evidence.blocked is None


@pytest.mark.parametrize("target", ["file:///etc/passwd", "data:image/png;base64,AAAA", "gopher://127.0.0.1/", ""])
def test_a_redirect_to_another_scheme_ends_there(tmp_path: Path, target: str) -> None:
    """What is no http(s) address is no next hop: the redirect is the last exchange."""
    with raw_server(moved(target), host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw)
        assert len(cdn.heard) == 1
    assert [exchange.status for exchange in evidence.exchanges] == [200, 302]


def test_endless_redirects_end(tmp_path: Path) -> None:
    """A chain of new addresses is followed for a few hops, and a circle once around."""

    def onwards(connection: socket.socket) -> None:
        connection.sendall(moved(f"/{len(cdn.heard)}.png"))

    with raw_server(onwards, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        capture_one(tmp_path / "chain", gateway_at(server.url), draw)
        assert len(cdn.heard) == module("support.links").HOPS + 1
    with raw_server(moved("/a.png"), host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        capture_one(tmp_path / "circle", gateway_at(server.url), draw)
        assert len(cdn.heard) == 1


def test_a_body_without_end_is_cut(tmp_path: Path) -> None:
    """At the bound the connection is dropped; the link is broken, and little of it is kept."""

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n")
        with suppress(OSError):
            while True:
                connection.sendall(bytes(65536))

    with raw_server(endless, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        limits = AttemptLimits(body=1_000_000, kept=1000)
        evidence = capture_one(tmp_path, gateway_at(server.url), draw, limits=limits)
    assert evidence.last.last.defect is not None
    assert evidence.last.last.defect.fault_kind == "image.link_broken"
    assert len(evidence.last.body) == 1000


def test_a_slow_drip_ends_at_the_time_limit(tmp_path: Path) -> None:
    """A byte at a time keeps nobody longer than the limit of a whole answer, and is not asked for again."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 100000\r\n\r\n")
        with suppress(OSError):
            while connection.send(b"x"):
                time.sleep(0.02)

    with raw_server(drip, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw, limits=AttemptLimits(total=0.4))
        assert len(cdn.heard) == 1
    assert evidence.last.last.failure is not None
    assert evidence.last.last.failure.cause is Cause.TIMEOUT


def test_no_more_links_are_fetched_than_were_asked_for_plus_one(tmp_path: Path) -> None:
    """Fifty links for one picture cost two requests."""
    with raw_server(IMAGE, host=CDN) as cdn:
        urls = [f"{cdn.url}/{number}.png" for number in range(50)]
        with raw_server(giving(*urls)) as server:
            capture_one(tmp_path, gateway_at(server.url), draw)
        assert len(cdn.heard) == 2


@pytest.mark.parametrize(
    ("answers", "statuses"),
    [
        ([reply(b"", status="503 Down"), IMAGE], [503, 200]),
        ([reply(b"", status="429 Busy"), IMAGE], [429, 200]),
        ([reply(b"", status="404 Gone"), IMAGE], [404]),
    ],
)
def test_what_may_pass_is_fetched_again(tmp_path: Path, answers: list[Answer], statuses: list[int]) -> None:
    """A busy server is asked again, as fetching costs nothing; a missing file is missing."""
    with raw_server(*answers, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw)
    assert [attempt.status for attempt in evidence.last.attempts] == statuses


def test_a_dead_host_stops_no_scenario_and_no_other_gateway_request(tmp_path: Path) -> None:
    """After three links without any answer the rest is not tried; the gateway's own circuit stays closed."""
    dead = f"http://{CDN}:{refusing_port()}"
    answers = [giving(f"{dead}/{number}.png") for number in range(6)]
    with raw_server(*answers) as server:
        runs = [shot_of(draw, name=f"s{number}") for number in range(6)]
        captured = capture_all(tmp_path, gateway_at(server.url), *runs, jobs=1)
        assert len(server.heard) == 6
    assert all(evidence.blocked is None for evidence in captured.values())
    failures = [evidence.last.last.failure for evidence in captured.values()]
    assert {failure.cause for failure in failures if failure is not None} == {Cause.NETWORK}
    assert "is not fetched" in str(captured["s5"].last.summary)


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:{port}/a.png",
        "http://localhost:{port}/a.png",
        "http://[::ffff:127.0.0.1]:{port}/a.png",
        "http://0.0.0.0:{port}/a.png",
        "http://user:pass@127.0.0.1:{port}/a.png",
    ],
)
def test_a_public_gateway_leads_nobody_to_loopback(tmp_path: Path, link: str) -> None:
    """Where the gateway is public, no spelling of a loopback address is asked."""
    with raw_server(IMAGE) as server:
        attempt = fetch(tmp_path, link.format(port=server.port))
        assert server.heard == []
    assert attempt.defect is not None


@pytest.mark.parametrize(
    "addresses", [("10.0.0.5",), ("169.254.169.254",), ("8.8.8.8", "192.168.0.1"), ("64:ff9b::a00:1",), ("fd00::1",)]
)
def test_a_name_that_resolves_into_another_network_is_not_asked(tmp_path: Path, addresses: tuple[str, ...]) -> None:
    """Every address of a name is checked, and one that is not public is enough."""
    attempt = fetch(tmp_path, "http://cdn.example/a.png", PUBLIC, addresses)
    assert attempt.left is False
    assert attempt.defect is not None
    assert "which clients cannot reach" in str(attempt.defect)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::", "198.18.0.7", "64:ff9b::7f00:1"])  # noqa: S104 - sinks
def test_a_name_that_our_own_resolver_blocks_accuses_nobody(tmp_path: Path, address: str) -> None:
    """Filters answer with loopback or no address at all: nothing is asked, and it is trouble on our side."""
    attempt = fetch(tmp_path, "http://cdn.example/a.png", PUBLIC, (address,))
    assert (attempt.left, attempt.defect) == (False, None)
    assert attempt.failure is not None
    assert attempt.failure.local


@pytest.mark.parametrize("numeral", ["2130706433", "0x7f000001", "017700000001", "127.1"])
def test_a_number_is_an_address_too(tmp_path: Path, numeral: str) -> None:
    """What the system's resolver reads as loopback is loopback, however it is written."""
    with raw_server(IMAGE) as server:
        fetcher = LinkFetcher(gateway_at(PUBLIC), SWIFT)
        recorder = BodyRecorder(Bodies(tmp_path), Redactor([]))
        link = Request("GET", f"http://{numeral}:{server.port}/a.png", auth=Auth.NONE)
        attempt = asyncio.run(fetcher.attempt(link, 0, recorder, None))
        assert server.heard == []
    assert attempt.status is None


def test_a_name_is_resolved_once_and_the_connection_pinned_to_it(tmp_path: Path) -> None:
    """A name that changes its address after the check leads to the checked address (DNS rebinding)."""
    with raw_server(IMAGE, host=CDN) as cdn, raw_server(IMAGE) as trap:
        link = f"http://cdn.example:{cdn.port}/a.png"
        attempt = fetch(tmp_path, link, trap.url, (CDN,), ("127.0.0.1",))
        assert trap.heard == []
        assert heads(cdn.heard)[0]["host"] == f"cdn.example:{cdn.port}"
    assert attempt.status == 200


def test_a_name_without_an_address_is_an_obstacle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that nobody knows is the network's trouble for one link; that no resolver answers is our own."""

    def failing(number: int) -> Callable[[str, int], Awaitable[tuple[str, ...]]]:
        async def resolve(_host: str, _port: int) -> tuple[str, ...]:
            raise socket.gaierror(number, "no")

        return resolve

    for number, local in ((socket.EAI_NONAME, False), (socket.EAI_AGAIN, True)):
        monkeypatch.setattr(links, "system_resolver", failing(number))
        fetcher = LinkFetcher(gateway_at(PUBLIC), SWIFT)
        recorder = BodyRecorder(Bodies(tmp_path), Redactor([]))
        attempt = asyncio.run(
            fetcher.attempt(Request("GET", "https://cdn.example/a", auth=Auth.NONE), 0, recorder, None)
        )
        assert attempt.failure is not None
        assert (attempt.failure.cause, attempt.failure.local) == (Cause.NETWORK, local)


def _tunnel(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    tunnelled.append(read_request(connection))
    connection.sendall(IMAGE)


tunnelled: list[bytes] = []


@pytest.fixture
def proxied(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets the proxy of the environment, and no other."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return lambda url: monkeypatch.setenv("HTTP_PROXY", url)


def test_a_proxy_is_given_the_checked_address(tmp_path: Path, proxied: Callable[[str], None]) -> None:
    """The user's proxy opens a tunnel to the address that was checked, and never resolves the name itself."""
    tunnelled.clear()
    with raw_server(_tunnel) as proxy:
        proxied(f"http://user:pass@127.0.0.1:{proxy.port}")
        attempt = fetch(tmp_path, "http://cdn.example/a.png", PUBLIC, ("93.184.216.34",))
        assert proxy.heard[0].startswith(b"CONNECT 93.184.216.34:80 HTTP/1.1\r\n")
        assert heads(proxy.heard)[0]["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert attempt.status == 200
    assert heads(tunnelled)[0]["host"] == "cdn.example"
    assert "proxy-authorization" not in heads(tunnelled)[0]


def test_a_proxy_that_refuses_is_our_own_trouble(tmp_path: Path, proxied: Callable[[str], None]) -> None:
    """A proxy that opens no tunnel, or is not there, is never held against the vendor."""
    with raw_server(reply(b"", status="403 Forbidden")) as proxy:
        for number, url in enumerate((proxy.url, f"http://127.0.0.1:{refusing_port()}", "socks5://127.0.0.1:1")):
            proxied(url)
            attempt = fetch(tmp_path / str(number), "http://cdn.example/a.png", PUBLIC, ("93.184.216.34",))
            assert attempt.failure is not None
            assert (attempt.failure.cause, attempt.failure.local) == (Cause.NETWORK, True)


def test_a_proxy_is_never_asked_for_its_own_network(tmp_path: Path, proxied: Callable[[str], None]) -> None:
    """A loopback link of a loopback gateway is fetched directly: the proxy's loopback is another machine's."""
    with raw_server(IMAGE, host=CDN) as cdn, raw_server(reply(b"", status="500 No")) as proxy:
        proxied(proxy.url)
        attempt = fetch(tmp_path, f"{cdn.url}/a.png", "http://127.0.0.1:1", (CDN,))
        assert proxy.heard == []
    assert attempt.status == 200


def test_what_was_fetched_is_evidence_like_everything_else(tmp_path: Path) -> None:
    """A run that is judged later has the picture behind a link: the body is stored, with its headers."""

    def stored(evidence: Evidence) -> tuple[int | None, bytes, str]:
        return evidence.last.status, evidence.last.body, evidence.last.content_type

    with raw_server(IMAGE, host=CDN) as cdn, raw_server(giving(f"{cdn.url}/a.png")) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), draw)
    assert stored(evidence) == (200, PICTURE, "image/png")
