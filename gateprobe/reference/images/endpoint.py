"""The Images endpoints: generations and edits, as JSON and as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.drawing import codec
from gateprobe.reference.drawing.prompt import scene
from gateprobe.reference.drawing.renderer import Job, Picture, Renderer
from gateprobe.reference.fields import Fields, missing, not_json, refuse
from gateprobe.reference.http.exchange import Answer, Frame, IncomingRequest, RefusalError, StreamedAnswer, json_answer
from gateprobe.reference.http.links import link_to
from gateprobe.reference.images.edits import ACCEPTED, Sources, read_sources
from gateprobe.reference.images.forms import typed
from gateprobe.reference.images.options import COMMON, ONE_PICTURE, Settings, check_fidelity, read_settings
from gateprobe.reference.models import NEWER, Catalogue, ImageModel
from gateprobe.reference.responses.intent import is_blocked
from gateprobe.reference.state import PersonaState

_KNOWN: Final = COMMON | {"prompt", "n", "stream", "user", "safety_identifier"}
_KNOWN_EDIT: Final = _KNOWN | {"input_fidelity"}
_LONGEST_PROMPT: Final = 32_000


class Urls(Enum):
    """How `response_format` is taken."""

    UNKNOWN = "the parameter does not exist; pictures are always base64"
    DATA_URI = "base64 by default; `url` gives a data URI"
    LINK = "`url` by default, a link; `b64_json` on request"


@dataclass(frozen=True, slots=True)
class ImagesBehaviour:
    """How one document describes the Images endpoints.

    `most` is the largest `n` (None: `n` is ignored in silence). `strict` refuses unknown parameters, which are
    otherwise passed over. `same_mask_format` asks that mask and image have one format; `any_upload_type` takes
    a picture whatever content type its part declares.
    """

    most: int | None = 10
    quality: str = "auto"
    urls: Urls = Urls.UNKNOWN
    strict: bool = True
    streams: bool = True
    same_mask_format: bool = False
    any_upload_type: bool = False


@dataclass(frozen=True, slots=True)
class _Request:
    prompt: str
    number: int
    settings: Settings
    stream: bool
    links: bool
    sources: Sources
    identifier: str | None = None

    def job(self, turn: int) -> Job:
        sources = self.sources
        return Job(
            self.prompt, scene(self.prompt), self.settings, sources.pictures, sources.mask or sources.markup, turn
        )


def blocked() -> RefusalError:
    """Refuse a prompt for the safety system's sake (independent reports of the real API)."""
    return RefusalError(
        400,
        "Your request was rejected by the safety system. If you believe this is an error, contact support and "
        "include the request ID of this answer. safety_violations=[violence].",
        "image_generation_user_error",
        "moderation_blocked",
        None,
    )


