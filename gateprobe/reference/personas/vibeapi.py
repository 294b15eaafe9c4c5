"""VibeAPI, as its GPT-Image-2 page (tested 2026-05-08) describes it."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour, Urls
from gateprobe.reference.models import GPT_IMAGE_2, Catalogue
from gateprobe.reference.persona import Persona
from gateprobe.reference.responses.endpoint import Responses
from gateprobe.reference.responses.request import Partials, ResponsesBehaviour
from gateprobe.reference.state import PersonaState

_CATALOGUE: Final = Catalogue(("gpt-5.5",), (GPT_IMAGE_2,), owner="vibeapi")

_IMAGES: Final = ImagesBehaviour(
    most=None,  # "not available: ignored in silence, always one picture"
    urls=Urls.DATA_URI,  # "url returns a data URI, no HTTP link"
    strict=False,
    streams=False,
    same_mask_format=True,  # "picture and mask must have the same format and size"
    any_upload_type=True,
)
_RESPONSES: Final = ResponsesBehaviour(
    instructions_required=True,
    list_required=True,
    stream_required=True,
    previous_over_http=False,  # "only over WebSocket v2"
    reasons=False,  # its event list has the picture alone
    closes_with_text=False,
    streamed_status="completed",
    partials=Partials.WHOLE,  # "partial_image_b64: the complete picture"
)


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make the Images endpoints, streamed Responses and the WebSocket."""
    images = Images(state, renderer, _CATALOGUE, _IMAGES)
    responses = Responses(state, renderer, _CATALOGUE, _RESPONSES)
    return Router(
        (
            Route("GET", "/v1/models", _CATALOGUE.list),
            Route("POST", "/v1/responses", responses.create),
            Route("POST", "/v1/images/generations", images.generate),
            Route("POST", "/v1/images/edits", images.edit),
        ),
        socket=responses,
    )


VIBEAPI: Final = Persona(
    name="vibeapi",
    title="VibeAPI",
    summary="Streams only, instructions and list input required, one picture at a time on the Images endpoints.",
    document="GPT-Image-2, VibeAPI, 2026-05-08",
    text_model="gpt-5.5",
    image_model="gpt-image-2",
    build=build,
)
