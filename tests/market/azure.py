"""A small gateway shaped as Microsoft documents Azure OpenAI in Foundry: how-to pages of 2026-01-14 and 2026-04-17.

It is OpenAI's reference gateway behind another path, an `api-key` header and an `api-version`; the image tool of the
Responses API is for the gpt-image-1 series alone and does not stream.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gateprobe.model import Json
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.exchange import IncomingRequest, RefusalError
from gateprobe.reference.http.router import Router
from gateprobe.reference.ids import request_id
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour
from gateprobe.reference.images.sizes import AnySize
from gateprobe.reference.models import TEXT_MODELS, Catalogue, ImageModel
from gateprobe.reference.personas.openai import OPENAI
from gateprobe.reference.personas.openai import build as openai_routes
from gateprobe.reference.state import PersonaState
from tests.market.shape import Shape, ShapedRouter

ROOT: Final = "/openai/v1"
DEPLOYMENT: Final = "x-ms-oai-image-generation-deployment"
"""The header that names the deployment that draws for the image tool."""

_CATALOGUE: Final = Catalogue(TEXT_MODELS, (ImageModel("gpt-image-2", AnySize(), transparent=True),), owner="system")
"""The guide excludes no model from transparent backgrounds."""


def _read(asked: IncomingRequest) -> IncomingRequest:
    if not asked.path.startswith(f"{ROOT}/"):
        raise RefusalError(404, "Resource not found", code="404")
    inner = replace(asked, path=asked.path.removeprefix("/openai"), headers=_keyed(asked))
    if "/images/" in asked.path:
        return _read_images(inner)
    return _read_response(inner) if asked.path == f"{ROOT}/responses" else inner


def _keyed(asked: IncomingRequest) -> dict[str, str]:
    """Take the key from `api-key`, where Azure has it."""
    rest = {name: value for name, value in asked.headers.items() if name not in {"authorization", "api-key"}}
    key = asked.headers.get("api-key")
    return rest if key is None else rest | {"authorization": f"Bearer {key}"}


def _read_images(asked: IncomingRequest) -> IncomingRequest:
    if asked.query.get("api-version") != "preview":
        raise RefusalError(404, "Resource not found", code="404")
    if asked.path == "/v1/images/edits" and asked.fields is not None and not asked.form:
        raise RefusalError(415, "The Image Edit API takes multipart/form data, not JSON data.", code="415")
    fields: Any = asked.fields
    if not isinstance(fields, dict):
        return asked
    if fields.get("output_format") == "webp":
        raise RefusalError(400, "WEBP images aren't supported.", code="invalid_value", param="output_format")
    if fields.get("quality") == "auto":
        raise RefusalError(400, "Quality is one of low, medium and high.", code="invalid_value", param="quality")
    level = fields.get("output_compression")
    if isinstance(level, int) and 0 <= level <= 100:
        fields = fields | {"output_compression": 100 - level}  # 100 is the most compression here
    return replace(asked, fields=fields)


def _read_response(asked: IncomingRequest) -> IncomingRequest:
    fields: Any = asked.fields
    tools = fields.get("tools") if isinstance(fields, dict) else None
    kinds = [tool.get("type") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    if "image_generation" in kinds:
        if fields.get("stream"):
            raise RefusalError(400, "The image generation tool does not support streaming mode.", param="stream")
        drawing = asked.headers.get(DEPLOYMENT)
        raise RefusalError(
            400, f"The image generation tool is not supported by the deployment {drawing!r}.", param="tools"
        )
    return asked


def _write(_asked: IncomingRequest, value: Json) -> Json:
    return value


def _refuse(refused: RefusalError) -> Json:
    error = refused.error
    if error["code"] == "moderation_blocked":
        return {"created": 1_776_729_600, "error": {"code": "contentFilter", "message": error["message"]}}
    if refused.status == 401:
        return {"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}
    if error["param"] == "model":
        return {"error": {"code": "DeploymentNotFound", "message": "The API deployment does not exist."}}
    return {"error": error}


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make OpenAI's routes behind Azure's wire."""
    images = Images(state, renderer, _CATALOGUE, ImagesBehaviour(quality="high"))
    handlers = {"/v1/images/generations": images.generate, "/v1/images/edits": images.edit}
    routes = tuple(
        replace(route, handler=handlers.get(route.path, route.handler))
        for route in openai_routes(state, renderer).routes
    )
    return ShapedRouter(routes, shape=Shape(_read, _write, _refuse))


def _headers(_asked: IncomingRequest, _elapsed: float) -> dict[str, str]:
    return {"apim-request-id": request_id(), "x-request-id": request_id(), "x-ms-region": "Sweden Central"}


AZURE: Final = replace(OPENAI, name="azure-shaped", title="Azure-shaped", build=build, headers=_headers, cors=False)
"""The persona, for `serving`."""
