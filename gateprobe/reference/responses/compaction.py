"""`/v1/responses/compact` and `/v1/responses/input_tokens` (OpenAI's client 3.57.0)."""

from __future__ import annotations

import asyncio
import secrets
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.fields import Fields, not_json
from gateprobe.reference.http.exchange import Answer, IncomingRequest, json_answer
from gateprobe.reference.models import Catalogue
from gateprobe.reference.responses.body import text_usage
from gateprobe.reference.responses.request import Request, ResponsesBehaviour, read_request
from gateprobe.reference.state import PersonaState

_CONTINUED: Final = frozenset({"input", "instructions", "model", "previous_response_id"})
_COMPACTED: Final = _CONTINUED | {
    *("image", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "service_tier"),
}
_COUNTED: Final = _CONTINUED | {
    *("conversation", "parallel_tool_calls", "personality", "reasoning", "text", "tool_choice", "tools", "truncation"),
}
_SUMMARY: Final = "A summary of the conversation."


class Compaction:
    """Compacts a conversation to an item that replaces it, and counts the tokens of an input."""

    def __init__(self, state: PersonaState, catalogue: Catalogue, behaviour: ResponsesBehaviour) -> None:
        self._state = state
        self._catalogue = catalogue
        self._behaviour = behaviour

    async def compact(self, asked: IncomingRequest) -> Answer:
        """`POST /responses/compact`: the messages of the user, and an item that later inputs can begin with."""
        request = await self._read(asked, _COMPACTED)
        encrypted = secrets.token_urlsafe(96)
        self._state.compactions.put(encrypted, request.context)
        messages = [item for item in request.given.items if isinstance(item, dict) and item.get("role") == "user"]
        item: Json = {"id": f"cmp_{secrets.token_hex(25)}", "type": "compaction", "encrypted_content": encrypted}
        return json_answer(
            {
                "id": f"resp_{secrets.token_hex(25)}",
                "object": "response.compaction",
                "created_at": int(self._state.clock()),
                "output": [*messages, item],
                "usage": text_usage(request, _SUMMARY, calls=0, reasoned=False),
            }
        )

    async def count(self, asked: IncomingRequest) -> Answer:
        """`POST /responses/input_tokens`."""
        usage = text_usage(await self._read(asked, _COUNTED), "", calls=0, reasoned=False)
        return json_answer({"object": "response.input_tokens", "input_tokens": usage["input_tokens"]})

    async def _read(self, asked: IncomingRequest, known: frozenset[str]) -> Request:
        if not isinstance(asked.fields, dict):
            raise not_json()
        Fields(asked.fields).only(known)
        Fields(asked.fields).text("personality")
        value = {"model": self._catalogue.texts[0], **asked.fields}
        value.pop("personality", None)
        recall = self._state.responses.get
        return await asyncio.to_thread(
            read_request, self._state, self._catalogue, self._behaviour, value, recall, socket=False
        )
