"""One answer over HTTP: what came, when, and every way to fail with its cause."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from pathlib import Path

import pytest

from gateprobe.build import models, responses
from gateprobe.capture import AttemptLimits
from gateprobe.capture.transport.http import _Bound
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.scenario import Steps
from gateprobe.store.bodies import BodySink
from tests.support.loopback import (
    SWIFT,
    Answer,
    capture_all,
    capture_one,
    gateway_at,
    raw_server,
    refusing_port,
    reply,
    shot_of,
    slam,
    tcp_server,
    until_closed,
)

ONCE = AttemptLimits(connect=5, first_byte=20, silence=20, total=30, retries=0)
CERTIFICATE = Path(__file__).with_name("untrusted.pem")


def model_list(gateway: Gateway) -> Steps:
    """Ask once, for nothing that costs."""
    yield models(gateway)


def asked(folder: Path, *answers: Answer, limits: AttemptLimits = ONCE) -> Evidence:
    """Ask a server that answers so, once."""
    with raw_server(*answers) as server:
        return capture_one(folder, gateway_at(server.url), model_list, limits=limits)


@pytest.mark.parametrize(
    ("first", "protocol"),
    [
        (bytes.fromhex("000000 04 00 00000000  000008 07 00 00000000 0000000000000001"), "HTTP/2"),
        (bytes.fromhex("000012 04 00 00000000 0003 00000080"), "HTTP/2"),
        (bytes.fromhex("15 0301 0002 0246"), "TLS"),
    ],
)
def test_an_answer_in_another_protocol_is_named(tmp_path: Path, first: bytes, protocol: str) -> None:
    """A failure names the protocol of a server that answers in HTTP/2, or in TLS at an http address."""
    failed = asked(tmp_path, first).last.last.failure
    assert failed is not None
    assert (failed.cause, str(failed.message)) == (
        Cause.NETWORK,
        f"the server answers with {protocol}, not with HTTP/1.1",
    )


def test_status_headers_and_body_are_kept_as_they_came(tmp_path: Path) -> None:
    """Status, headers in their order and spelling, version and body come back from disk as they were sent."""
    last = asked(tmp_path, reply(b'{"a": 1}', "X-Two: 1", "x-two: 2", "X-Cafe: caf\xe9", status="418 I am")).last
    assert (last.status, last.last.http_version, last.body, last.json()) == (418, "HTTP/1.1", b'{"a": 1}', {"a": 1})
    assert last.last.headers[2:] == (("X-Two", "1"), ("x-two", "2"), ("X-Cafe", "caf\xe9"))
    assert last.last.header("x-two") == "1, 2"
    assert last.last.failure is None
    assert not last.last.defect
    assert (last.last.length, last.last.wire_length) == (8, 8)


def test_arrivals_follow_the_server(tmp_path: Path) -> None:
    """Each piece that came apart has an arrival: the offset past it, and a time that never runs backwards."""
    go = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        go.wait(20)
        connection.sendall(b"def")

    def steps(gateway: Gateway) -> Steps:
        threading.Timer(0.05, go.set).start()
        yield models(gateway)

    with raw_server(answer) as server:
        attempt = capture_one(tmp_path, gateway_at(server.url), steps, limits=ONCE).last.last
    assert [arrival.end for arrival in attempt.arrivals] == [3, 6]
    assert attempt.head_ms is not None
    assert 0 <= attempt.head_ms <= attempt.arrivals[0].ms <= attempt.arrivals[1].ms <= attempt.elapsed_ms


def failing(folder: Path, answer: Answer, limits: AttemptLimits = ONCE) -> tuple[Cause, str, bool]:
    """Ask a server that fails so; give cause, sentence and whether the request left."""
    attempt = asked(folder, answer, limits=limits).last.last
    assert attempt.failure is not None
    return attempt.failure.cause, attempt.failure.reason, attempt.left


def test_reset_before_the_head(tmp_path: Path) -> None:
    """A connection that breaks before an answer is the network's, and the request has left."""
    cause, reason, left = failing(tmp_path, slam)
    assert (cause, left) == (Cause.NETWORK, True)
    assert reason.startswith("the connection broke before an answer began")


def test_closed_without_an_answer(tmp_path: Path) -> None:
    """A server that closes without a word is the network's."""
    cause, reason, left = failing(tmp_path, b"")
    assert (cause, left) == (Cause.NETWORK, True)
    assert "before an answer began" in reason


