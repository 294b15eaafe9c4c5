"""What is wrong with a request, read off the request alone: what a refusal of it ought to say, and with what status.

Only mistakes that the protocol is certain about; the sources are recorded refusals of OpenAI (2026) and, for a
missing field and a broken body, OpenAI's API reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from gateprobe.message import Message, message
from gateprobe.model import Json
from gateprobe.plan.sizes import is_drawn
from gateprobe.request import Auth, FormBody, JsonBody, RawBody, Request, image_tool_in
from gateprobe.wording import Phrase

from ..scenarios.responses import NO_SUCH_MODEL
from ..support.packing import is_packed

NOWHERE: Final = Phrase("/gateprobe-no-such-path", "/{word 3}-{hex 6}")
"""A path that nobody serves."""

_BAD: Final = (400, 422)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake of the caller: what it is, the statuses that fit, and the parameter to name where that is certain."""

    what: Message
    statuses: tuple[int, ...] = _BAD
    param: str | None = None


_KEYS: Final[Mapping[Auth, Message]] = {
    Auth.BOGUS: message("an invented key"),
    Auth.ALTERED: message("the key with another last character"),
    Auth.NONE: message("no key"),
}


def mistake_in(request: Request) -> Mistake | None:
    """Return the mistake that a request was sent with on purpose; None where it has none."""
    if request.is_link or request.method == "OPTIONS":
        return None
    if request.auth is not Auth.KEY:
        return Mistake(_KEYS[request.auth], (401,) if request.auth is Auth.NONE else (401, 403))
    if NOWHERE.matches(request.path):
        return Mistake(message("an unknown path"), (404,))
    match request.body:
        case RawBody():
            return None if is_packed(request) else Mistake(message("a body that is not JSON"))
        case JsonBody(value) if isinstance(value, dict):
            return _in_fields(value, of_images=request.of_images)
        case FormBody(parts) if not any(part.filename for part in parts):
            return Mistake(message("a form without a picture"))
        case _:
            return None


def _in_fields(fields: Mapping[str, Json], *, of_images: bool) -> Mistake | None:
    if NO_SUCH_MODEL.matches(fields.get("model")):
        return Mistake(message("an unknown model"), (400, 404, 422), "model")
    if of_images and "prompt" not in fields:
        return Mistake(message("a request without a prompt"), _BAD, "prompt")
    settings = fields if of_images else image_tool_in(fields)
    size = settings.get("size")
    if isinstance(size, str) and size != "auto" and not is_drawn(size):
        return Mistake(message("the size {size}", size=size), _BAD, "size")
    if _out_of(settings, "n", 1, 10):
        return Mistake(message("n = {value}", value=settings["n"]))
    if _out_of(settings, "partial_images", 0, 3):
        return Mistake(message("partial_images = {value}", value=settings["partial_images"]))
    if _out_of(settings, "output_compression", 0, 100):
        return Mistake(message("output_compression = {value}", value=settings["output_compression"]))
    return None


def _out_of(settings: Mapping[str, Json], field: str, least: int, most: int) -> bool:
    value = settings.get(field)
    return isinstance(value, int) and not isinstance(value, bool) and not least <= value <= most
