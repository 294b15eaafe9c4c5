"""An audit of a hostile gateway by the real command, in a process whose time and memory are measured."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.support.hostile.hostile_servers import KEY, Scene

SECONDS: Final = 30.0
"""How long an audit of a hostile gateway may work; a machine with other things to do takes longer by the clock."""

BYTES: Final = 1 << 30
"""How much memory it may take."""

DESIGNED: Final = (0, 1, 10)
"""The exit codes that a gateway can cause: never 2 (wrong use), never 11 (our fault)."""

_PROGRAM: Final = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"
_FILE: Final = """
name = "hostile"
title = "Hostile"
base_url = "{url}"

[key]
env = "HOSTILE_SECRET"

[models]
text = "gpt-5.5"
image = "gpt-image-2"

[documents.brochure]
title = "Brochure"
date = "2026"
language = "en"

[[claims]]
capability = "responses.image.stream"
stance = "offered"
document = "brochure"
quote = "Streams."
"""


@dataclass(frozen=True, slots=True)
class Survived:
    """What an audit came to: its exit code, seconds by the clock and of the processor, bytes at most, what it said."""

    code: int
    seconds: float
    worked: float
    memory: int
    printed: str
    folder: Path


def audit(folder: Path, scene: Scene, *options: str, limit: float = 4 * SECONDS) -> Survived:
    """Audit a hostile gateway at the smoke tier, with little patience."""
    gateway_file = folder / "hostile.toml"
    gateway_file.write_text(_FILE.format(url=scene.url), "utf-8")
    run, output = folder / "run", folder / "output.txt"
    environment = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    arguments = [
        "audit",
        str(gateway_file),
        "--tier",
        "smoke",
        "--answer-timeout",
        "1",
        "--yes",
        "--out",
        str(run),
        *options,
    ]
    began = time.monotonic()
    with output.open("wb") as sink:
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", _PROGRAM, *arguments],
            cwd=folder,
            env=environment | {"HOSTILE_SECRET": KEY, "COLUMNS": "120"},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )
        memory = 0
        while True:
            memory = max(memory, _peak(process.pid))
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - began > limit:
                process.kill()
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - began
    worked = used.ru_utime + used.ru_stime
    return Survived(process.returncode, seconds, worked, memory, output.read_text("utf-8", "replace"), run)


def _peak(pid: int) -> int:
    """Return the peak memory of a process in bytes; wait4 would count its parent's before the exec."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def spellings() -> tuple[bytes, ...]:
    """Return the key in the spellings in which no file may hold it."""
    plain = KEY.encode()
    encoded = (base64.b64encode(plain), quote(KEY, safe="").encode(), quote(KEY).encode())
    return (plain, *(spelling.rstrip(b"=") for spelling in encoded), KEY[3:20].encode())


def leaks(folder: Path) -> list[str]:
    """Name the files that hold the key in any of these spellings, in their bytes or their names."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "hostile.toml"]
    held = [path for path in files if any(spelling in path.read_bytes() for spelling in spellings())]
    return [str(path) for path in held] + [str(path) for path in files if KEY[3:20] in path.name]
