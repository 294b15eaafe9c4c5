"""Proxies and marketplaces, as their documentation describes them (the documents are in their gateway files)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

from gateprobe.model import Json
from gateprobe.reference.faults import Fault
from gateprobe.reference.http.exchange import Frame, IncomingRequest, RefusalError
from gateprobe.reference.images.endpoint import ImagesBehaviour, Urls
from gateprobe.reference.images.sizes import AnySize
from gateprobe.reference.models import ImageModel
from tests.market.vendor import LENIENT, Vendor, as_asked, defaulting, json_edits_only, then, without


async def _comments(_sent: IncomingRequest, frames: AsyncIterator[Frame]) -> AsyncIterator[Frame]:
    """Drop events of heartbeats: codex-lb sends comments."""
    async for frame in frames:
        if frame.type != "keepalive":
            yield frame


async def _done(sent: IncomingRequest, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """End a stream with `[DONE]`."""
    streams = isinstance(sent.fields, dict) and bool(sent.fields.get("stream"))
    first = b""
    async for chunk in chunks:
        first = first or chunk
        yield chunk
    if streams and first.startswith((b"event:", b"data:", b":")):
        yield b"data: [DONE]\n\n"


def _of_codex(asked: IncomingRequest) -> IncomingRequest:
    """Refuse pictures by file id, and answer an unknown earlier response as a stream that ended early."""
    fields: Any = asked.fields
    if asked.path != "/v1/responses" or not isinstance(fields, dict):
        return asked
    if "input_file" in str(fields.get("input")) or "'file_id'" in str(fields.get("input")):
        raise RefusalError(400, "Pictures by file id are not supported.", code="unsupported_input_image_format")
    return asked


def _stream_incomplete(refused: RefusalError) -> Json:
    if refused.error["code"] == "previous_response_not_found":
        return {
            "error": refused.error | {"code": "stream_incomplete", "message": "The stream ended early.", "param": None}
        }
    return {"error": refused.error}


def _portkey(asked: IncomingRequest) -> IncomingRequest:
    """Take the key from Portkey's header, and demand the provider's."""
    rest = {name: value for name, value in asked.headers.items() if name != "authorization"}
    key = rest.pop("x-portkey-api-key", None)
    if rest.get("x-portkey-provider") != "openai":
        raise RefusalError(400, "Either x-portkey-config or x-portkey-provider header is required")
    return replace(asked, headers=rest if key is None else rest | {"authorization": f"Bearer {key}"})


def _empty_when_filtered(refused: RefusalError) -> Json:
    blocked = refused.error["code"] == "moderation_blocked"
    return {"created": 1_776_729_600, "data": []} if blocked else {"error": refused.error}


def _without_tools(asked: IncomingRequest) -> IncomingRequest:
    """Pass over the image tool of a Response: its fields take no effect."""
    fields: Any = asked.fields
    if asked.path != "/v1/responses" or not isinstance(fields, dict):
        return asked
    return replace(
        asked, fields={name: value for name, value in fields.items() if name not in ("tools", "tool_choice")}
    )


def _numbered(refused: RefusalError) -> Json:
    """Write the status as a string in `code`, and no `param`."""
    error = refused.error
    if refused.status == 401:
        return {"error": {"code": "403", "type": "access_denied", "message": "Access denied."}}
    if error["code"] == "moderation_blocked":
        return {"error": {"code": "403", "type": "safety_check_failed", "message": error["message"]}}
    kind = "invalid_model" if error["param"] == "model" else error["type"]
    return {"error": {"code": str(_zenmux_status(refused)), "type": kind, "message": error["message"]}}


def _zenmux_status(refused: RefusalError) -> int:
    if refused.status == 401 or refused.error["code"] == "moderation_blocked":
        return 403
    return 404 if refused.error["param"] == "model" else refused.status


_LINKS: Final = ImagesBehaviour(strict=False, urls=Urls.LINK)

PROXIES: Final = (
    Vendor(
        "codex-lb",
        unlike=("images.generate.n", "responses.image.input_file_id"),
        behaviour=ImagesBehaviour(most=1),
        edits=ImagesBehaviour(most=1),
        read=_of_codex,
        refuse=_stream_incomplete,
        faults=(Fault("shape.codex_lb", "Streams end with [DONE].", frames=_comments, chunks=_done),),
    ),
    Vendor(
        "litellm",
        unlike=(),
        maker="openai/",  # at /v1, where it answers too, since the reference has its WebSocket there
        behaviour=_LINKS,
        edits=_LINKS,
        read=defaulting({"response_format": "b64_json"}),
    ),
    Vendor(
        "llmgateway",
        unlike=("images.edit", "images.edit.mask", "errors.policy"),
        behaviour=ImagesBehaviour(strict=False, streams=False),
        edits=ImagesBehaviour(strict=False, streams=False),
        responses=False,
        read=then(json_edits_only, without("mask", "response_format")),
        refuse=_empty_when_filtered,
        status=lambda refused: 200 if refused.error["code"] == "moderation_blocked" else refused.status,
    ),
    Vendor("portkey", unlike=(), behaviour=LENIENT, read=then(_portkey, as_asked)),
    Vendor(
        "zenmux",
        ImageModel("gpt-image-2", AnySize(), transparent=True, fidelity=True),
        unlike=(
            "auth.missing_key_refused",
            "responses.image.stream",
            "responses.image.non_stream",
            "errors.envelope",
        ),
        root="/api/v1",
        maker="openai/",
        read=_without_tools,
        refuse=_numbered,
        status=_zenmux_status,
    ),
)
