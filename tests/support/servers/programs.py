"""Programs that serve HTTP on loopback: where they are installed, how they start, and how they end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

_SBIN: Final = ("/usr/sbin", "/usr/local/sbin")
"""Where Debian installs servers; the path of an ordinary user does not contain it."""

_START: Final = 90.0
"""Seconds until a program that does not listen is given up; LiteLLM takes 20 on a busy machine."""

_STOP: Final = 5.0


class ProgramError(Exception):
    """A program ended, or did not listen in time."""


def find_program(name: str, folders: Sequence[Path] = ()) -> Path | None:
    """Return the path of an installed program; folders are searched first."""
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), *_SBIN])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def free_port() -> int:
    """Return a port of loopback on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def run_program(
    command: Sequence[str | Path], port: int, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a program and its children while the block runs; the block begins once a port accepts connections.

    Raises:
        ProgramError: the program ended, or did not listen in time; the error has the end of its output.
    """
    log = folder / "output.log"
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - an installed server with our configuration
            command,
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as running,
    ):
        try:
            _wait_for(port, running, log)
            yield
        finally:
            _end(running)


def _wait_for(port: int, running: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        if running.poll() is not None:
            break
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        time.sleep(0.05)
    output = log.read_text("utf-8", "replace")[-2000:]
    raise ProgramError(f"{running.args!r} does not listen on port {port}:\n{output}")


def _end(running: subprocess.Popen[bytes]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(running.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            running.wait(_STOP)
            return
