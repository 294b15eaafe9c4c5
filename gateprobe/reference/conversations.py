"""The Conversations endpoint: enough of it for responses to continue a conversation by its id."""

from __future__ import annotations

import secrets

from gateprobe.reference.http.exchange import Answer, IncomingRequest, json_answer
from gateprobe.reference.responses.conversation import Context
from gateprobe.reference.responses.inputs import find_conversation, read_input
from gateprobe.reference.state import Conversation, PersonaState


class Conversations:
    """Keeps conversations in memory."""

    def __init__(self, state: PersonaState) -> None:
        self._state = state

    async def create(self, asked: IncomingRequest) -> Answer:
        """`POST /conversations`, empty or with items."""
        fields = asked.fields if isinstance(asked.fields, dict) else {}
        items = fields.get("items")
        context: Context = read_input(self._state, items).context if items else ()
        body = {
            "id": f"conv_{secrets.token_hex(25)}",
            "object": "conversation",
            "created_at": int(self._state.clock()),
            "metadata": fields.get("metadata") or {},
        }
        self._state.conversations.put(str(body["id"]), Conversation(body, context))
        return json_answer(body)

    async def retrieve(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /conversations/{id}`."""
        return json_answer(find_conversation(self._state, name).body)

    async def delete(self, _asked: IncomingRequest, name: str) -> Answer:
        """`DELETE /conversations/{id}`."""
        find_conversation(self._state, name)
        self._state.conversations.drop(name)
        return json_answer({"id": name, "object": "conversation.deleted", "deleted": True})
