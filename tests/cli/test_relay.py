"""`gateprobe relay`: it starts a gateway before its own upstream, audits it from both sides, and ends it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from gateprobe.cli import run as gateprobe
from tests.support.passing.audits import UPSTREAM_KEY
from tests.support.passing.relay import CLIENT_KEY
from tests.support.servers.programs import free_port

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_gateway_is_started_tested_and_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one command; the archive of the run holds both sides, and no key of either."""
    port, upstream = free_port(), free_port()
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("GATEPROBE_API_KEY", CLIENT_KEY)
    monkeypatch.setenv("OWN_UPSTREAM_KEY", UPSTREAM_KEY)
    options = ["--upstream-port", str(upstream), "--upstream-key", "OWN_UPSTREAM_KEY", "-o", str(tmp_path / "run")]
    selected = ["-p", "relay.prompt", "-p", "relay.client_key", "--max-requests", "50"]
    command = [sys.executable, "-m", "tests.support.passing", str(port)]
    assert gateprobe(["relay", f"http://127.0.0.1:{port}/v1", *options, *selected, "--", *command]) == 0
    output = capsys.readouterr().out
    assert f"upstream: http://127.0.0.1:{upstream}/v1  key: the value of OWN_UPSTREAM_KEY" in output
    assert "at no cost" in output
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0
    archive = tmp_path / "run.tar.gz"
    assert gateprobe(["pack", str(tmp_path / "run"), "-o", str(archive)]) == 0
    with tarfile.open(archive) as tar:
        assert [name for name in tar.getnames() if "/upstream/" in name and name.endswith(".jsonl")]
        packed = [file.read() for member in tar if (file := tar.extractfile(member)) is not None]
    assert not [data for data in packed for key in (CLIENT_KEY, UPSTREAM_KEY) if key.encode() in data]


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ([sys.executable, "-c", "raise SystemExit(3)"], "ended with 3"),
        ([sys.executable, "-c", ""], "ended with 0 (start it in the foreground)"),
        ([f"{os.sep}no{os.sep}such{os.sep}program"], "cannot be run: No such file or directory"),
    ],
)
def test_a_gateway_that_does_not_start_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], sentence: str
) -> None:
    """One sentence names the command and why."""
    url = f"http://127.0.0.1:{free_port()}/v1"
    options = ["--upstream-port", str(free_port()), "-o", str(tmp_path / "run")]
    assert gateprobe(["relay", url, *options, "--", *command]) == 2
    assert sentence in capsys.readouterr().err


def test_a_gateway_does_not_outlive_gateprobe() -> None:
    """The gateway ends even if gateprobe is killed and cannot end it."""
    port = free_port()
    url, command = f"http://127.0.0.1:{port}", [sys.executable, "-m", "http.server", str(port)]
    program = f"""
import os, signal
from gateprobe.audit.upstream import started, upstream
with upstream(port=0) as server, started({command!r}, server, {url!r}, os.environ):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, cwd=ROOT) as running:  # noqa: S603 - ours
        running.communicate(timeout=30)  # ends once no process of the gateway has standard error open
    assert running.returncode == -signal.SIGKILL
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_in_use_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the option that chooses another port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert gateprobe(["relay", "http://127.0.0.1:1/v1", "--upstream-port", str(port)]) == 2
    assert "--upstream-port chooses another one" in capsys.readouterr().err


def test_a_key_that_is_not_set_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """The sentence names the variable."""
    assert gateprobe(["relay", "http://127.0.0.1:1/v1", "--upstream-key", "NO_SUCH_VARIABLE"]) == 2
    assert "NO_SUCH_VARIABLE" in capsys.readouterr().err
