"""One module per document."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from gateprobe.reference.persona import Persona
from gateprobe.reference.personas.ofox import OFOX
from gateprobe.reference.personas.openai import OPENAI
from gateprobe.reference.personas.oversold import OVERSOLD
from gateprobe.reference.personas.vibeapi import VIBEAPI
from gateprobe.reference.personas.xai_router import XAI_ROUTER

PERSONAS: Final[Mapping[str, Persona]] = MappingProxyType(
    {persona.name: persona for persona in (OPENAI, XAI_ROUTER, VIBEAPI, OFOX, OVERSOLD)}
)
"""Every persona by its name."""
