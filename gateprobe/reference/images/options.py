"""What a picture shall be like: the parameters that the Images endpoints and the hosted tool share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.reference.fields import Fields
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.images.sizes import Size
from gateprobe.reference.models import ImageModel

QUALITIES: Final = ("low", "medium", "high", "auto")
FORMATS: Final = ("png", "webp", "jpeg")
BACKGROUNDS: Final = ("transparent", "opaque", "auto")
MODERATIONS: Final = ("auto", "low")
FIDELITIES: Final = ("high", "low")

COMMON: Final = frozenset(
    {
        "model",
        "size",
        "quality",
        "background",
        "output_format",
        "output_compression",
        "moderation",
        "partial_images",
    }
)
"""Parameters of both; the order in which they are checked is that of `read_settings`."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One picture's parameters after checking; `size` None stands for `auto`."""

    model: ImageModel
    size: Size | None
    quality: str
    background: str
    output_format: str
    compression: int
    partials: int | None

    @property
    def effective_quality(self) -> str:
        """The quality that is drawn and reported, never `auto` (recorded: `auto` came back as `high`)."""
        return "high" if self.quality == "auto" else self.quality

    @property
    def transparent(self) -> bool:
        """Whether the background has no opacity."""
        return self.background == "transparent"


def read_settings(fields: Fields, model: ImageModel, *, quality: str = "auto") -> Settings:
    """Check the shared parameters; raise RefusalError, naming the field, for the first that is wrong."""
    fields.choice("moderation", MODERATIONS, "auto")
    background = fields.choice("background", BACKGROUNDS, "auto")
    output_format = fields.choice("output_format", FORMATS, "png")
    chosen = fields.choice("quality", QUALITIES, quality)
    compression = fields.integer("output_compression", 0, 100)
    partials = fields.integer("partial_images", 0, 3)
    size = model.sizes.read(fields.text("size", model.sizes.default) or "", f"{fields.prefix}size")
    if background == "transparent":
        _check_transparent(fields, model, output_format)
    return Settings(
        model=model,
        size=size,
        quality=chosen,
        background=background,
        output_format=output_format,
        compression=100 if compression is None else compression,
        partials=partials,
    )


def _check_transparent(fields: Fields, model: ImageModel, output_format: str) -> None:
    """Refuse transparency where the model or the format has none (OpenAI guide, VibeAPI document)."""
    message = "Transparent background is not supported for this model."
    if model.transparent:
        if output_format != "jpeg":
            return
        message = "Transparent background is only supported with the output formats 'png' and 'webp'."
    raise RefusalError(400, message, "image_generation_user_error", "invalid_value", f"{fields.prefix}background")


def check_fidelity(fields: Fields, model: ImageModel) -> None:
    """Refuse `input_fidelity` where the model has none (independent reports of the real API)."""
    if fields.text("input_fidelity") is None:
        return
    if not model.fidelity:
        raise RefusalError(
            400,
            f"The model '{model.name}' does not support the 'input_fidelity' parameter.",
            "image_generation_user_error",
            "invalid_input_fidelity_model",
            f"{fields.prefix}input_fidelity",
        )
    fields.choice("input_fidelity", FIDELITIES, "low")