def test_reset_in_the_middle_of_the_body(tmp_path: Path) -> None:
    """What came before a reset is kept, and the sentence says how much it was."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        slam(connection)

    last = asked(tmp_path, answer).last
    assert last.status == 200
    assert last.last.failure is not None
    assert last.last.failure.cause is Cause.NETWORK
    assert last.body == b"0123456789"[: len(last.body)]
    assert f"after {len(last.body)} bytes of the body" in last.last.failure.reason


def test_content_length_too_long(tmp_path: Path) -> None:
    """A body shorter than its Content-Length is a broken connection; the bytes that came are kept."""
    last = asked(tmp_path, b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"cut": 1').last
    assert last.last.failure is not None
    assert last.last.failure.cause is Cause.NETWORK
    assert "after 9 bytes" in last.last.failure.reason
    assert last.body == b'{"cut": 1'


def test_content_length_too_short(tmp_path: Path) -> None:
    """A body longer than its Content-Length ends there; nothing of it reaches the answer of another scenario."""

    def other(gateway: Gateway) -> Steps:
        yield models(gateway)

    more = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspoof"
    with raw_server(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n1234" + more, reply(b'"true"')) as server:
        gateway = gateway_at(server.url)
        evidence_of = capture_all(tmp_path, gateway, shot_of(model_list), shot_of(other), limits=ONCE, jobs=1)
    assert [evidence_of[name].last.body for name in ("model_list", "other")] == [b"1234", b'"true"']


@pytest.mark.parametrize("apart", [False, True], ids=["in one piece", "in another piece"])
def test_bytes_after_an_answer_are_a_defect_and_no_answer(tmp_path: Path, apart: bool) -> None:  # noqa: FBT001 - drawn
    """On a connection that is used again, they drop it; the next request of the scenario gets its own answer."""

    def twice(gateway: Gateway) -> Steps:
        yield models(gateway)
        yield models(gateway)

    def spoof(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + (b"12" if apart else b""))
        connection.sendall((b"34" if apart else b"1234") + b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nspoof")
        until_closed(connection)

    with raw_server(spoof, reply(b'"true"')) as server:
        evidence = capture_one(tmp_path, gateway_at(server.url), twice, limits=ONCE)
    first, second = evidence.exchanges
    assert (first.body, second.body) == (b"1234", b'"true"')
    assert first.last.defect is not None
    assert "43 bytes came after the end of the answer" in str(first.last.defect)
    assert second.last.defect is None


def test_a_line_end_after_an_answer_is_no_defect(tmp_path: Path) -> None:
    """Old servers send one after a body."""
    assert asked(tmp_path, reply(b"{}") + b"\r\n").last.last.defect is None


def test_json_of_too_many_values_is_cut(tmp_path: Path) -> None:
    """What takes a hundred times its bytes once it is parsed is cut long before the limit of bytes."""
    last = asked(tmp_path, reply(b"[" + b"{}," * 400_000 + b"{}]")).last
    assert "500,000 values" in str(last.last.defect)
    assert len(last.body) == ONCE.kept


def test_a_disk_that_an_answer_fills_keeps_its_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The attempt says so, the beginning is stored under its hash, and the next answer is stored whole."""

    def full(sink: BodySink, data: bytes) -> None:
        if sink.length > 300_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(sink, data)

    def twice(gateway: Gateway) -> Steps:
        yield models(gateway)
        yield models(gateway)

    write = BodySink._write
    monkeypatch.setattr(BodySink, "_write", full)
    with raw_server(reply(b"x" * 1_000_000), reply(b"{}")) as server:
        first, second = capture_one(tmp_path, gateway_at(server.url), twice, limits=ONCE).exchanges
    assert first.last.failure is not None
    assert "No space left on device" in first.last.failure.reason
    assert first.last.failure.cause is Cause.BUDGET
    assert first.body == b"x" * ONCE.kept
    assert second.body == b"{}"


def test_a_scenario_keeps_its_connection(tmp_path: Path) -> None:
    """Requests of one scenario that follow at once share a connection, as they do in clients; scenarios do not."""
    connections: list[tuple[str, int]] = []

    async def handler(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer.get_extra_info("peername"))
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(reply(b"{}"))

    def two(gateway: Gateway) -> Steps:
        yield models(gateway)
        yield models(gateway)

    with tcp_server(handler) as url:
        evidence_of = capture_all(tmp_path, gateway_at(url), shot_of(two), shot_of(two, name="again"), jobs=1)
    assert [len(evidence.exchanges) for evidence in evidence_of.values()] == [2, 2]
    assert all(exchange.ok for evidence in evidence_of.values() for exchange in evidence.exchanges)
    assert len(connections) == 2


