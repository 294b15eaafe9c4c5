"""OpenAI's own API, as its guide, its reference and recorded traffic of 2026 show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateprobe.reference.client_models import CLIENT_MODELS
from gateprobe.reference.conversations import Conversations
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.drawing.signing import Seal
from gateprobe.reference.files import Files
from gateprobe.reference.http.exchange import IncomingRequest
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.ids import request_id
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour
from gateprobe.reference.models import GPT_IMAGE_MODELS, TEXT_MODELS, Catalogue
from gateprobe.reference.persona import Persona
from gateprobe.reference.responses.compaction import Compaction
from gateprobe.reference.responses.endpoint import Responses
from gateprobe.reference.responses.request import ResponsesBehaviour
from gateprobe.reference.state import PersonaState

_CATALOGUE: Final = Catalogue(TEXT_MODELS, GPT_IMAGE_MODELS, owner="system", unlisted=CLIENT_MODELS)


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make every endpoint that an image conversation touches."""
    images = Images(state, renderer, _CATALOGUE, ImagesBehaviour())
    behaviour = ResponsesBehaviour(background=True)
    responses = Responses(state, renderer, _CATALOGUE, behaviour)
    compaction = Compaction(state, _CATALOGUE, behaviour)
    conversations = Conversations(state)
    files = Files(state)
    return Router(
        (
            Route("GET", "/v1/models", _CATALOGUE.list),
            Route("GET", "/v1/models/{id}", _CATALOGUE.retrieve),
            Route("POST", "/v1/responses", responses.create),
            Route("POST", "/v1/responses/compact", compaction.compact),
            Route("POST", "/v1/responses/input_tokens", compaction.count),
            Route("GET", "/v1/responses/{id}", responses.retrieve),
            Route("DELETE", "/v1/responses/{id}", responses.delete),
            Route("POST", "/v1/responses/{id}/cancel", responses.cancel),
            Route("GET", "/v1/responses/{id}/input_items", responses.input_items),
            Route("POST", "/v1/conversations", conversations.create),
            Route("GET", "/v1/conversations/{id}", conversations.retrieve),
            Route("DELETE", "/v1/conversations/{id}", conversations.delete),
            Route("POST", "/v1/images/generations", images.generate),
            Route("POST", "/v1/images/edits", images.edit),
            Route("POST", "/v1/files", files.upload),
            Route("GET", "/v1/files", files.list),
            Route("GET", "/v1/files/{id}", files.retrieve),
            Route("GET", "/v1/files/{id}/content", files.content),
            Route("DELETE", "/v1/files/{id}", files.delete),
        ),
        socket=responses,
    )


def headers(asked: IncomingRequest, elapsed: float) -> Mapping[str, str]:
    """Send the headers that api.openai.com sends (recorded traffic)."""
    sent = {
        "x-request-id": request_id(),
        "openai-organization": "org-reference",
        "openai-processing-ms": str(round(elapsed * 1000)),
        "openai-version": "2020-10-01",
        "x-ratelimit-limit-requests": "10000",
        "x-ratelimit-remaining-requests": "9999",
        "x-ratelimit-reset-requests": "6ms",
        "x-ratelimit-limit-tokens": "30000000",
        "x-ratelimit-remaining-tokens": "29999000",
        "x-ratelimit-reset-tokens": "2ms",
    }
    if asked.path.startswith("/v1/images"):
        sent |= {
            "x-ratelimit-limit-input-images": "250",
            "x-ratelimit-remaining-input-images": "249",
            "x-ratelimit-reset-input-images": "240ms",
        }
    return sent


OPENAI: Final = Persona(
    name="openai",
    title="OpenAI",
    summary="Everything that OpenAI documents about pictures, on the wire of 2026.",
    document="OpenAI image generation guide and API reference, 2026",
    text_model="gpt-5.5",
    image_model="gpt-image-2",
    build=build,
    headers=headers,
    cors=True,
    seal=Seal(),
)
