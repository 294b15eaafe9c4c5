"""Code examples as the four documents print them, cut out of their text; only address and key are put in.

Three documents were copied without their indentation, which JavaScript and curl do not need and Python does: it is
put back, and nothing else is changed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateprobe.reference import Served

SEEDS: Final = Path(__file__).resolve().parents[3] / "shared" / "seeds"
NODE: Final = Path(__file__).resolve().parents[2] / ".node" / "node_modules"
"""Where continuous integration installs the official client for Node."""

_ADDRESSES: Final = ("https://www.vibeapi.cn", "https://api.xairouter.com", "https://api.ofox.ai")
_KEYS: Final = ("YOUR_API_KEY", "your-ofox-api-key")
_SECONDS: Final = 120


@dataclass(frozen=True, slots=True)
class Printed:
    """An example: its document and persona, where it begins (the `nth` such place) and the text that follows it.

    `depths` has a digit for each of the last lines of an example that lost its indentation: how deep each stands.
    `before` is another example that it goes on from.
    """

    name: str
    seed: str
    persona: str
    begins: str
    until: str
    nth: int = 0
    depths: str = ""
    before: Printed | None = None

    def text(self) -> str:
        """Cut the example out of its document."""
        document = (SEEDS / f"{self.seed}.txt").read_text("utf-8")
        start = -1
        for _ in range(self.nth + 1):
            start = document.index(self.begins, start + 1)
        code = document[start : document.index(self.until, start)]
        return indented(code, self.depths) if self.depths else code

    def code(self, served: Served) -> str:
        """Return what runs: the example with the persona's address and key in place of the document's."""
        code = self.text()
        if self.before is not None:
            code = self.before.code(served) + "\n" + code
        for address in _ADDRESSES:
            code = code.replace(address, served.url.removesuffix("/v1"))
        for key in _KEYS:
            code = code.replace(key, served.key)
        return code


def indented(code: str, depths: str) -> str:
    """Put the indentation of an example's last lines back; those before stand at the left."""
    lines = [line.strip() for line in code.splitlines()]
    known = depths.rjust(len(lines), "0")
    return "".join(f"{'    ' * int(depth)}{line}\n" for depth, line in zip(known, lines, strict=True))


@dataclass(frozen=True, slots=True)
class Ran:
    """What a finished example said, and the folder where it left its files."""

    folder: Path
    status: int
    out: str
    err: str


def run(command: list[str], served: Served, folder: Path) -> Ran:
    """Run a command in a folder, with the persona's key where each document says that the key is."""
    keys = dict.fromkeys(("OPENAI_API_KEY", "XAI_API_KEY", "API_KEY"), served.key)
    environment = {**os.environ, **keys, "OPENAI_BASE_URL": served.url, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603 - examples of the documents, against loopback
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    return Ran(folder, done.returncode, done.stdout, done.stderr)


def python(code: str, served: Served, folder: Path) -> Ran:
    """Run Python code as a file of its own."""
    (folder / "example.py").write_text(code, "utf-8")
    return run([sys.executable, "example.py"], served, folder)


def bash(code: str, served: Served, folder: Path) -> Ran:
    """Run shell code; process substitutions that it starts have ended too when this returns."""
    (folder / "example.sh").write_text(code, "utf-8")
    return run([shutil.which("bash") or "bash", "-eu", "example.sh"], served, folder)


def node(code: str, served: Served, folder: Path) -> Ran:
    """Run a JavaScript module."""
    (folder / "node_modules").symlink_to(NODE)
    (folder / "example.mjs").write_text(code, "utf-8")
    return run([shutil.which("node") or "node", "example.mjs"], served, folder)
