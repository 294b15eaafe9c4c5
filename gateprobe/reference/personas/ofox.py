"""ofox.ai, as an article of 2026 describes it: Images generations and nothing else."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.http.links import Links
from gateprobe.reference.http.router import Route, Router
from gateprobe.reference.images.endpoint import Images, ImagesBehaviour, Urls
from gateprobe.reference.images.sizes import ListedSizes
from gateprobe.reference.models import Catalogue, ImageModel
from gateprobe.reference.persona import Persona
from gateprobe.reference.state import PersonaState

_SIZES: Final = ListedSizes(("1024x1024", "1536x1024", "1024x1536"), default="1024x1024")
_CATALOGUE: Final = Catalogue(
    ("gpt-5",), (ImageModel("gpt-image-2", _SIZES),), owner="ofox", others=("claude-opus-4.6", "gemini-3-pro")
)
_BEHAVIOUR: Final = ImagesBehaviour(
    most=4,  # "number of pictures, default 1, at most 4"
    quality="medium",
    urls=Urls.LINK,  # "url or b64_json, default url"; a link "is valid for 1 hour only"
    strict=False,
    streams=False,
)


def build(state: PersonaState, renderer: Renderer) -> Router:
    """Make the one endpoint that the article shows, the links it gives, and a list of models."""
    images = Images(state, renderer, _CATALOGUE, _BEHAVIOUR)
    return Router(
        (
            Route("GET", "/v1/models", _CATALOGUE.list),
            Route("POST", "/v1/images/generations", images.generate),
            Route("GET", "/pictures/{name}", Links(state).fetch, open=True),
        )
    )


OFOX: Final = Persona(
    name="ofox",
    title="ofox.ai",
    summary="Images generations in three sizes, one to four pictures, as links that live for an hour.",
    document="GPT-Image-2 API in practice, ofox.ai, 2026",
    text_model="gpt-5",
    image_model="gpt-image-2",
    build=build,
)
