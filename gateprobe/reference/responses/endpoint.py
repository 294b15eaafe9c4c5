"""`/v1/responses`: create, retrieve, delete, and list the input."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.fields import Fields, bad_value, not_json, refuse
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, RefusalError, StreamedAnswer, json_answer
from gateprobe.reference.images.endpoint import blocked
from gateprobe.reference.models import Catalogue
from gateprobe.reference.responses.background import BackgroundJobs
from gateprobe.reference.responses.conversation import last_text
from gateprobe.reference.responses.intent import is_blocked
from gateprobe.reference.responses.parameters import read_included
from gateprobe.reference.responses.request import Recall, Request, ResponsesBehaviour, read_request
from gateprobe.reference.responses.stream import ResponseStream, as_json_body
from gateprobe.reference.state import PersonaState, StoredResponse

RETRIEVE_PARAMETERS: Final = frozenset({"include", "include_obfuscation", "starting_after", "stream"})
"""The query of `GET /responses/{id}`; others are passed over."""
_MOST_LISTED: Final = 100
_SECONDS_PER_EVENT: Final = 0.003
"""The pace of a response on a WebSocket, where lanes interleave and answers are steered, and of a stream in the
background, which clients leave."""


class Responses:
    """Serves the Responses endpoints in the way of one document."""

    def __init__(
        self, state: PersonaState, renderer: Renderer, catalogue: Catalogue, behaviour: ResponsesBehaviour
    ) -> None:
        self._state = state
        self._renderer = renderer
        self._catalogue = catalogue
        self._behaviour = behaviour
        self._background = BackgroundJobs(state)

    async def create(self, asked: IncomingRequest) -> Answer:
        """`POST /responses`, as JSON or as a stream."""
        request = await self._read(asked.fields, self._state.responses.get, socket=False)
        pace = _SECONDS_PER_EVENT if request.stream and request.background else 0.0
        response_stream = ResponseStream(
            self._state, self._renderer, self._behaviour, request, warm_up=request.prewarms, pace=pace
        )
        if request.stream and request.background:
            return StreamedAnswer(self._background.stream(response_stream))
        if request.stream:
            return StreamedAnswer(response_stream.frames())
        if request.tool is not None and is_blocked(last_text(request.context)):
            raise blocked()
        if request.background:
            return json_answer(self._background.begin(response_stream))
        async for _ in response_stream.frames():
            pass
        return json_answer(as_json_body(response_stream.result))

    async def converse(self, fields: dict[str, Json], recall: Recall) -> ResponseStream:
        """Return the response to one `response.create` of a WebSocket; raise RefusalError for one that is not served.

        `recall` finds earlier responses, those of this connection among them.
        """
        generates = Fields(fields).flag("generate", default=True)
        request = await self._read(
            {name: value for name, value in fields.items() if name != "generate"}, recall, socket=True
        )
        warm_up = not generates or request.prewarms
        return ResponseStream(
            self._state, self._renderer, self._behaviour, request, warm_up=warm_up, pace=_SECONDS_PER_EVENT
        )

    async def _read(self, fields: Json, recall: Recall, *, socket: bool) -> Request:
        if not isinstance(fields, dict):
            raise not_json()
        return await asyncio.to_thread(
            read_request, self._state, self._catalogue, self._behaviour, fields, recall, socket=socket
        )

    async def retrieve(self, asked: IncomingRequest, name: str) -> Answer:
        """`GET /responses/{id}`; a stream only of a response that was begun as one in the background."""
        for field in ("include", "include[]"):
            read_included([asked.query[field]] if field in asked.query else None)
        streams = asked.query.get("stream") == "true"
        if streams and (events := self._resumed(asked, name)) is not None:
            return StreamedAnswer(events)
        if not streams and (unfinished := self._background.poll(name)) is not None:
            return json_answer(unfinished)
        stored = self._find(name)
        if streams:
            raise RefusalError(
                404,
                "This response cannot be streamed because it was not created with background=true and stream=true.",
                param="stream",
            )
        return json_answer(stored.body)

    def _resumed(self, asked: IncomingRequest, name: str) -> AsyncIterator[Frame] | None:
        after = asked.query.get("starting_after", "-1")
        if after != "-1" and not (after.isascii() and after.isdigit() and len(after) < 10):
            raise refuse("Invalid 'starting_after'. Expected a whole number.", "invalid_value", "starting_after")
        obfuscated = asked.query.get("include_obfuscation", "true") != "false"
        return self._background.follow(name, int(after), obfuscated=obfuscated)

    async def delete(self, _asked: IncomingRequest, name: str) -> Answer:
        """`DELETE /responses/{id}`."""
        self._find(name)
        self._background.drop(name)
        self._state.responses.drop(name)
        return json_answer({"id": name, "object": "response", "deleted": True})

    async def cancel(self, _asked: IncomingRequest, name: str) -> Answer:
        """`POST /responses/{id}/cancel`, for responses made in the background alone (OpenAI API reference)."""
        cancelled = self._background.cancel(name)
        if cancelled is None:
            self._find(name)
            raise refuse("Cannot cancel a synchronous response.", None, None)
        return json_answer(cancelled)

    async def input_items(self, asked: IncomingRequest, name: str) -> Answer:
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

    def _find(self, name: str) -> StoredResponse:
        stored = self._state.responses.get(name)
        if stored is None:
            raise RefusalError(404, f"Response with id '{name}' not found.")
        return stored


def _limit(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:6]) <= _MOST_LISTED:
        raise refuse(f"Invalid 'limit'. Expected a whole number from 1 to {_MOST_LISTED}.", "invalid_value", "limit")
    return int(text)
