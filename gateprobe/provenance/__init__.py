"""Provenance: what a picture's signed C2PA manifest says of its origin, and whether signature and binding hold.

Pure: reads bytes, opens no connection (no manifest, certificate status or trust list is ever fetched). Needs the
extra `gateprobe[provenance]`; where that is not installed, `read` raises `NotInstalled`.
"""

from __future__ import annotations

from gateprobe.provenance.agent import Drawn, Generation, drawn_by
from gateprobe.provenance.manifest import Agent, Provenance
from gateprobe.provenance.reading import INSTALL, MEDIA_TYPES, NotInstalled, Unreadable, read

__all__ = [
    "INSTALL",
    "MEDIA_TYPES",
    "Agent",
    "Drawn",
    "Generation",
    "NotInstalled",
    "Provenance",
    "Unreadable",
    "drawn_by",
    "read",
]
