"""Faults of provenance (`provenance.`): what is signed into a picture is missing or tells of another source."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from gateprobe.reference.drawing.signing import Seal
from gateprobe.reference.faults.base import Fault

FAULTS: Final = (
    Fault(
        "provenance.stripped",
        "Pictures carry no signed manifest, as after any re-encoding.",
        seal=lambda _seal: None,
    ),
    Fault(
        "provenance.other_product",
        "Pictures are signed as a chat product's, which an account of it was resold for.",
        seal=lambda seal: replace(seal or Seal(), generator="ChatGPT"),
    ),
    Fault(
        "provenance.model_substituted",
        "Every picture is drawn, and signed, by a model older than gpt-image-2.",
        seal=lambda seal: replace(seal or Seal(), version="pre-2.0"),
    ),
    Fault(
        "provenance.altered",
        "Every picture's bytes are changed after it was signed.",
        seal=lambda seal: replace(seal or Seal(), altered=True),
    ),
)
