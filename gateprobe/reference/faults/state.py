"""Faults of state (`st.`): what a second turn needs of the first is lost."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.requests import without

FAULTS: Final = (
    Fault(
        "st.prev_id_ignored",
        "previous_response_id is accepted and the conversation before it is lost.",
        request=without("previous_response_id"),
    ),
)
