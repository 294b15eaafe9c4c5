"""Faults of keys (`auth.`): who may ask."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.http.exchange import Answer, IncomingRequest, json_answer

_LISTED: Final = {"id": "gpt-image-2", "object": "model", "created": 1_776_729_600, "owned_by": "system"}


def _listed_for_all(sent: IncomingRequest, answer: Answer) -> Answer:
    """List a model for a request whose key was refused, as a cache before the key check does."""
    if answer.status != 401 or (sent.method, sent.path) != ("GET", "/v1/models"):
        return answer
    return json_answer({"object": "list", "data": [_LISTED]})


FAULTS: Final = (
    Fault("auth.models_for_all", "The models are listed for a wrong key, and without one.", answer=_listed_for_all),
)
