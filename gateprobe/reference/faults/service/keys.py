"""Faults of keys (`auth.`): who may ask; and of what the list of models shows (`models.`)."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.faults.streams.frames import body_of
from gateprobe.reference.http.exchange import Answer, IncomingRequest, json_answer

_LISTED: Final = {"id": "gpt-image-2", "object": "model", "created": 1_776_729_600, "owned_by": "system"}


def _listed_for_all(sent: IncomingRequest, answer: Answer) -> Answer:
    """List a model for a request whose key was refused, as a cache before the key check does."""
    if answer.status != 401 or (sent.method, sent.path) != ("GET", "/v1/models"):
        return answer
    return json_answer({"object": "list", "data": [_LISTED]})


def _is_almost_right(sent: IncomingRequest, key: str) -> bool:
    """Return whether a key is right but for its last character, as a lookup by the beginning of a key takes it."""
    return sent.headers.get("authorization", "")[:-1] == f"Bearer {key}"[:-1]


def _streams(sent: IncomingRequest, _key: str) -> bool:
    return isinstance(sent.fields, dict) and sent.fields.get("stream") is True


def _upgrades(sent: IncomingRequest, _key: str) -> bool:
    return sent.headers.get("upgrade", "").lower() == "websocket"


_GONE: Final = {
    "id": "dall-e-3",
    "object": "model",
    "created": 1_698_785_189,
    "owned_by": "system",
    "shutdown_date": "2026-05-12",
}


def _gone_listed(sent: IncomingRequest, answer: Answer) -> Answer:
    """List a model that was shut down."""
    body = body_of(answer)
    if (sent.method, sent.path) != ("GET", "/v1/models") or body is None or not isinstance(body.get("data"), list):
        return answer
    return json_answer({**body, "data": [*body["data"], _GONE]})


def _stored(sent: IncomingRequest, _key: str) -> bool:
    return sent.method == "GET" and sent.path.startswith("/v1/responses/")


FAULTS: Final = (
    Fault("models.gone_listed", "The list names a model that was shut down.", answer=_gone_listed),
    Fault("auth.last_character", "The last character of a key is not compared.", unlocks=_is_almost_right),
    Fault("auth.streams_for_all", "Streams are answered without a check of the key.", unlocks=_streams),
    Fault("auth.websocket_for_all", "A WebSocket is opened without a check of the key.", unlocks=_upgrades),
    Fault("auth.stored_for_all", "A stored response is given to whoever knows its id.", unlocks=_stored),
    Fault("auth.models_for_all", "The models are listed for a wrong key, and without one.", answer=_listed_for_all),
)
