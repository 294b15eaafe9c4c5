"""Which request goes to which handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateprobe.reference.http.exchange import Answer, IncomingRequest, RefusalError

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
        """Return the texts at the `{…}` places; None for another path."""
        pattern = re.sub(r"\\\{\w+\\\}", "([^/]+)", re.escape(self.path))
        match = re.fullmatch(pattern, path)
        return None if match is None else match.groups()


@dataclass(frozen=True, slots=True)
class Router:
    """A persona's routes; `socket` serves `/v1/responses` over WebSocket where the document has that."""

    routes: tuple[Route, ...]
    socket: Responses | None = None

    async def answer(self, asked: IncomingRequest, authorise: Callable[[IncomingRequest], None]) -> Answer:
        """Hand a request to its handler; raise RefusalError for an unknown path, a wrong method or a wrong key."""
        matches = [(route, parts) for route in self.routes if (parts := route.match(asked.path)) is not None]
        if not matches:
            raise RefusalError(404, f"Invalid URL ({asked.method} {asked.path})")
        for route, parts in matches:
            if route.method == asked.method:
                if not route.open:
                    authorise(asked)
                return await route.handler(asked, *parts)
        raise RefusalError(405, f"Not allowed to {asked.method} on {asked.path}.", code="method_not_supported")
