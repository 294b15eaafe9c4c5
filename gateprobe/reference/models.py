"""The models a persona lists, and what each image model can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.http.exchange import Answer, IncomingRequest, RefusalError, json_answer
from gateprobe.reference.images.sizes import AnySize, ListedSizes, SizeRule


@dataclass(frozen=True, slots=True)
class ImageModel:
    """What an image model draws: its sizes, and whether it knows transparency and `input_fidelity`.

    `generation` decides on the rest: GIF, SVG and `markup` came with 2.5, `complexity` with 2.6 (OpenAI's client).
    `shutdown` is the day on which it leaves the list.
    """

    name: str
    sizes: SizeRule
    transparent: bool = False
    fidelity: bool = False
    generation: float = 2
    shutdown: str | None = None

    @property
    def qualities(self) -> tuple[str, ...]:
        """The accepted values of `quality`."""
        return (*_FOUR[:3], "xhigh", "max", "auto") if self.generation >= NEWER else _FOUR


_FOUR: Final = ("low", "medium", "high", "auto")
NEWER: Final = 2.5
"""The generation from which on models animate, author SVG, and take a markup layer."""
NEWEST: Final = 2.6
"""The generation from which on models take `complexity`."""
_THREE: Final = ListedSizes(("1024x1024", "1024x1536", "1536x1024", "auto"))

GPT_IMAGE_2: Final = ImageModel("gpt-image-2", AnySize())
GPT_IMAGE_MODELS: Final = (
    GPT_IMAGE_2,
    ImageModel("gpt-image-2-2026-04-21", AnySize()),
    *(
        ImageModel(f"gpt-image-2.5-{kind}{day}", AnySize(), transparent=True, generation=NEWER)
        for kind in ("sunburst", "flare")
        for day in ("", "-2026-09-08")
    ),
    *(ImageModel(f"gpt-image-2.6-{kind}", AnySize(), generation=NEWEST) for kind in ("sunburst", "flare")),
    ImageModel("gpt-image-1.5", _THREE, transparent=True, fidelity=True, generation=1.5, shutdown="2026-12-01"),
    ImageModel("gpt-image-1", _THREE, transparent=True, fidelity=True, generation=1, shutdown="2026-10-23"),
    ImageModel("gpt-image-1-mini", _THREE, transparent=True, generation=1, shutdown="2026-12-01"),
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
    """The models of one persona.

    A model that is shut down is not listed. It is still served, for the tests of old code. `unlisted` are text models
    that are served too.
    """

    texts: Sequence[str]
    images: Sequence[ImageModel]
    owner: str
    others: Sequence[str] = ()
    unlisted: frozenset[str] = frozenset()

    def _entries(self) -> dict[str, Json]:
        today = datetime.now(UTC).date().isoformat()
        ends = {model.name: model.shutdown for model in self.images}
        names = [*self.texts, *ends, *self.others]
        return {name: self._entry(name, ends.get(name)) for name in names if not (day := ends.get(name)) or day > today}

    def _entry(self, name: str, shutdown: str | None) -> dict[str, Json]:
        return {
            "id": name,
            "object": "model",
            "created": _CREATED,
            "owned_by": self.owner,
            "shutdown_date": shutdown,
        }

    def has_text_model(self, name: str) -> bool:
        """Return whether a text model can answer."""
        return name in self.texts or name in self.unlisted

    def image_model(self, name: str) -> ImageModel | None:
        """Find an image model by its name."""
        return next((model for model in self.images if model.name == name), None)

    async def list(self, _asked: IncomingRequest) -> Answer:
        """`GET /models`."""
        return json_answer({"object": "list", "data": [*self._entries().values()]})

    async def retrieve(self, _asked: IncomingRequest, name: str) -> Answer:
        """`GET /models/{id}`; unknown: 404 `model_not_found` (recorded traffic)."""
        entry = self._entries().get(name)
        if entry is None:
            raise RefusalError(404, f"The model '{name}' does not exist", code="model_not_found", param="model")
        return json_answer(entry)
