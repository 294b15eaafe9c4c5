"""Running the real command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


_GUARD = """
import sys
def guard(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"a socket was used: {event}")
sys.addaudithook(guard)
from gateprobe.cli import run
sys.exit(run(sys.argv[1:]))
"""
_BROKEN = """
import sys
from gateprobe.library import probes
def broken(*_):
    raise ZeroDivisionError("ours")
object.__setattr__(next(one for one in probes() if one.id == "models_are_listed"), "judge", broken)
from gateprobe.cli import run
sys.exit(run(sys.argv[1:]))
"""
_PLAIN = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"


def _runner(folder: Path, program: str) -> Command:
    def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", program, *map(str, arguments)],
            cwd=folder,
            env=kept | {"COLUMNS": "120"} | environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Run `gateprobe` with arguments in an empty folder and an environment without keys; give what it said."""
    return _runner(tmp_path, _PLAIN)


@pytest.fixture
def offline(tmp_path: Path) -> Command:
    """Run `gateprobe` so that the first use of any socket ends it with a word about sockets."""
    return _runner(tmp_path, _GUARD)


@pytest.fixture
def broken(tmp_path: Path) -> Command:
    """Run a `gateprobe` in which the probe `models_are_listed` fails."""
    return _runner(tmp_path, _BROKEN)


@pytest.fixture
def one_sentence() -> Callable[[subprocess.CompletedProcess[str]], str]:
    """Return the one line that a command said on standard error; fail on a second one, and on a traceback."""

    def of(done: subprocess.CompletedProcess[str]) -> str:
        assert "Traceback" not in done.stdout + done.stderr
        (line,) = done.stderr.strip().splitlines()
        return line

    return of
