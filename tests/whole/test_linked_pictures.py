"""Gateways whose pictures come as links to another host, audited whole: honest ones, and dead links."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import httpx
import pytest

from gateprobe.cli import run
from gateprobe.model import Observed, Verdict
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.reference import serve
from gateprobe.views.answer import answer_of
from gateprobe.views.tally import Outcome

pytestmark = pytest.mark.slow

CDN: Final = "127.0.0.2"
PROBES: Final = (
    "images.generate",
    "images.generate.n",
    "images.generate.size",
    "images.generate.output_format",
    "images.generate.response_format_url",
    "images.generate.url_fetchable",
)
_DROPPED: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "content-encoding", "date", "server"}
)


@contextmanager
def relayed(upstream: str, host: str, old: str = "", new: str = "") -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Relay to a server, with a text in its answers replaced; give the address, and the headers of each GET."""
    gets: list[dict[str, str]] = []

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relay(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            if self.command == "GET":
                gets.append(headers)
            passed = {name: value for name, value in headers.items() if name not in _DROPPED | {"accept-encoding"}}
            answer = httpx.request(self.command, upstream + self.path, headers=passed, content=sent, timeout=30)
            body = answer.content.replace(old.encode(), new.encode()) if old else answer.content
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in _DROPPED:
                    self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_DELETE = do_OPTIONS = relay  # noqa: N815 - the names that http.server asks for

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server((host, 0), Relay) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield f"http://{host}:{server.server_address[1]}", gets
        finally:
            server.shutdown()


def audited(folder: Path, *, dead: bool) -> tuple[Run, int, list[dict[str, str]]]:
    """Audit a gateway whose links lead to another host, which is there or not; give the run and what the host heard."""
    options = [option for name in PROBES for option in ("--probe", name)]
    with serve("ofox") as served, pytest.MonkeyPatch.context() as patch:
        origin = served.url.removesuffix("/v1")
        patch.setenv("OFOX_API_KEY", served.key)
        with relayed(origin, CDN) as (cdn, heard):
            links = "http://127.0.0.2:9" if dead else cdn
            with relayed(origin, "127.0.0.1", f"{origin}/pictures", f"{links}/pictures") as (gateway, _):
                code = run(["audit", "ofox", "--base-url", f"{gateway}/v1", "--out", str(folder), *options])
    return record.load(folder), code, heard


def test_pictures_on_another_host_are_judged_like_any_other(tmp_path: Path) -> None:
    """Nothing is contradicted or left open, sizes and formats are measured, and the other host saw no credential."""
    run_, code, heard = audited(tmp_path / "run", dead=False)
    left = [
        (each.item, each.reason) for each in run_.records if each.verdict is Verdict.CONTRADICTED or each.incomplete
    ]
    assert (left, code) == ([], 0)
    observed = {each.probe: each.observed for each in run_.records}
    assert observed["link_leads_out"] is observed["size_is_honoured"] is Observed.HONOURED
    assert heard
    assert all(not {"authorization", "cookie", "referer", "x-api-key"} & head.keys() for head in heard)


def test_a_gateway_whose_every_picture_is_a_dead_link_is_contradicted(tmp_path: Path) -> None:
    """The capability of links is contradicted at level must, what needs no picture is judged, and nothing is kept."""
    run_, code, _ = audited(tmp_path / "run", dead=True)
    assert code == 1
    assert answer_of(run_).outcome is Outcome.BROKEN
    by_probe = {each.probe: each for each in run_.records}
    links = by_probe["link_leads_out"]
    assert (links.verdict, links.fault_kind) == (Verdict.CONTRADICTED, "image.link_broken")
    assert "links to 127.0.0.2:9 can be fetched: no connection" in links.reason
    assert by_probe["n_is_honoured"].verdict is Verdict.CONFIRMED
    assert by_probe["address_comes_when_asked_for"].verdict is Verdict.CONFIRMED
