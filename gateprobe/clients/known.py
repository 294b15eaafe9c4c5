"""The clients that are known, and whether each is installed here."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from gateprobe.clients.job import Task

PROGRAMS: Final = Path(__file__).parent / "programs"
NODE_FOLDER: Final = "GATEPROBE_NODE"
"""The variable that names the folder whose `node_modules` holds the clients for Node; else the current folder."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client: its name in capabilities, how a sentence calls it, what to install, and what it can read.

    `packages` are Python's where `program` ends in `.py`, else Node's.
    """

    name: str
    title: str
    install: str
    program: str
    packages: tuple[str, ...]
    tasks: frozenset[Task]

    @property
    def scenario_run(self) -> str:
        """The id under which a run stores what the client read."""
        return f"client.{self.name}"

    def command(self, environment: Mapping[str, str]) -> tuple[tuple[str, ...], Path | None] | None:
        """Return the command that runs the program and the folder to run it in; None where the client is not here.

        A program for Node is given as text, for only so are its imports looked up in that folder.
        """
        if self.program.endswith(".py"):
            here = all(importlib.util.find_spec(package) for package in self.packages)
            return ((sys.executable, "-I", str(PROGRAMS / self.program)), None) if here else None
        node, folder = shutil.which("node", path=environment.get("PATH")), Path(environment.get(NODE_FOLDER) or ".")
        here = all((folder / "node_modules" / package / "package.json").is_file() for package in self.packages)
        return ((node, "--input-type=module", "--eval", _program(self.program)), folder) if node and here else None


@cache
def _program(name: str) -> str:
    return "\n".join((PROGRAMS / part).read_text("utf-8") for part in (name, "node.mjs"))


_ALL: Final = frozenset(Task)
_KNOWN: Final = (
    Client(
        "openai_python",
        "OpenAI's Python client",
        "pip install 'gateprobe[clients]'",
        "openai_python.py",
        ("openai",),
        _ALL,
    ),
    Client("openai_node", "OpenAI's Node client", "npm install openai", "openai_node.mjs", ("openai",), _ALL),
    Client(
        "vercel_ai",
        "the Vercel AI SDK",
        "npm install ai @ai-sdk/openai",
        "vercel_ai.mjs",
        ("ai", "@ai-sdk/openai"),
        frozenset({Task.RESPONSE, Task.RESPONSE_STREAM, Task.IMAGES, Task.REFUSAL}),
    ),
)

CLIENTS: Final[Mapping[str, Client]] = {client.name: client for client in _KNOWN}
"""Every known client by its name."""
