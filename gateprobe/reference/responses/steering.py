"""Steering: input for a response that is running on a WebSocket (OpenAI's client 3.57.0)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from gateprobe.model import Json

STEERED: Final = "steered"
"""The reason of a response that stopped for steering input."""

_FIELDS: Final = frozenset({"type", "previous_response_id", "input"})
_MESSAGE_FIELDS: Final = frozenset({"type", "role", "content"})
_PARTS: Final = ("input_text", "input_image", "input_file")


@dataclass(frozen=True, slots=True)
class Steer:
    """One steering message that was accepted; `items` is its input as a list."""

    target: str
    items: tuple[Json, ...]
    name: str = field(default_factory=lambda: f"steer_{secrets.token_hex(16)}")

    def as_json(self) -> dict[str, Json]:
        """Return it as `response.steer.accepted` shows it."""
        return {"id": self.name, "previous_response_id": self.target}


class SteerError(Exception):
    """Steering input is not taken; a code of `response.steer.failed` and a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def fields(self, asked: dict[str, Json], steer: Steer | None = None) -> dict[str, Json]:
        """Return what `response.steer.failed` carries; the input goes back to the client."""
        error = {"type": "invalid_request_error", "code": self.code, "message": str(self)}
        name = {} if steer is None else {"id": steer.name}
        returned = {"previous_response_id": asked.get("previous_response_id"), "input": asked.get("input")}
        return {"error": error, "steer": {**name, **returned}}


def read_steer(asked: dict[str, Json]) -> Steer:
    """Check a `response.steer` message; raise SteerError for what is wrong with it."""
    for name in asked:
        if name not in _FIELDS:
            raise SteerError("invalid_input", f"Unknown parameter: '{name[:80]}'.")
    target, value = asked.get("previous_response_id"), asked.get("input")
    if not isinstance(target, str):
        raise SteerError("invalid_input", "Missing required parameter: 'previous_response_id'.")
    items = [{"role": "user", "content": value}] if isinstance(value, str) else value
    if not isinstance(items, list) or not items or not all(_is_message(item) for item in items):
        raise SteerError("invalid_input", "Invalid 'input'. Expected a string or messages of the user.")
    return Steer(target, tuple(items))


def _is_message(item: Json) -> bool:
    if not isinstance(item, dict) or not item.keys() <= _MESSAGE_FIELDS:
        return False
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    return (
        item.get("type", "message") == "message"
        and item.get("role") == "user"
        and (isinstance(content, str) or bool(parts))
        and all(isinstance(part, dict) and part.get("type") in _PARTS for part in parts)
    )
