"""Which image model drew a picture, as a signed manifest names it, against the model that was asked for.

Recorded traffic: since August 2026 OpenAI's manifests name the software agent `gpt-image` with the version `pre-2.0`
on a picture of gpt-image-1.5; those before name `GPT-4o`, which tells no generation of the image model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateprobe.provenance.manifest import Agent, Provenance

_FAMILY: Final = "gpt-image"
_NO_GENERATION: Final = frozenset({"gpt-4o"})
_VERSION: Final = re.compile(r"(?P<before>pre-)?(?P<major>\d{1,3})(?:\.(?P<minor>\d{1,3}))?(?:\.\d{1,9})*")


class Drawn(Enum):
    """How a manifest's words and the model that was asked for go together."""

    AS_ASKED = "the generation that was asked for"
    OTHER = "another generation or another model"
    UNKNOWN = "the manifest does not tell"


@dataclass(frozen=True, slots=True, order=True)
class Generation:
    """A model's generation: `gpt-image-1.5` has major 1 and minor 5."""

    major: int
    minor: int = 0

    @classmethod
    def read(cls, text: str) -> Generation | None:
        """Read `2` or `1.5`; None for anything else."""
        match = _VERSION.fullmatch(text)
        return None if match is None or match["before"] else cls(int(match["major"]), int(match["minor"] or 0))


def drawn_by(provenance: Provenance, asked: Generation) -> Drawn:
    """Compare the signed software agents with the generation of a GPT image model that was asked for."""
    answers = {_compared(agent, asked, ours="openai" in provenance.issuer.lower()) for agent in provenance.agents}
    for answer in (Drawn.AS_ASKED, Drawn.OTHER):
        if answer in answers:
            return answer
    return Drawn.UNKNOWN


def _compared(agent: Agent, asked: Generation, *, ours: bool) -> Drawn:
    name = agent.name.lower()
    if name in _NO_GENERATION:
        return Drawn.UNKNOWN
    if name != _FAMILY:
        return Drawn.UNKNOWN if ours and not name.startswith("dall") else Drawn.OTHER
    match = _VERSION.fullmatch(agent.version)
    if match is None:
        return Drawn.UNKNOWN
    named = Generation(int(match["major"]), int(match["minor"] or 0))
    if match["before"]:
        return Drawn.AS_ASKED if asked < named else Drawn.OTHER
    if named.major == asked.major and named > asked:
        return Drawn.UNKNOWN  # a later release of what was asked for, or another model of the same generation
    return Drawn.AS_ASKED if named == asked else Drawn.OTHER
