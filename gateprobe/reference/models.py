"""The models a persona lists, and what each image model can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.http.exchange import Answer, IncomingRequest, RefusalError, json_answer
from gateprobe.reference.images.sizes import AnySize, ListedSizes, SizeRule


@dataclass(frozen=True, slots=True)
class ImageModel:
    """What an image model draws: its sizes, and whether it knows transparency and `input_fidelity`."""

    name: str
    sizes: SizeRule
    transparent: bool = False
    fidelity: bool = False


_THREE: Final = ListedSizes(("1024x1024", "1024x1536", "1536x1024", "auto"))

GPT_IMAGE_2: Final = ImageModel("gpt-image-2", AnySize())
GPT_IMAGE_MODELS: Final = (
    GPT_IMAGE_2,
    ImageModel("gpt-image-2-2026-04-21", AnySize()),
    ImageModel("gpt-image-1.5", _THREE, transparent=True, fidelity=True),
    ImageModel("gpt-image-1", _THREE, transparent=True, fidelity=True),
    ImageModel("gpt-image-1-mini", _THREE, transparent=True),
)
TEXT_MODELS: Final = (
    "gpt-5.5",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.2",
    "gpt-5",
    "gpt-5-nano",
    "o3",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-nano",
    "gpt-4o",
    "gpt-4o-mini",
)
_CREATED: Final = 1_776_729_600
"""2026-04-21 in unix seconds; a list needs some date."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The models of one persona."""

    texts: Sequence[str]
    images: Sequence[ImageModel]
    owner: str
    others: Sequence[str] = ()

    def _entry(self, name: str) -> dict[str, Json]:
        return {"id": name, "object": "model", "created": _CREATED, "owned_by": self.owner}

    @property
    def _names(self) -> list[str]:
        return [*self.texts, *(model.name for model in self.images), *self.others]

    def image_model(self, name: str) -> ImageModel | None:
        """Find an image model by its name."""
        return next((model for model in self.images if model.name == name), None)

    async def list(self, _asked: IncomingRequest) -> Answer:
        """`GET /models`."""
        return json_answer({"object": "list", "data": [self._entry(name) for name in self._names]})

    async def retrieve(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /models/{id}`; unknown: 404 `model_not_found` (recorded traffic)."""
        if name not in self._names:
            raise RefusalError(404, f"The model '{name}' does not exist", code="model_not_found", param="model")
        return json_answer(self._entry(name))
