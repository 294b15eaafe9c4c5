"""A real proxy before a persona: nginx that holds streams back is found, a tuned one is clean."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateprobe.capture import Audited, Budget, capture
from gateprobe.gateway import find, reference
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.model import Observed, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.record.file import Record
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.store import folder as store

NGINX: Final = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(NGINX is None, reason="nginx is not installed")]

DRAWING: Final = 0.4
"""Seconds that the persona takes for a picture: without a wait, nobody could tell a stream that is held back."""

STOCK: Final = ""
TUNED: Final = """
    proxy_buffering off;
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $upgrading;
    client_max_body_size 64m;
"""
GZIP: Final = """
    gzip on;
    gzip_types application/json text/event-stream;
    gzip_proxied any;
    proxy_http_version 1.1;
"""
CONFIGURATION: Final = """
{user}
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  map $http_upgrade $upgrading {{ default upgrade; '' ''; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {behind}; {settings} }}
  }}
}}
"""


@contextmanager
def nginx(folder: Path, behind: str, settings: str) -> Iterator[str]:
    """Run nginx before an address while the block runs; gives its own address.

    It inherits a socket that listens already, as it does when it is replaced by a newer version of itself: so it can
    be asked at once, and nothing has to wait for its start.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port, fd = listener.getsockname()[1], listener.fileno()
        user = "user root;" if os.geteuid() == 0 else ""
        text = CONFIGURATION.format(user=user, folder=folder, port=port, behind=behind, settings=settings)
        (folder / "nginx.conf").write_text(text, "utf-8")
        command = [NGINX or "nginx", "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")]
        with subprocess.Popen(  # noqa: S603 - Debian's nginx with our configuration
            command, env={**os.environ, "NGINX": f"{fd};"}, pass_fds=(fd,), stderr=subprocess.DEVNULL
        ) as running:
            listener.close()
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                running.terminate()


def audited(folder: Path, settings: str, *capabilities: str) -> Mapping[str, Record]:
    """Audit the OpenAI persona behind nginx, nightly tier; all of it, or some capabilities. Records by probe."""
    gateway = find("openai")
    items = [
        item
        for item in items_for(gateway, probes(), Tier.NIGHTLY, ["transport.large_request"])
        if not capabilities or item.probe.capability in capabilities
    ]
    with serve("openai", delay=DRAWING) as served, nginx(folder, served.url.removesuffix("/v1"), settings) as address:
        behind = replace(gateway, base_url=f"{address}/v1")
        capture(
            [Audited(behind, served.key, scenario_runs_of(items), Budget(), 4)],
            folder / "run",
            Redactor([served.key]),
        )
    captured = store.read(folder / "run", "openai")
    return {item.id: judge(item, reference(), captured) for item in items}


@pytest.mark.parametrize("settings", [pytest.param(STOCK, id="stock"), pytest.param(GZIP, id="gzip")])
def test_a_proxy_that_buffers_is_found(tmp_path: Path, settings: str) -> None:
    """Streams that are held back and large requests that are refused are contradicted, each by its probe."""
    records = audited(tmp_path, settings, "stream.incremental", "transport.large_request", "stream.terminal")
    held = records["events_are_not_held_back@openai"]
    assert (held.observed, held.verdict) == (Observed.IGNORED, Verdict.CONTRADICTED), held.reason
    large = records["large_request_is_read@openai"]
    assert (large.observed, large.verdict) == (Observed.REFUSED, Verdict.CONTRADICTED), large.reason
    assert "413" in large.reason
    assert records["streams_end_once@openai"].verdict is Verdict.CONFIRMED


def test_a_tuned_proxy_is_clean(tmp_path: Path) -> None:
    """Buffering off, large bodies and upgrades let through: nothing is contradicted and nothing is left out."""
    records = audited(tmp_path, TUNED)
    assert [(record.item, record.reason) for record in records.values() if record.verdict is Verdict.CONTRADICTED] == []
    assert [(record.item, record.reason) for record in records.values() if record.incomplete] == []
    assert records["events_are_not_held_back@openai"].verdict is Verdict.CONFIRMED
    assert records["large_request_is_read@openai"].verdict is Verdict.CONFIRMED
