"""The Files endpoint: enough of it to upload a picture and name it by its id."""

from __future__ import annotations

from gateprobe.reference.fields import missing
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer, RefusalError, json_answer
from gateprobe.reference.ids import file_id
from gateprobe.reference.state import File, PersonaState


class Files:
    """Keeps uploaded files in memory."""

    def __init__(self, state: PersonaState) -> None:
        self._state = state

    async def upload(self, asked: IncomingRequest) -> Answer:
        """`POST /files`: a multipart form with `file` and `purpose`."""
        upload = next((each for each in asked.uploads if each.field == "file"), None)
        if upload is None:
            raise missing("file")
        purpose = asked.fields.get("purpose") if isinstance(asked.fields, dict) else None
        if not isinstance(purpose, str):
            raise missing("purpose")
        body = {
            "id": file_id(),
            "object": "file",
            "bytes": len(upload.data),
            "created_at": int(self._state.clock()),
            "expires_at": None,
            "filename": upload.filename,
            "purpose": purpose,
            "status": "processed",
            "status_details": None,
        }
        self._state.files.put(str(body["id"]), File(body, upload.data))
        return json_answer(body)

    async def list(self, _asked: IncomingRequest) -> Answer:
        """`GET /files`."""
        data = [file.body for file in self._state.files.all()]
        return json_answer({"object": "list", "data": data, "has_more": False})

    async def retrieve(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /files/{id}`."""
        return json_answer(self._find(name).body)

    async def content(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /files/{id}/content`."""
        return PlainAnswer(200, self._find(name).data, {"content-type": "application/octet-stream"})

    async def delete(self, _asked: IncomingRequest, name: str) -> Answer:
        """`DELETE /files/{id}`."""
        self._find(name)
        self._state.files.drop(name)
        return json_answer({"id": name, "object": "file", "deleted": True})

    def _find(self, name: str) -> File:
        file = self._state.files.get(name)
        if file is None:
            raise RefusalError(404, f"No such File object: {name}", param="id")
        return file
