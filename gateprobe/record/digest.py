"""Digests of what a run was judged by (probes, schemas, gateway files): where they are equal, we did not change."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

from gateprobe.gateway import Gateway, dumps
from gateprobe.resources import PROBES, SCHEMAS

_SUFFIXES: Final = frozenset({".py", ".toml", ".json"})
_LENGTH: Final = 12  # hexadecimal digits


def digests(gateways: Iterable[Gateway]) -> dict[str, str]:
    """Return the digests for a run's header: `probes`, `schemas`, and `claims.NAME` for each gateway's file."""
    return {"probes": _folder(PROBES), "schemas": _folder(SCHEMAS)} | {
        f"claims.{gateway.name}": _short(dumps(gateway).encode()) for gateway in gateways
    }


@cache
def _folder(folder: Path) -> str:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES)
    return _short(b"".join(_named(path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths))


def _named(name: str, data: bytes) -> bytes:
    return f"{name}\0{len(data)}\0".encode() + data


def _short(data: bytes) -> str:
    return sha256(data).hexdigest()[:_LENGTH]
