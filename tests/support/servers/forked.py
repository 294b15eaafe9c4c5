"""The command and pytest in processes that start in milliseconds, because they are forked after all imports.

`multiprocessing`'s fork server has no threads, unlike a test that serves. A process can be killed at any moment.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from gateprobe.cli import run

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.servers.preloaded"])


def start(folder: Path, environment: Mapping[str, str], *arguments: str) -> ForkServerProcess:
    """Start `gateprobe`, or pytest where that is the first argument, in a folder that also gets its output."""
    process = _CONTEXT.Process(target=_run, args=(folder, dict(environment), arguments))
    process.start()
    return process


def _run(folder: Path, environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    output = os.open(folder / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for standard in (1, 2):
        os.dup2(output, standard)
    name, *rest = arguments
    sys.exit(pytest.main(rest) if name == "pytest" else run(list(arguments)))