def test_conflicting_lengths_survive(tmp_path: Path) -> None:
    """Two Content-Lengths that differ are an answer that nobody can read: a failure, no crash."""
    cause, reason, _ = failing(tmp_path, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
    assert cause is Cause.NETWORK
    assert "Content-Length" in reason


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Evil: a\x00b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n: nameless\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\x1b[31m\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 9 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 400_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 100_000 + b"\r\n",
    ],
    ids=["nul", "nameless", "no-colon", "ssh", "tls", "long-header", "many-headers"],
)
def test_a_head_that_is_no_http(tmp_path: Path, head: bytes) -> None:
    """A head that is no HTTP is a failure whose sentence holds no control character."""
    cause, reason, left = failing(tmp_path, head)
    assert (cause, left) == (Cause.NETWORK, True)
    assert reason.isprintable()
    assert len(reason) < 400


def test_slow_head_is_a_timeout(tmp_path: Path) -> None:
    """A server that accepts and never answers is a timeout, with the seconds that were waited."""
    limits = AttemptLimits(first_byte=0.3, silence=20, total=20, retries=0)
    assert failing(tmp_path, until_closed, limits) == (Cause.TIMEOUT, "no answer within 0.3 s", True)


def test_dribbled_head_is_a_timeout(tmp_path: Path) -> None:
    """A head that comes byte by byte does not outlast the time for a first answer."""

    def answer(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"H")
            threading.Event().wait(0.05)

    cause, reason, _ = failing(tmp_path, answer, AttemptLimits(first_byte=0.4, total=20, retries=0))
    assert cause in (Cause.TIMEOUT, Cause.NETWORK)
    assert reason


def test_silence_in_the_body_is_a_timeout(tmp_path: Path) -> None:
    """A body that stops coming is a timeout; what had come is kept."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123")
        until_closed(connection)

    last = asked(tmp_path, answer, limits=AttemptLimits(silence=0.3, total=20, retries=0)).last
    assert last.last.failure is not None
    assert last.last.failure.cause is Cause.TIMEOUT
    assert "silent for 0.3 s" in last.last.failure.reason
    assert last.body == b"0123"


def test_slow_bytes_end_with_the_total_time(tmp_path: Path) -> None:
    """A body that dribbles on for ever, never silent for long, ends with the total time."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
        while True:
            connection.sendall(b": alive\n\n")
            threading.Event().wait(0.02)

    last = asked(tmp_path, answer, limits=AttemptLimits(silence=5, total=0.6, retries=0)).last
    assert last.last.failure is not None
    assert last.last.failure.cause is Cause.TIMEOUT
    assert "not complete within 0.6 s" in last.last.failure.reason
    assert last.body.startswith(b": alive\n\n")


def test_a_refused_connection_never_left(tmp_path: Path) -> None:
    """A port that nobody listens on is the network's, and nothing can have been billed."""
    port = refusing_port()
    attempt = capture_one(tmp_path, gateway_at(f"http://127.0.0.1:{port}"), model_list, limits=ONCE).last.last
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.left, attempt.status) == (Cause.NETWORK, False, None)
    assert attempt.failure.reason == f"no connection to 127.0.0.1:{port}: connection refused"


def test_a_name_that_nobody_has_never_left(tmp_path: Path) -> None:
    """A host name that does not resolve is the network's, and nothing can have been billed."""
    gateway = gateway_at("http://gateprobe.invalid")
    attempt = capture_one(tmp_path, gateway, model_list, limits=ONCE).last.last
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.left) == (Cause.NETWORK, False)
    assert attempt.failure.reason.startswith("no connection to gateprobe.invalid:80: ")


def test_a_certificate_that_nobody_signed_never_gets_the_key(tmp_path: Path) -> None:
    """A server with a wrong certificate is the network's, and hears nothing: no request, no key."""
    with raw_server(reply(), certificate=CERTIFICATE) as server:
        attempt = capture_one(tmp_path, gateway_at(server.url), model_list, limits=ONCE).last.last
        heard = list(server.heard)
    assert attempt.failure is not None
    assert (attempt.failure.cause, attempt.left) == (Cause.NETWORK, False)
    assert "certificate" in attempt.failure.reason.lower()
    assert heard == []


def test_an_endless_body_is_cut(tmp_path: Path) -> None:
    """A body without end is taken in up to the bound, and the cut is the gateway's defect, not a failure of ours."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"data: x\n\n" * 4096)

    attempt = asked(tmp_path, answer, limits=AttemptLimits(body=1_000_000, retries=0)).last.last
    assert attempt.failure is None
    assert attempt.length == 1_000_000
    assert str(attempt.defect) == "the body passed 1,000,000 bytes and was cut there"


def test_invalid_utf8_survives(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are kept as they came."""
    body = b'{"error": {"message": "\xff\xfe\xc3\x28"}}'
    assert asked(tmp_path, reply(body, status="400 Bad")).last.body == body


