"""Serve recorded answers again on loopback, byte for byte and in the pieces in which they came."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from gateprobe.clients.job import Job

_OWN: Final = frozenset(
    {"connection", "content-encoding", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}
)
"""Headers of the connection and of the encoding, which this server answers for."""


class _Handler(BaseHTTPRequestHandler):
    """Answers whatever is asked below `/<number>/` with that recorded answer."""

    protocol_version = "HTTP/1.1"
    jobs: Sequence[Job] = ()

    def do_GET(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers.get("content-length") or 0))
        number = self.path.split("/")[1]
        if not number.isdecimal() or int(number) >= len(self.jobs):
            self.send_error(404)
            return
        self._send(self.jobs[int(number)])

    do_POST = do_GET  # noqa: N815 - the name that http.server asks for

    def _send(self, job: Job) -> None:
        exchange = job.exchange
        self.send_response_only(exchange.status or 500)
        for name, value in exchange.last.headers:
            if name.lower() not in _OWN and (name + value).isascii() and (name + value).isprintable():
                self.send_header(name, value)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        start = 0
        for end in (*(arrival.end for arrival in exchange.last.arrivals), len(exchange.body)):
            piece = exchange.body[start:end]
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            start = max(start, end)
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Log nothing: a client that hangs up is in its own outcome."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Log nothing, as above."""


@contextmanager
def replaying(jobs: Sequence[Job]) -> Iterator[str]:
    """Serve answers while the block runs; gives `http://127.0.0.1:port`, below which job 0 is at `/0`."""
    handler = type("Handler", (_Handler,), {"jobs": jobs})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()
