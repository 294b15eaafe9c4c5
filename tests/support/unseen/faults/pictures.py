"""Unseen faults of pictures, and of the links that lead to them."""

from __future__ import annotations

import base64
import io
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from PIL import Image, ImageOps

from gateprobe.model import Json
from gateprobe.reference import Fault
from gateprobe.reference.faults.streams.frames import Object, in_body
from tests.support.unseen.faults.base import IMAGES, in_data, pictures, unseen


def _redrawn(change: Callable[[Image.Image], Image.Image], form: str | None = None) -> Callable[[str], str]:
    def changed(text: str) -> str:
        image = Image.open(io.BytesIO(base64.b64decode(text)))
        image.load()
        out = io.BytesIO()
        kept = form or image.format or "PNG"
        changed = change(image)
        (changed.convert("RGB") if kept == "JPEG" else changed).save(out, kept)
        return base64.b64encode(out.getvalue()).decode()

    return changed


def _first_picture_for_all() -> Callable[[str], Json]:
    kept: list[str] = []

    def changed(text: str) -> Json:
        kept.append(text)
        return kept[0]

    return changed


def _canned(fault: Fault) -> Fault:
    return replace(fault, **pictures(_first_picture_for_all()))  # type: ignore[arg-type] # the fields of Fault, by name


def _linked(entry: Object) -> Object:
    return {"url": "https://cdn.gateway.invalid/" + secrets.token_hex(8) + ".png"} if "b64_json" in entry else entry


FAULTS: Final = (
    unseen(
        "grey_pictures",
        "must",
        "images.generate responses.image.stream responses.image.non_stream",
        **pictures(_redrawn(lambda i: ImageOps.grayscale(i.convert("RGB")).convert("RGB"))),
    ),
    unseen(
        "half_the_size",
        "must",
        "images.generate.size responses.image.size images.generate responses.image.non_stream",
        **pictures(_redrawn(lambda i: i.resize((i.width // 2, i.height // 2)))),
    ),
    unseen(
        "always_webp",
        "must",
        "images.generate.output_format responses.image.output_format images.generate images.generate.default_format",
        **pictures(_redrawn(lambda i: i, "WEBP")),
    ),
    unseen(
        "turned_by_90",
        "must",
        "images.generate.size responses.image.size",
        **pictures(_redrawn(lambda i: i.rotate(90, expand=True))),
    ),
    unseen(
        "border_added",
        "should",
        "images.generate.size images.generate responses.image.size",
        **pictures(_redrawn(lambda i: ImageOps.expand(i.convert("RGB"), 32, "black"))),
    ),
    unseen(
        "one_picture_for_all",
        "must",
        "images.generate images.edit responses.image.stream responses.image.non_stream",
        start=_canned,
    ),
    unseen(
        "links_that_resolve_nowhere",
        "must",
        "images.generate images.generate.default_format images.generate.url_fetchable",
        answer=in_body(in_data(_linked), *IMAGES),
    ),
    unseen(
        "relative_links",
        "must",
        "images.generate images.generate.default_format images.generate.url_fetchable",
        answer=in_body(in_data(lambda e: {"url": "/files/1.png"} if "b64_json" in e else e), *IMAGES),
    ),
)
