"""Faults: named misbehaviours that any persona can be given, each a change of an honest exchange.

One module holds one family, its faults in `FAULTS`; a new module is one name in `_FAMILIES`. Faults that come and go
with load and time are in `PASSING`. `probes/fault_kinds.toml` names the kind that each fault of `FAULTS` belongs to.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateprobe.reference.faults.base import (
    Chunks,
    Fault,
    Frames,
    answered_instead,
    changed_answer,
    changed_chunks,
    changed_frames,
    changed_message,
    changed_request,
    changed_seal,
    is_unlocked,
    started,
)
from gateprobe.reference.faults.pictures import edits, pictures, provenance, upscaling
from gateprobe.reference.faults.requests import agents, errors, mending, params, rejections
from gateprobe.reference.faults.service import (
    background,
    caching,
    chat,
    foreign,
    keys,
    load,
    selective,
    state,
    tasks,
    texts,
    tools,
    transport,
    usage,
)
from gateprobe.reference.faults.streams import (
    endings,
    framing,
    heartbeats,
    lifecycle,
    numbering,
    partials,
    shapes,
    sockets,
)

_FAMILIES: Final[tuple[tuple[Fault, ...], ...]] = (
    params.FAULTS,
    agents.FAULTS,
    rejections.FAULTS,
    mending.FAULTS,
    keys.FAULTS,
    caching.FAULTS,
    background.FAULTS,
    chat.FAULTS,
    tasks.FAULTS,
    selective.FAULTS,
    state.FAULTS,
    framing.FAULTS,
    lifecycle.FAULTS,
    numbering.FAULTS,
    heartbeats.FAULTS,
    partials.FAULTS,
    endings.FAULTS,
    pictures.FAULTS,
    upscaling.FAULTS,
    shapes.FAULTS,
    errors.FAULTS,
    transport.FAULTS,
    tools.FAULTS,
    texts.FAULTS,
    foreign.FAULTS,
    usage.FAULTS,
    edits.FAULTS,
    sockets.FAULTS,
    provenance.FAULTS,
)

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType({fault.name: fault for family in _FAMILIES for fault in family})
"""Every fault by its name."""

PASSING: Final[Mapping[str, Fault]] = MappingProxyType(
    {fault.name: fault for fault in (*load.FAULTS, *selective.PASSING)}
)
"""Faults that come and go with load and time: no probe finds them, what they hide is unproven."""

__all__ = [
    "FAULTS",
    "PASSING",
    "Chunks",
    "Fault",
    "Frames",
    "answered_instead",
    "changed_answer",
    "changed_chunks",
    "changed_frames",
    "changed_message",
    "changed_request",
    "changed_seal",
    "is_unlocked",
    "started",
]
