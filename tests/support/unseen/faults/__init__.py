"""Misbehaviours of a wrapper in front of an honest gateway: each changes one thing, and names where it should show."""

from __future__ import annotations

from typing import Final

from tests.support.unseen.faults import (
    errors,
    events,
    fields,
    models,
    pictures,
    relays,
    requests,
    streams,
    texts,
    typed,
    websocket,
)
from tests.support.unseen.faults.base import Unseen

_FAMILIES: Final = (
    fields.FAULTS,
    streams.FAULTS,
    errors.FAULTS,
    pictures.FAULTS,
    websocket.FAULTS,
    models.FAULTS,
    requests.FAULTS,
    events.FAULTS,
    texts.FAULTS,
    relays.FAULTS,
    typed.FAULTS,
)

ALL: Final[dict[str, Unseen]] = {unseen.fault.name: unseen for family in _FAMILIES for unseen in family}
