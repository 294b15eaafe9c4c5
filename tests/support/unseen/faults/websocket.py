"""Unseen faults of what is sent over a WebSocket."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.reference.http.exchange import ClosedError
from tests.support.unseen.faults.base import unseen

_INTERNAL: Final = 1011
"""The code of a close for an error of the server (RFC 6455)."""


def _closed(text: str) -> str:
    """Close the connection in the middle of an answer."""
    if '"response.in_progress"' in text:
        raise ClosedError(_INTERNAL)
    return text


def _emptied(value: Json) -> Json:
    if isinstance(value, list):
        return [_emptied(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {name: None if name == "result" else _emptied(entry) for name, entry in value.items()}


FAULTS: Final = (
    unseen(
        "ws_messages_in_a_list",
        "must",
        "responses.websocket_lanes responses.previous_response_id_websocket",
        message=lambda text: f"[{text}]",
    ),
    unseen(
        "ws_types_shortened",
        "must",
        "responses.websocket_lanes responses.previous_response_id_websocket",
        message=lambda text: text.replace('"type":"response.', '"type":"', 1),
    ),
    unseen(
        "ws_pictures_lost",
        "should",
        "responses.previous_response_id_websocket responses.websocket_lanes",
        message=lambda text: orjson.dumps(_emptied(orjson.loads(text))).decode(),
    ),
    unseen(
        "ws_closes_midway",
        "must",
        "responses.previous_response_id_websocket responses.websocket_lanes",
        message=_closed,
    ),
)
