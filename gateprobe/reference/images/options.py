"""What a picture shall be like: the parameters that the Images endpoints and the hosted tool share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateprobe.reference.fields import Fields, missing
from gateprobe.reference.http.exchange import RefusalError
from gateprobe.reference.images.sizes import Size
from gateprobe.reference.models import NEWER, NEWEST, ImageModel

QUALITIES: Final = ("low", "medium", "high", "xhigh", "max", "auto")
OLDER_FORMATS: Final = ("png", "webp", "jpeg")
FORMATS: Final = (*OLDER_FORMATS, "gif", "svg")
COMPLEXITIES: Final = ("low", "medium", "high")
EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
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
        "complexity",
        "frame_count",
        "frame_duration_ms",
        "svg",
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
    frames: int = 1
    frame_ms: int = 0
    author: str = ""

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
    output_format = fields.choice("output_format", FORMATS if model.generation >= NEWER else OLDER_FORMATS, "png")
    chosen = fields.choice("quality", [name for name in QUALITIES if name in model.qualities], quality)
    if fields.values.get("complexity") is not None:
        fields.choice("complexity", COMPLEXITIES, "high")
        if model.generation < NEWEST:
            raise _unsupported("This model does not support 'complexity'.", f"{fields.prefix}complexity")
    compression = fields.integer("output_compression", 0, 100)
    partials = fields.integer("partial_images", 0, 3)
    size = model.sizes.read(fields.text("size", model.sizes.default) or "", f"{fields.prefix}size")
    if background == "transparent":
        _check_transparent(fields, model, output_format)
    frames, frame_ms = _animation(fields, output_format)
    author = _author(fields, output_format)
    if output_format in ONE_PICTURE:
        _check_one_picture(fields, output_format, partials)
    return Settings(
        model=model,
        size=size,
        quality=chosen,
        background=background,
        output_format=output_format,
        compression=100 if compression is None else compression,
        partials=partials,
        frames=frames,
        frame_ms=frame_ms,
        author=author,
    )


ONE_PICTURE: Final = ("gif", "svg")
"""Formats without partial pictures and compression (OpenAI's client)."""

_FRAMES, _FRAME_MS, _LONGEST_MS = 9, 200, 655_350


def _unsupported(message: str, param: str) -> RefusalError:
    return RefusalError(400, message, "image_generation_user_error", "unsupported_parameter", param)


def _animation(fields: Fields, output_format: str) -> tuple[int, int]:
    """Read the number of frames and the milliseconds of each, rounded to ten and capped; (1, 0) for other formats."""
    frames = fields.integer("frame_count", 2, 16)
    duration = fields.integer("frame_duration_ms", 1)
    if output_format != "gif":
        for name, value in (("frame_count", frames), ("frame_duration_ms", duration)):
            if value is not None:
                raise _unsupported(f"'{name}' requires output_format 'gif'.", f"{fields.prefix}{name}")
        return 1, 0
    rounded = round((duration or _FRAME_MS) / 10) * 10
    return frames or _FRAMES, min(max(rounded, 10), _LONGEST_MS)


def _author(fields: Fields, output_format: str) -> str:
    """Read the model that writes an SVG; empty for other formats."""
    svg = Fields(fields.object("svg"), f"{fields.prefix}svg.")
    svg.only(("model", "reasoning"))
    reasoning = Fields(svg.object("reasoning"), f"{svg.prefix}reasoning.")
    reasoning.only(("effort",))
    reasoning.choice("effort", EFFORTS, "medium")
    if output_format != "svg":
        if svg.values:
            raise _unsupported("'svg' requires output_format 'svg'.", f"{fields.prefix}svg")
        return ""
    author = svg.text("model")
    if author is None:
        raise missing(f"{fields.prefix}svg.model")
    return author


def _check_one_picture(fields: Fields, output_format: str, partials: int | None) -> None:
    for name, given in (("partial_images", partials), ("output_compression", fields.values.get("output_compression"))):
        if given:
            message = f"'{name}' is not supported with output_format '{output_format}'."
            raise _unsupported(message, f"{fields.prefix}{name}")


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
