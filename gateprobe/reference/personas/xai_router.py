"""XAI Router, as its article of 2026-04-25 describes it."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour
from gateprobe.reference.models import GPT_IMAGE_2, Catalogue
from gateprobe.reference.persona import Persona
from gateprobe.reference.responses.endpoint import Responses
from gateprobe.reference.responses.request import Partials, ResponsesBehaviour
from gateprobe.reference.state import PersonaState

_CATALOGUE: Final = Catalogue(
    ("gpt-5.5", "gpt-5.4", "gpt-5.4-mini"), (GPT_IMAGE_2,), owner="xai-router", others=("text-embedding-3-large",)
)

_BEHAVIOUR: Final = ResponsesBehaviour(
    reasons=False,  # its list of events has the picture alone
    closes_with_text=False,
    heartbeat=False,
    streamed_status="completed",
    partials=Partials.AT_MOST_ONE,  # "asked for 2 partial images, really only 1 may come back"
)


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make what the article shows, models and Responses, and a plain Images endpoint behind it."""
    images = Images(state, renderer, _CATALOGUE, ImagesBehaviour())
    responses = Responses(state, renderer, _CATALOGUE, _BEHAVIOUR)
    return Router(
        (
            Route("GET", "/v1/models", _CATALOGUE.list),
            Route("GET", "/v1/models/{id}", _CATALOGUE.retrieve),
            Route("POST", "/v1/responses", responses.create),
            Route("GET", "/v1/responses/{id}", responses.retrieve),
            Route("POST", "/v1/images/generations", images.generate),
            Route("POST", "/v1/images/edits", images.edit),
        )
    )


XAI_ROUTER: Final = Persona(
    name="xai-router",
    title="XAI Router",
    summary="Responses with the hosted image tool; fewer partial renders than asked for.",
    document="GPT-5.5 with GPT Image 2, XAI Router, 2026-04-25",
    text_model="gpt-5.5",
    image_model="gpt-image-2",
    build=build,
)
