"""Which request goes to which handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateprobe.reference.http.exchange import Answer, Asked, Refused

if TYPE_CHECKING:
    from gateprobe.reference.responses.endpoint import Responses

Handler = Callable[..., Awaitable[Answer]]
"""Takes the request and, for each `{…}` of the route, the text found there."""


@dataclass(frozen=True, slots=True)
class Route:
    """A method, a path such as `/v1/models/{id}`, and its handler; an `open` route asks for no key."""

    method: str
    path: str
    handler: Handler
    open: bool = False

    def match(self, path: str) -> tuple[str, ...] | None:
        """Give the texts found at the `{…}` places, or None for another path."""
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(self.path))
        found = re.fullmatch(pattern, path)
        return None if found is None else found.groups()


@dataclass(frozen=True, slots=True)
class Router:
    """A persona's routes; `socket` serves `/v1/responses` over WebSocket where the document has that."""

    routes: tuple[Route, ...]
    socket: Responses | None = None

    async def answer(self, asked: Asked, authorise: Callable[[Asked], None]) -> Answer:
        """Hand a request to its handler; raise Refused for an unknown path, a wrong method or a wrong key."""
        matches = [(route, parts) for route in self.routes if (parts := route.match(asked.path)) is not None]
        if not matches:
            raise Refused(404, f"Invalid URL ({asked.method} {asked.path})")
        for route, parts in matches:
            if route.method == asked.method:
                if not route.open:
                    authorise(asked)
                return await route.handler(asked, *parts)
        raise Refused(405, f"Not allowed to {asked.method} on {asked.path}.", code="method_not_supported")
