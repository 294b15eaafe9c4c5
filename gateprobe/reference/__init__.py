"""The embedded reference gateways (personas), each behaving as one document says, and the faults they can have.

They are written by hand from the documents, never from `gateways/*.toml`, and have no network access of
their own. `serve("openai")` runs one on loopback.
"""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults import FAULTS, PASSING, Fault
from gateprobe.reference.http.server import Served, find_fault, find_persona, serve
from gateprobe.reference.persona import Persona
from gateprobe.reference.personas import PERSONAS as _PERSONAS

PERSONAS: Final[tuple[str, ...]] = tuple(_PERSONAS)
"""The personas' names, in the order in which they are shown."""

__all__ = ["FAULTS", "PASSING", "PERSONAS", "Fault", "Persona", "Served", "find_fault", "find_persona", "serve"]
