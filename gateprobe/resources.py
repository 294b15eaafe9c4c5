"""The three data folders: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Return the folder `gateways`, `probes` or `schemas`, from a checkout or from an installed wheel."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


GATEWAYS: Final = folder("gateways")
PROBES: Final = folder("probes")
SCHEMAS: Final = folder("schemas")
