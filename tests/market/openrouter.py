"""A small gateway shaped as OpenRouter documents its own: the OpenAPI file of its client, 2026-08-22, and its guide.

It is OpenAI's reference gateway behind POST /images, vendor prefixes of models, an envelope with a number as code,
and streams without `event:` lines, with comments and `[DONE]` (recorded traffic has the last three).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Final

from gateprobe.model import Json
from gateprobe.plan.sizes import is_drawn
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.faults import Fault
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, RefusalError, json_answer
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.ids import request_id
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour
from gateprobe.reference.images.sizes import AnySize
from gateprobe.reference.models import TEXT_MODELS, Catalogue, ImageModel
from gateprobe.reference.personas.openai import OPENAI
from gateprobe.reference.personas.openai import build as openai_routes
from gateprobe.reference.state import PersonaState
from tests.market.shape import Shape, ShapedRouter, renamed

ROOT: Final = "/api/v1"
MAKER: Final = "openai/"
TIERS: Final = {"2K": "2048x2048", "4K": "2880x2880"}
"""What a tier is normalised to for a model with gpt-image-2's rule."""

_IMAGE_MODEL: Final = ImageModel("gpt-image-2", AnySize(), transparent=True)
_CATALOGUE: Final = Catalogue(TEXT_MODELS, (_IMAGE_MODEL,), owner="openai")
_PARAMETERS: Final = ("prompt", "n", "quality", "output_format", "output_compression", "background", "stream")


def _read(asked: IncomingRequest) -> IncomingRequest:
    if not asked.path.startswith(f"{ROOT}/"):
        raise RefusalError(404, "Not Found")
    inner = replace(asked, path=asked.path.removeprefix("/api"), fields=renamed(asked.fields, _bare))
    if asked.path == f"{ROOT}/images":
        return _read_images(inner)
    if asked.path.startswith(f"{ROOT}/images/") and asked.path != f"{ROOT}/images/models":
        raise RefusalError(404, "Not Found")
    return _read_response(inner) if asked.path == f"{ROOT}/responses" else inner


def _bare(model: str) -> str:
    return model.removeprefix(MAKER)


def _read_images(asked: IncomingRequest) -> IncomingRequest:
    """Read POST /images: unknown fields are passed over, sizes normalised, references are pictures to change."""
    fields: Any = asked.fields
    if not isinstance(fields, dict):
        return replace(asked, path="/v1/images/generations")
    taken = {name: fields[name] for name in ("model", "partial_images", *_PARAMETERS) if name in fields}
    size = fields.get("size")
    if isinstance(size, str):
        if "aspect_ratio" in fields or "resolution" in fields:
            raise RefusalError(400, "size contradicts aspect_ratio or resolution.", param="size")
        taken["size"] = TIERS.get(size) or (size if is_drawn(size) else "1024x1024")
    references = fields.get("input_references")
    if not references:
        return replace(asked, path="/v1/images/generations", fields=taken)
    images = [{"image_url": reference["image_url"]["url"]} for reference in references]
    return replace(asked, path="/v1/images/edits", fields=taken | {"images": images})


def _read_response(asked: IncomingRequest) -> IncomingRequest:
    fields: Any = asked.fields
    if isinstance(fields, dict) and fields.get("previous_response_id") is not None:
        raise RefusalError(400, "previous_response_id is not supported.", param="previous_response_id")
    return asked


def _write(asked: IncomingRequest, value: Json) -> Json:
    value = renamed(value, lambda name: name if name.startswith(MAKER) else MAKER + name)
    if asked.path != f"{ROOT}/images":
        return value
    if isinstance(value.get("type"), str):  # an event
        kind = value["type"].replace("image_edit.", "image_generation.")
        return value | {"type": kind} | ({"usage": _usage(value["usage"])} if "usage" in value else {})
    members = {name: value[name] for name in ("created", "data")}
    return members | {"usage": _usage(value["usage"])}


def _usage(usage: dict[str, Json]) -> dict[str, Json]:
    """Count as chat does, with a cost."""
    into, out, total = (usage[f"{name}_tokens"] for name in ("input", "output", "total"))
    return {"prompt_tokens": into, "completion_tokens": out, "total_tokens": total, "cost": round(out * 3e-5, 6)}


def _refuse(refused: RefusalError) -> Json:
    words = "Missing Authentication header" if refused.status == 401 else refused.error["message"]
    return {"error": {"code": refused.status, "message": words, "metadata": {"provider_name": "OpenAI"}}}


async def _image_models(_asked: IncomingRequest) -> Answer:
    """`GET /images/models`: the image models, with what each endpoint takes."""
    entry = {"id": _IMAGE_MODEL.name, "name": "GPT Image 2", "supported_parameters": list(_PARAMETERS)}
    return json_answer({"data": [entry | {"id": MAKER + _IMAGE_MODEL.name}]})


async def _models(_asked: IncomingRequest) -> Answer:
    """`GET /models`: text models, without `object` at the top (recorded traffic)."""
    return json_answer({"data": [{"id": MAKER + name, "name": name, "created": 1_776_729_600} for name in TEXT_MODELS]})


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make the routes that OpenRouter documents, on OpenAI's."""
    images = Images(state, renderer, _CATALOGUE, ImagesBehaviour(strict=False))
    served = {"/v1/responses"}
    routes = (
        Route("GET", "/v1/models", _models),
        Route("GET", "/v1/images/models", _image_models),
        Route("POST", "/v1/images/generations", images.generate),
        Route("POST", "/v1/images/edits", images.edit),
        *(route for route in openai_routes(state, renderer).routes if route.path in served),
    )
    return ShapedRouter(routes, shape=Shape(_read, _write, _refuse))


async def _unnamed(_sent: IncomingRequest, frames: AsyncIterator[Frame]) -> AsyncIterator[Frame]:
    async for frame in frames:
        yield Frame(frame.data, None)


async def _framed(sent: IncomingRequest, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Put a comment before a stream and `[DONE]` after it."""
    streams = isinstance(sent.fields, dict) and bool(sent.fields.get("stream"))
    first = True
    async for chunk in chunks:
        streams = streams and (not first or chunk.startswith(b"data:"))
        if streams:
            yield b": OPENROUTER PROCESSING\n\n"
        first = False
        yield chunk
    if streams:
        yield b"data: [DONE]\n\n"


OPENROUTER: Final = replace(
    OPENAI,
    name="openrouter-shaped",
    title="OpenRouter-shaped",
    build=build,
    headers=lambda _asked, _elapsed: {"x-generation-id": f"gen-{request_id()}"},
    faults=(Fault("shape.openrouter", "The stream's form is OpenRouter's.", frames=_unnamed, chunks=_framed),),
)
"""The persona, for `serving`."""