class Images:
    """Serves the Images endpoints in the way of one document."""

    def __init__(
        self, state: PersonaState, renderer: Renderer, catalogue: Catalogue, behaviour: ImagesBehaviour
    ) -> None:
        self._state = state
        self._renderer = renderer
        self._catalogue = catalogue
        self._behaviour = behaviour

    async def generate(self, asked: IncomingRequest) -> Answer:
        """`POST /images/generations`."""
        fields = self._fields(asked, _KNOWN)
        return await self._answer(self._read(fields, Sources()), "image_generation")

    async def edit(self, asked: IncomingRequest) -> Answer:
        """`POST /images/edits`, as a multipart form or as JSON."""
        known = _KNOWN_EDIT | (frozenset() if asked.form else ACCEPTED)
        fields = self._fields(asked, known)
        model = self._model(fields)
        check_fidelity(fields, model)
        sources = await asyncio.to_thread(
            read_sources,
            self._state,
            asked,
            any_type=self._behaviour.any_upload_type,
            same_mask_format=self._behaviour.same_mask_format,
        )
        if sources.markup is not None and model.generation < NEWER:
            raise refuse("The 'markup' parameter is not supported for this model.", "unsupported_parameter", "markup")
        return await self._answer(self._read(fields, sources), "image_edit")

    def _fields(self, asked: IncomingRequest, known: frozenset[str]) -> Fields:
        if not isinstance(asked.fields, dict):
            raise not_json()
        fields = Fields(typed(asked.fields) if asked.form else asked.fields)
        if self._behaviour.strict:
            fields.only(known if self._behaviour.urls is Urls.UNKNOWN else known | {"response_format"})
        return fields

    def _model(self, fields: Fields) -> ImageModel:
        name = fields.text("model")
        if name is None:
            raise missing("model")
        model = self._catalogue.image_model(name)
        if model is None:
            # Recorded 2026: 400 invalid_value here, where the other endpoints say model_not_found.
            raise RefusalError(
                400,
                f"The model '{name[:80]}' does not exist.",
                "image_generation_user_error",
                "invalid_value",
                "model",
            )
        return model

    def _read(self, fields: Fields, sources: Sources) -> _Request:
        model = self._model(fields)
        prompt = fields.text("prompt")
        if prompt is None:
            raise missing("prompt")
        if not prompt:
            raise refuse(
                "Invalid 'prompt': empty string. Expected a string with minimum length 1, "
                "but got an empty string instead.",
                "empty_string",
                "prompt",
            )
        if len(prompt) > _LONGEST_PROMPT:
            raise refuse(
                f"Invalid 'prompt': string too long. Expected a string with maximum length {_LONGEST_PROMPT}, "
                f"but got a string with length {len(prompt)} instead.",
                "string_above_max_length",
                "prompt",
            )
        number = self._number(fields)
        settings = read_settings(fields, model, quality=self._behaviour.quality)
        stream = fields.flag("stream")
        if stream and not self._behaviour.streams:
            raise refuse("Streaming is not supported here.", "unsupported_parameter", "stream")
        self._check_format(settings, sources, number, stream=stream)
        if stream and number > 1:
            raise RefusalError(
                400,
                "Streaming is only supported with n=1.",
                "image_generation_user_error",
                "unsupported_parameter",
                "n",
            )
        if is_blocked(prompt):
            raise blocked()
        identifier = fields.text("safety_identifier") or fields.text("user")
        return _Request(prompt, number, settings, stream, self._links(fields), sources, identifier)

    def _check_format(self, settings: Settings, sources: Sources, number: int, *, stream: bool) -> None:
        """Refuse what goes with no GIF and no SVG (OpenAI's client)."""
        if settings.output_format not in ONE_PICTURE:
            return
        wrong = {
            "stream": stream,
            "mask": sources.mask is not None and settings.output_format == "gif",
            "n": number > 1 and settings.output_format == "svg",
        }
        for name in (name for name, is_given in wrong.items() if is_given):
            raise RefusalError(
                400,
                f"'{name}' is not supported with output_format '{settings.output_format}'.",
                "image_generation_user_error",
                "unsupported_parameter",
                name,
            )

    def _number(self, fields: Fields) -> int:
        if self._behaviour.most is None:
            return 1
        return fields.integer("n", 1, self._behaviour.most) or 1

    def _links(self, fields: Fields) -> bool:
        if self._behaviour.urls is Urls.UNKNOWN:
            return False
        default = "url" if self._behaviour.urls is Urls.LINK else "b64_json"
        return fields.choice("response_format", ("url", "b64_json"), default) == "url"

    async def _answer(self, request: _Request, kind: str) -> Answer:
        if request.stream:
            return StreamedAnswer(self._frames(request, kind))
        created = int(self._state.clock())
        first = await self._renderer.draft(request.job(0))
        data, usage = [self._datum(request, self._renderer.finish(first))], first.usage
        for turn in range(1, request.number):
            draft = await self._renderer.draft(request.job(turn))
            data.append(self._datum(request, self._renderer.finish(draft)))
            usage += draft.usage
        return json_answer(
            {
                "created": created,
                "background": first.background,
                "data": data,
                "output_format": request.settings.output_format,
                "quality": request.settings.effective_quality,
                "size": first.size,
                "usage": usage.as_json(),
                **({"svg_usage": first.svg_usage} if first.svg_usage else {}),
                **self._identifier(request),
            }
        )

    def _identifier(self, request: _Request) -> dict[str, Json]:
        """Echo the effective safety identifier, where one was given (OpenAI's client)."""
        return {"safety_identifier": request.identifier} if request.identifier and self._behaviour.strict else {}

    def _datum(self, request: _Request, picture: Picture) -> dict[str, Json]:
        if not request.links:
            return {"b64_json": picture.base64}
        media_type = codec.DRAWN_TYPES[request.settings.output_format]
        if self._behaviour.urls is Urls.DATA_URI:
            return {"url": f"data:{media_type};base64,{picture.base64}"}
        return {"url": link_to(self._state, picture.data, media_type)}

    async def _frames(self, request: _Request, kind: str) -> AsyncIterator[Frame]:
        """Yield partial renders, then the picture; no `[DONE]` (recorded traffic)."""
        created = int(self._state.clock())
        draft = await self._renderer.draft(request.job(0))
        partials = request.settings.partials or 0
        shared: dict[str, Json] = {
            "created_at": created,
            "background": draft.background,
            "output_format": request.settings.output_format,
            "quality": request.settings.effective_quality,
            "size": draft.size,
        }
        for step in range(partials):
            made = await self._renderer.sketch(draft, step, partials)
            name = f"{kind}.partial_image"
            yield Frame(
                {
                    "type": name,
                    "b64_json": made.base64,
                    "partial_image_index": step,
                    "sequence_number": step,
                    **shared,
                },
                name,
            )
        final = self._renderer.finish(draft)
        name = f"{kind}.completed"
        usage = draft.usage.with_partials(partials).as_json()
        yield Frame(
            {
                "type": name,
                "b64_json": final.base64,
                "sequence_number": partials,
                "usage": usage,
                **shared,
                **self._identifier(request),
            },
            name,
        )
