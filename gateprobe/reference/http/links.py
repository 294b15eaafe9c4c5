"""Pictures behind links that die after an hour, as ofox documents them."""

from __future__ import annotations

import secrets
from typing import Final

from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError
from gateprobe.reference.state import Link, PersonaState

LIFETIME: Final = 3600.0
"""Seconds that a link lives (ofox article, 2026)."""


def link_to(state: PersonaState, data: bytes, content_type: str) -> str:
    """Put a picture behind a new link on the persona's own server."""
    name = f"{secrets.token_hex(12)}.{content_type.rpartition('/')[2]}"
    state.links.put(name, Link(data, content_type, state.clock() + LIFETIME))
    return f"{state.origin}/pictures/{name}"


class Links:
    """Serves the pictures."""

    def __init__(self, state: PersonaState) -> None:
        self._state = state

    async def fetch(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /pictures/{name}`, without a key; 404 once the hour is over."""
        link = self._state.links.get(name)
        if link is None or link.dies <= self._state.clock():
            raise RefusalError(404, "This link has expired.", code="not_found")
        return PlainAnswer(200, link.data, {"content-type": link.content_type})
