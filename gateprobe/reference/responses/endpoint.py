"""`/v1/responses`: create, retrieve, delete, and list the input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.fields import bad_value, not_json, refuse
from gateprobe.reference.http.exchange import Answer, Asked, Frame, Refused, Streamed, json_answer
from gateprobe.reference.images.endpoint import blocked
from gateprobe.reference.models import Catalogue
from gateprobe.reference.responses.conversation import last_text
from gateprobe.reference.responses.intent import is_blocked
from gateprobe.reference.responses.request import Recall, Request, ResponsesManners, read_request
from gateprobe.reference.responses.stream import ResponseStream, as_json_body
from gateprobe.reference.state import Kept, PersonaState

_MOST_LISTED: Final = 100


class Responses:
    """Serves the Responses endpoints in one document's manners."""

    def __init__(self, house: PersonaState, studio: Renderer, catalogue: Catalogue, manners: ResponsesManners) -> None:
        self._house = house
        self._studio = studio
        self._catalogue = catalogue
        self._manners = manners

    @property
    def has_socket(self) -> bool:
        """Whether the document has WebSocket mode."""
        return self._manners.socket

    async def create(self, asked: Asked) -> Answer:
        """`POST /responses`, as JSON or as a stream."""
        request = await self._read(asked.fields, self._house.responses.get, socket=False)
        telling = ResponseStream(self._house, self._studio, self._manners, request)
        if request.stream:
            return Streamed(telling.frames())
        if request.tool is not None and is_blocked(last_text(request.context)):
            raise blocked()
        async for _ in telling.frames():
            pass
        return json_answer(as_json_body(telling.result))

    async def converse(self, fields: Json, recall: Recall, keep: Callable[[Kept], None]) -> AsyncIterator[Frame]:
        """Serve one `response.create` of a WebSocket; raise Refused for one that cannot be served.

        `recall` finds earlier responses, those of this connection among them; `keep` takes the finished one.
        """
        warm_up = fields.pop("generate", True) is False
        request = await self._read(fields, recall, socket=True)
        telling = ResponseStream(self._house, self._studio, self._manners, request, warm_up=warm_up)

        async def told() -> AsyncIterator[Frame]:
            async for frame in telling.frames():
                if telling.kept is not None:
                    keep(telling.kept)
                yield frame

        return told()

    async def _read(self, fields: Json, recall: Recall, *, socket: bool) -> Request:
        if not isinstance(fields, dict):
            raise not_json()
        return await asyncio.to_thread(
            read_request, self._house, self._catalogue, self._manners, fields, recall, socket=socket
        )

    async def retrieve(self, asked: Asked, name: str) -> Answer:
        """`GET /responses/{id}`."""
        kept = self._find(name)
        if asked.query.get("stream") == "true":
            raise refuse(
                "This response cannot be streamed because it was not created with background=true.",
                "invalid_request_error",
                "stream",
            )
        return json_answer(kept.body)

    async def delete(self, _asked: Asked, name: str) -> Answer:
        """`DELETE /responses/{id}`."""
        self._find(name)
        self._house.responses.drop(name)
        return json_answer({"id": name, "object": "response", "deleted": True})

    async def input_items(self, asked: Asked, name: str) -> Answer:
        """`GET /responses/{id}/input_items`: newest first unless asked otherwise, 20 unless asked otherwise."""
        items = list(self._find(name).items)
        order = asked.query.get("order", "desc")
        if order not in {"asc", "desc"}:
            raise bad_value(order, ("asc", "desc"), "order")
        if order == "desc":
            items.reverse()
        limit = _limit(asked.query.get("limit", "20"))
        after = asked.query.get("after")
        names = [item.get("id") for item in items]
        if after is not None:
            items = items[names.index(after) + 1 :] if after in names else []
        page = items[:limit]
        return json_answer(
            {
                "object": "list",
                "data": page,
                "first_id": page[0].get("id") if page else None,
                "last_id": page[-1].get("id") if page else None,
                "has_more": len(items) > limit,
            }
        )

    def _find(self, name: str) -> Kept:
        kept = self._house.responses.get(name)
        if kept is None:
            raise Refused(404, f"Response with id '{name}' not found.")
        return kept


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _MOST_LISTED:
        raise refuse(f"Invalid 'limit'. Expected a whole number from 1 to {_MOST_LISTED}.", "invalid_value", "limit")
    return int(text)
