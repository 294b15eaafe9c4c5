"""A key in the environment appears in no file of a run, on no terminal and in no report, however a server echoes it."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateprobe.build import models, responses
from gateprobe.formats import FORMATS, render, write_html
from gateprobe.gateway import Gateway
from gateprobe.record import file as record
from gateprobe.request import Transport
from gateprobe.scenario import Steps
from tests.support.loopback import Answer, capture_all, everything_in, gateway_at, raw_server, reply, shot_of, slam
from tests.support.spellings import OBSCURED, PACKED, SPELLINGS

pytestmark = pytest.mark.slow

KEYS = [
    "sk-plain-0123456789abcdef",
    'sk-"quoted\\back/slash"',
    "sk-<b>&amp;'html'</b>",
    "sk-%41+url&?=#percent",
    "sk spaces and ~tilde~ {json}",
    "$(sk)`key`|*[x]^.regex?",
]
"""Keys that JSON, URLs, HTML, shells and regular expressions must each escape."""

PROGRAM = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"


def spellings(key: str) -> Iterator[bytes]:
    """Return every spelling of a key that must not be found anywhere."""
    yield from {spell(key) for spell in SPELLINGS.values()}
    if len(re.findall("[A-Za-z0-9]", key)) >= 10:
        yield from {spell(key) for spell in OBSCURED.values()}
    yield base64.b64encode(b"Bearer " + key.encode() + b"\r\n")


def chunked(*pieces: bytes) -> Answer:
    """Answer in chunks that arrive apart."""

    def answer(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
        connection.sendall(b"0\r\n\r\n")

    return answer


def echoes(key: str) -> list[Answer]:
    """Return answers that echo a key in every place where a server can put one."""
    raw, everything = key.encode(), b" ; ".join(sorted(spellings(key)))
    error = json.dumps({"error": {"message": f"bad key {key}", "type": key, "code": key, "param": key}}).encode()
    event = b"event: error\ndata: " + json.dumps({"type": "error", "message": key, key: 1}).encode() + b"\n\n"
    half = len(raw) // 2
    texts = [{"type": "output_text", "text": text, "annotations": []} for text in (f"It is {key[:9]}", key[9:])]
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": texts}
    split = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.5", "output": [message]}
    deltas = [{"type": "response.output_text.delta", "item_id": "m", "delta": text} for text in (key[:9], key[9:])]
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + everything

    def broken(connection: socket.socket) -> None:
        connection.sendall(short)
        slam(connection)

    return [
        reply(error, status="401 Unauthorized"),
        reply(error, status="400 Bad Request"),
        reply(error, status="500 Oops"),
        reply(everything, kind="text/html"),
        reply(json.dumps(split).encode()),
        chunked(*(b"data: %s\n\n" % json.dumps(delta).encode() for delta in deltas)),
        *(reply(pack(key)) for pack in PACKED.values()),
        reply(gzip.compress(gzip.compress(error)), "Content-Encoding: gzip"),
        reply(b"{}", f"X-Echo: {key}", f"WWW-Authenticate: Bearer realm={json.dumps(key)}"),
        reply(b"", f"Location: https://elsewhere.invalid/?key={quote(key, safe='')}", status="302 Found"),
        reply(gzip.compress(error + everything), "Content-Encoding: gzip"),
        reply(error + everything, "Content-Encoding: gzip"),
        reply(error + everything, "Content-Encoding: " + quote(key, safe="")),
        chunked(event, event[:20], event[20:]),
        chunked(
            *(bytes([byte]) for byte in event), *(everything[at : at + 61] for at in range(0, len(everything), 61))
        ),
        chunked(b"data: " + raw[:half], raw[half:] + b"\n\n", b": " + everything + b"\n\n"),
        f"HTTP/1.1 200 {key}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        f"HTTP/1.1 {key}\r\n\r\n".encode(),
        f"HTTP/1.1 200 OK\r\nno colon {key}\r\n\r\n".encode(),
        broken,
        reply(json.dumps({"data": [{"id": key, "url": f"https://{quote(key, safe='')}.invalid/{key}"}]}).encode()),
    ]


def leaks(key: str, files: dict[Path, bytes]) -> list[tuple[str, bytes]]:
    """Return every file that holds a key, with the spelling; or its first half, unless the second never arrived."""
    forms = [*spellings(key), *(pack(key) for pack in PACKED.values())]
    first, second = (json.dumps(half)[1:-1].encode() for half in (key[:9], key[9:]))
    half = {path for path, data in files.items() if first + b'"' in data}
    split = [(str(path), first) for path in half if second in files[path] or b"*" * len(second) in files[path]]
    return split + [(str(path), form) for path, data in files.items() for form in forms if form in data]


def free(gateway: Gateway) -> Steps:
    """Ask once, without a stream."""
    yield models(gateway)


def over_websocket(gateway: Gateway) -> Steps:
    """Ask over a WebSocket."""
    yield responses(gateway, "hi", transport=Transport.WEBSOCKET)


@pytest.mark.parametrize("key", KEYS)
def test_no_file_of_a_capture_holds_the_key(tmp_path: Path, key: str) -> None:
    """However one answer after another echoes the key, nothing below the folder holds it in any spelling."""
    answers = echoes(key)
    scenario_runs = [shot_of(free, name=f"s{number:02}") for number in range(len(answers))]
    scenario_runs += [shot_of(over_websocket, name=f"w{number:02}") for number in range(3)]
    with raw_server(*answers, *answers[:3]) as server:
        capture_all(tmp_path, gateway_at(server.url), *scenario_runs, secret=key, jobs=1)
        assert any(key.encode() in heard for heard in server.heard), "the key did leave, or nothing is proved"
    assert leaks(key, everything_in(tmp_path)) == []


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    key=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=40).filter(
        lambda k: len(set(k)) > 4
    ),
    data=st.data(),
)
def test_no_body_holds_any_key(tmp_path_factory: pytest.TempPathFactory, key: str, data: st.DataObject) -> None:
    """A property over keys, spellings, cuts and codings: what is stored of a body does not hold the key."""
    spelling = data.draw(st.sampled_from(sorted(spellings(key))))
    body = b'{"a": "' + spelling + b'"}'
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=4)))
    pieces = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True) if end > start]
    packed = reply(gzip.compress(body), "Content-Encoding: gzip")
    folder = tmp_path_factory.mktemp("run")
    with raw_server(chunked(*pieces), packed) as server:
        captured = capture_all(
            folder, gateway_at(server.url), shot_of(free, name="a"), shot_of(free, name="b"), secret=key, jobs=1
        )
    assert [captured[name].last.status for name in "ab"] == [200, 200]
    assert leaks(key, everything_in(folder)) == []


def a_hostile_gateway(key: str) -> Callable[[socket.socket], None]:
    """Answer every request with the next of all echoes, over and over."""
    answers, lock, turn = echoes(key), threading.Lock(), iter(range(1_000_000))

    def answer(connection: socket.socket) -> None:
        with lock:
            chosen = answers[next(turn) % len(answers)]
        if isinstance(chosen, bytes):
            connection.sendall(chosen)
        else:
            chosen(connection)

    return answer


@pytest.mark.parametrize("key", [KEYS[0], KEYS[1] + KEYS[2]])
def test_an_audit_of_a_hostile_gateway_holds_no_key(tmp_path: Path, key: str) -> None:
    """A whole audit, from the command to every report: no file, no line of the terminal holds the key; it ends well."""
    folder, xml, page = tmp_path / "run", tmp_path / "log.xml", tmp_path / "log.html"
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    began = time.monotonic()
    with raw_server(a_hostile_gateway(key)) as server:
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", PROGRAM, "audit", server.url, "--out", str(folder), "-v", "--jobs", "8"],
            env=environment | {"GATEPROBE_API_KEY": key},
            cwd=tmp_path,
            capture_output=True,
            timeout=200,
            check=False,
        )
        log = subprocess.run(  # noqa: S603 - our own command
            [
                sys.executable,
                "-m",
                "pytest",
                "probes",
                f"--gateway={server.url}",
                "-k",
                "models",
                f"--run={tmp_path / 'two'}",
                "-vv",
                "-p",
                "no:cacheprovider",
                f"--junit-xml={xml}",
                f"--html={page}",
                "--self-contained-html",
            ],
            env=environment | {"GATEPROBE_API_KEY": key},
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            timeout=200,
            check=False,
        )
    assert done.returncode in (1, 10), done.stdout + done.stderr
    assert b"Traceback" not in done.stdout + done.stderr
    assert time.monotonic() - began < 180
    write_html(folder)
    for form in FORMATS:
        (folder / f"report.{form}").write_text(render(record.load(folder), form), "utf-8")
    printed = {Path("terminal"): done.stdout + done.stderr, Path("pytest"): log.stdout + log.stderr}
    assert leaks(key, everything_in(tmp_path) | printed) == []