def test_deep_json_survives(tmp_path: Path) -> None:
    """JSON nested beyond all measure is an answer that is not as promised, with one sentence."""
    last = asked(tmp_path, reply(b"[" * 200_000 + b"]" * 200_000, status="400 Bad")).last
    assert last.error is not None
    assert str(last.summary).startswith("HTTP 400")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_never_followed(tmp_path: Path, status: str) -> None:
    """A redirect is kept as the answer that it is; the server it points to hears nothing, least of all the key."""
    with raw_server(reply()) as trap:
        last = asked(tmp_path, reply(b"", f"Location: {trap.url}/v1/models", status=status)).last
        assert trap.heard == []
    assert last.status == int(status[:3])


def test_cookies_are_not_carried(tmp_path: Path) -> None:
    """What one answer sets as a cookie is not sent with the next request: an exchange stands alone."""

    def steps(gateway: Gateway) -> Steps:
        yield models(gateway)
        yield models(gateway)

    with raw_server(reply(b"{}", "Set-Cookie: seen=1; Path=/")) as server:
        capture_one(tmp_path, gateway_at(server.url), steps)
        assert len(server.heard) == 2
        assert all(b"cookie" not in heard.lower() for heard in server.heard)


def test_interim_answers_are_passed_over(tmp_path: Path) -> None:
    """A 103 before the answer is not the answer."""
    assert asked(tmp_path, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + reply(b"7")).last.body == b"7"


def test_many_small_pieces_keep_their_offsets(tmp_path: Path) -> None:
    """However many pieces came, the arrivals end at the body's length and grow all the way."""

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n")
        for _ in range(10_000):
            connection.sendall(b"ab")

    attempt = asked(tmp_path, answer, limits=SWIFT).last.last
    ends = [arrival.end for arrival in attempt.arrivals]
    assert ends[-1] == 20_000 == attempt.length
    assert ends == sorted(set(ends))
    assert [a.ms for a in attempt.arrivals] == sorted(a.ms for a in attempt.arrivals)


def test_a_body_in_tiny_pieces_for_ever_is_cut() -> None:
    """60,000 pieces are enough where they have less than 64 bytes on average; larger ones are not counted."""
    for size, cut in ((63, True), (64, False)):
        bound = _Bound(SWIFT, stream=False)
        exceeded = [bound.exceeded(number * size, b" ", number * size) for number in range(1, 60_002)]
        assert not any(exceeded[:-1])
        assert (str(exceeded[-1]) if cut else exceeded[-1]) == (
            "the body came in more than 60,000 pieces of less than 64 bytes on average and was cut there"
            if cut
            else None
        )


@pytest.mark.slow
def test_a_line_beyond_all_bounds_is_cut(tmp_path: Path) -> None:
    """A stream whose one line never ends is cut where no decoder reads on, and little of it is kept."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ")
        while True:
            connection.sendall(bytes(1 << 20))

    def stream(gateway: Gateway) -> Steps:
        yield responses(gateway, "hi", stream=True)

    with raw_server(answer) as server:
        attempt = capture_one(tmp_path, gateway_at(server.url), stream, limits=ONCE).last.last
    assert attempt.failure is None
    assert str(attempt.defect) == "a line of the stream passed 67,108,864 bytes and was cut there"
    assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 1 << 20


def leaving(gateway: Gateway) -> Steps:
    """Leave an answer at its first bytes, then ask again."""
    yield models(gateway).with_(leave_after=1)
    yield models(gateway).with_(pause=0.01)


def test_an_answer_can_be_left_on_purpose(tmp_path: Path) -> None:
    """It counts as no answer, and the next request is sent on another connection."""
    with raw_server(reply(b"x" * 10), reply(b"[]")) as server:
        first, second = capture_one(tmp_path, gateway_at(server.url), leaving, limits=ONCE).exchanges
    assert first.last.failure is not None
    assert (first.status, first.ok, first.last.failure.cause) == (200, False, Cause.HARNESS)
    assert (second.ok, second.body) == (True, b"[]")


def test_a_silent_answer_can_be_left_on_purpose(tmp_path: Path) -> None:
    """After a given time; the request is not repeated, and its server sees the connection close."""
    closed = threading.Event()

    def answer(connection: socket.socket) -> None:
        connection.recv(1)
        closed.set()

    def hurried(gateway: Gateway) -> Steps:
        yield models(gateway).with_(leave_at=0.05)

    with raw_server(answer) as server:
        exchange = capture_one(tmp_path, gateway_at(server.url), hurried).last
        assert closed.wait(5)
    assert len(exchange.attempts) == 1
    assert exchange.last.failure is not None
    assert (exchange.status, exchange.last.failure.cause) == (None, Cause.HARNESS)
