"""Resellers and model vendors, as their pages describe them (the documents are in their gateway files)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from gateprobe.model import Json
from gateprobe.reference.http.exchange import IncomingRequest, RefusalError
from gateprobe.reference.images.endpoint import ImagesBehaviour, Urls
from gateprobe.reference.images.sizes import AnySize, ListedSizes
from gateprobe.reference.models import ImageModel
from tests.market.shape import renamed
from tests.market.vendor import (
    Vendor,
    data_uris,
    defaulting,
    form_edits_only,
    json_edits_only,
    refusing,
    then,
    without,
)

_FOUR: Final = ListedSizes(("1024x1024", "1536x1024", "1024x1536", "auto"), default="1024x1024")
_LINKS: Final = ImagesBehaviour(strict=False, urls=Urls.LINK)
_REVERSED: Final = ImagesBehaviour(strict=False, streams=False, most=None, urls=Urls.LINK)
_GROK: Final = "grok-4-1-fast-non-reasoning"
_BASE64: Final = defaulting({"response_format": "b64_json"})


def _no_usage(asked: IncomingRequest, value: Json) -> Json:
    """Bill in `meta.usage` and leave `usage` null."""
    return value | {"usage": None, "meta": {"usage": {"credits_used": 84_000}}} if "/images/" in asked.path else value


def _varied(asked: IncomingRequest) -> IncomingRequest:
    """Draw a variation as an edit."""
    fields: Any = asked.fields
    varies = asked.path == "/v1/images/variations" and isinstance(fields, dict)
    return replace(asked, fields={"prompt": "Draw it once more.", **fields}) if varies else asked


def _as_grok(asked: IncomingRequest) -> IncomingRequest:
    """Let OpenAI's text model answer for xAI's."""
    return replace(asked, fields=renamed(asked.fields, lambda name: "gpt-5.5" if name == _GROK else name))


def _three_qualities(asked: IncomingRequest) -> IncomingRequest:
    fields: Any = asked.fields
    if isinstance(fields, dict) and fields.get("quality") == "auto":
        raise RefusalError(400, "quality is one of low, medium, high", code="invalid_value", param="quality")
    return asked


RESELLERS: Final = (
    Vendor(
        "aihubmix",
        unlike=("responses.text",),
        behaviour=ImagesBehaviour(),
        edits=ImagesBehaviour(),
        responses=False,
        others=("gpt-image-3-preview",),
    ),
    Vendor(
        "aimlapi",
        ImageModel("gpt-image-2", _FOUR),
        unlike=(
            "images.generate.default_format",
            "images.generate.n",
            "images.generate.size_rule",
            "images.generate.usage",
            "images.edit.json",
        ),
        maker="openai/",
        behaviour=ImagesBehaviour(strict=False, streams=False, most=1, quality="medium", urls=Urls.LINK),
        edits=ImagesBehaviour(strict=False, streams=False, quality="medium", urls=Urls.LINK),
        responses=False,
        read=then(form_edits_only, _three_qualities),
        write=_no_usage,
    ),
    Vendor(
        "apiyi-all",
        ImageModel("gpt-image-2-all", AnySize()),
        unlike=("images.generate.n", "images.generate.size", "images.generate.quality", "images.edit.mask"),
        behaviour=_REVERSED,
        edits=_REVERSED,
        responses=False,
        read=then(refusing("n", "quality"), without("size", "mask"), _BASE64),
        write=data_uris,
    ),
    Vendor(
        "apiyi-official",
        unlike=("images.generate.n",),
        behaviour=ImagesBehaviour(most=1),
        edits=ImagesBehaviour(most=1),
    ),
    Vendor(
        "apiyi-vip",
        ImageModel("gpt-image-2-vip", _FOUR),
        unlike=("images.generate.n", "images.generate.quality", "images.generate.size_rule", "images.edit.mask"),
        behaviour=_REVERSED,
        edits=_REVERSED,
        responses=False,
        read=then(refusing("quality"), without("mask"), _BASE64),
        write=data_uris,
    ),
    Vendor(
        "laozhang",
        ImageModel("gpt-image-2-vip", AnySize()),
        unlike=("responses.text",),
        responses=False,
    ),
    Vendor(
        "new-api",
        unlike=("images.generate.default_format",),
        behaviour=_LINKS,
        edits=_LINKS,
        variations=True,
        read=_varied,
    ),
    Vendor(
        "xai",
        ImageModel("grok-imagine-image", _FOUR),
        unlike=(
            "images.generate.default_format",
            "images.generate.size",
            "images.generate.quality",
            "images.edit",
        ),
        behaviour=ImagesBehaviour(strict=False, streams=False, urls=Urls.LINK),
        edits=ImagesBehaviour(strict=False, streams=False, urls=Urls.LINK),
        texts=(_GROK,),
        read=then(refusing("size", "quality"), json_edits_only, _as_grok),
    ),
)
