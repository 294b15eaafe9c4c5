"""A made-up gateway that documents all that OpenAI does and breaks some of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateprobe.reference.faults import FAULTS
from gateprobe.reference.personas.openai import OPENAI

_BROKEN: Final = (
    "param.n_ignored",
    "param.size_ignored",
    "param.format_ignored",
    "partial.duplicate_bytes",
    "st.prev_id_ignored",
    "end.no_terminal",
)

OVERSOLD: Final = replace(
    OPENAI,
    name="oversold",
    title="Oversold",
    summary="Claims everything that OpenAI documents and breaks some of it, to show what a contradiction is.",
    document="a made-up document that copies OpenAI's",
    faults=tuple(FAULTS[name] for name in _BROKEN),
)
