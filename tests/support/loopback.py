"""Servers on loopback whose answers are bytes, one for each request, and the capture of single scenarios against them.

For what travels below HTTP, or not at all: what a faulty gateway says in HTTP is a fault of the reference, or evidence
of `tests.support.evidence`.
"""

from __future__ import annotations

import asyncio
import socket
import socketserver
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from gateprobe.capture import AttemptLimits, Audited, Budget, capture
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway, reference
from gateprobe.model import Json, Tier
from gateprobe.redact import Redactor
from gateprobe.scenario import Scenario, ScenarioRun, Steps
from gateprobe.store.folder import read
from tests.support.evidence import streams

KEY: Final = "sk-loopback-0123456789"
"""The key that requests to these servers carry, unless a test says otherwise."""

SWIFT: Final = AttemptLimits(connect=5, first_byte=20, silence=20, total=30, pause=0.01)
"""Limits for servers that answer at once: pauses too short to be noticed, times that only a hang reaches."""

Answer = bytes | Callable[[socket.socket], None]
"""What a server does with a request: bytes to send before it closes, or anything at all with the connection."""


@dataclass
class Server:
    """A running server: its base URL, and every request that it heard, as bytes, in order."""

    port: int
    scheme: str = "http"
    host: str = "127.0.0.1"
    heard: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{self.scheme}://{self.host}:{self.port}"


def reply(body: bytes = b"{}", *headers: str, status: str = "200 OK", kind: str = "application/json") -> bytes:
    """Write an honest HTTP answer, with a Content-Length."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body


def slam(connection: socket.socket) -> None:
    """Reset a connection, so that the other side sees an error instead of an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def until_closed(connection: socket.socket) -> None:
    """Send nothing more until the other side goes away."""
    try:
        while connection.recv(65536):
            pass
    except OSError:
        pass


def read_request(connection: socket.socket) -> bytes:
    """Return a request as it came; less of it where the other side goes away, nothing where it sends nothing."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].partition(b":")[2]) if lengths else 0
    while len(body) < length:
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return head + b"\r\n\r\n" + body


@contextmanager
def listening(
    handle: Callable[[socket.socket], None],
    *,
    certificate: Path | None = None,
    timeout: float | None = None,
    host: str = "127.0.0.1",
) -> Iterator[int]:
    """Accept connections, each in a thread of its own, which a connection that breaks off ends; yield the port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            connection: socket.socket = self.request
            connection.settimeout(timeout)
            with suppress(OSError):
                if certificate is not None:
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate)
                    connection = context.wrap_socket(connection, server_side=True)
                handle(connection)

    class TCP(socketserver.ThreadingTCPServer):
        daemon_threads = True
        block_on_close = False
        request_queue_size = 64

    with TCP((host, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def raw_server(*answers: Answer, certificate: Path | None = None, host: str = "127.0.0.1") -> Iterator[Server]:
    """Serve: the first request gets the first answer, and so on; the last answer is for all that follow."""
    served, lock = Server(0, "https" if certificate else "http", host), threading.Lock()

    def handle(connection: socket.socket) -> None:
        heard = read_request(connection)
        if not heard:
            return
        with lock:
            served.heard.append(heard)
            answer = answers[min(len(served.heard), len(answers)) - 1]
        if isinstance(answer, bytes):
            connection.sendall(answer)
        else:
            answer(connection)

    with listening(handle, certificate=certificate, host=host) as port:
        served.port = port
        yield served


@contextmanager
def tcp_server(
    handler: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> Iterator[str]:
    """Serve whole connections, each in the hands of a coroutine until it ends; give the base URL."""
    loop, stop, started, ports = asyncio.new_event_loop(), asyncio.Event(), threading.Event(), list[int]()

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await handler(reader, writer)
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(handled, "127.0.0.1", 0) as server:
            ports.append(server.sockets[0].getsockname()[1])
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield f"http://127.0.0.1:{ports[0]}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def refusing_port() -> int:
    """Return a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def gateway_at(url: str, name: str = "raw") -> Gateway:
    """Return OpenAI's gateway file with another name and address."""
    return replace(reference(), name=name, title=name, base_url=url)


def shot_of(steps: Callable[[Gateway], Steps], images: int = 0, name: str = "") -> ScenarioRun:
    """Return a scenario that is in no list."""
    default_name: Any = getattr(steps, "__name__", "steps")
    return ScenarioRun(Scenario(name or default_name, "A test.", steps, Tier.SMOKE, 1, images, takes_value=False))


def capture_all(
    folder: Path,
    gateway: Gateway,
    *scenario_runs: ScenarioRun,
    limits: AttemptLimits = SWIFT,
    budget: Budget | None = None,
    jobs: int = 4,
    secret: str = KEY,
    secrets: Iterable[str] = (),
) -> dict[str, Evidence]:
    """Capture scenarios and give what the folder holds of them."""
    audited = Audited(gateway, secret, scenario_runs, budget or Budget(), jobs)
    capture([audited], folder, Redactor([secret], secrets), limits)
    return read(folder, gateway.name)


def capture_one(folder: Path, gateway: Gateway, steps: Callable[[Gateway], Steps], **options: Any) -> Evidence:
    """Capture one scenario and give what the folder holds of it."""
    scenario_run = shot_of(steps)
    return capture_all(folder, gateway, scenario_run, **options)[scenario_run.id]


def everything_in(folder: Path) -> dict[Path, bytes]:
    """Return every file below a folder with what it holds."""
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def sse(*events: Json) -> bytes:
    """Write events as OpenAI does."""
    return streams.body(events)
