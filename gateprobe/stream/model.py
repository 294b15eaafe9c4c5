"""The words of stream judging: what kind of answer, what the request asked for, what rule, what violation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateprobe.message import Message
    from gateprobe.model import Json, Level, Strictness


class AnswerKind(StrEnum):
    """What a stream or a body claims to be."""

    RESPONSES = "responses-stream"
    IMAGES = "images-stream"
    RESPONSE = "response"
    IMAGES_BODY = "images"
    MODELS = "models"
    ERROR = "error"

    @property
    def is_stream(self) -> bool:
        """Whether it is a sequence of events rather than one JSON value."""
        return self in {AnswerKind.RESPONSES, AnswerKind.IMAGES}


class Framing(StrEnum):
    """How far the framing of a stream can be trusted to be the gateway's own."""

    WIRE = "wire"
    """The bytes of one HTTP response, as captured."""
    RECORDED = "recorded"
    """A file in SSE form: somebody may have rebuilt the framing, or put several responses into it."""
    NONE = "none"
    """Events without frames (JSON lines, WebSocket messages): no rule about framing applies."""


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """What is known of the request, where it sharpens the judgement; None means not known.

    `partial_images` is the number asked for (0 when the request was seen and did not ask); `edit` tells whether an
    images stream must be `image_edit.*` (True) or `image_generation.*` (False); `background` whether the response
    runs in the background; `resumed_after` is the `starting_after` of a resumed stream.
    """

    partial_images: int | None = None
    edit: bool | None = None
    background: bool | None = None
    resumed_after: int | None = None

    @classmethod
    def of(cls, request: Json, *, edit: bool | None = None) -> RequestFacts:
        """Return the facts of a request's JSON body; a body that is not an object has none."""
        if not isinstance(request, dict):
            return cls(edit=edit)
        tools = request.get("tools")
        holders = [request, *(tools if isinstance(tools, list) else [])]
        values = [holder.get("partial_images") for holder in holders if isinstance(holder, dict)]
        numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
        return cls(max(numbers, default=0), edit, request.get("background") is True)


UNKNOWN_REQUEST: Final = RequestFacts()
"""Nothing is known of the request: the most lenient judgement."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of a stream or a body.

    `id` is permanent and starts with the capability that it belongs to (`stream.order.first` belongs to
    `stream.order`). `fault_kind` is what a violation shows (`probes/fault_kinds.toml`). `statement` is one sentence
    in the present tense; `source` cites where it comes from; `breaks` names the clients that suffer, as measured;
    `example` is a stream fragment (or a change to one) that breaks it.
    """

    id: str
    capability: str
    fault_kind: str
    statement: str
    source: str
    level: Level
    strictness: Strictness
    breaks: tuple[str, ...]
    example: str


@dataclass(frozen=True, slots=True)
class Violation:
    """One place where a stream or a body breaks a rule.

    `event` is the number of the frame (0-based; None when it is about the whole), `type` that event's type,
    `message` one sentence: what came and what was expected. `level` can be lower than the rule's where the
    circumstances leave doubt, never higher. `fault` is the kind of fault, where it is another than the rule's.
    """

    rule: str
    level: Level
    strictness: Strictness
    event: int | None
    type: str | None
    message: Message
    fault_kind: str = ""
