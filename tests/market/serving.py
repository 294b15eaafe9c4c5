"""Serve a shaped gateway on loopback and audit it with the real engine, from a gateway file alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from gateprobe.cli import run
from gateprobe.gateway import find
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.reference import serve
from gateprobe.reference.persona import Persona


@dataclass(frozen=True, slots=True)
class Audited:
    """A run, its exit code, how many pictures the gateway drew, and the paths that it was asked at."""

    run: Run
    code: int
    drawn: int
    asked: tuple[str, ...]


def audited(persona: Persona, gateway: str, root: str, folder: Path, *options: str) -> Audited:
    """Audit a shaped gateway with the command, by a file in `gateways/` and its address alone."""
    with serve(persona) as served, pytest.MonkeyPatch.context() as patch:
        patch.setenv(find(gateway).key.env, served.key)
        address = served.url.removesuffix("/v1") + root
        code = run(["audit", gateway, "--base-url", address, "--out", str(folder), *options])
        asked = tuple(path for _, path in served.counters.log)
        return Audited(record.load(folder), code, served.counters.images, asked)
