"""Compare a recorded answer with the options of its request, as `check --asked` names them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from gateprobe.errors import UsageError
from gateprobe.message import Message, message, quoted
from gateprobe.model import Level, Strictness
from gateprobe.request import image_tool_in
from gateprobe.stream import RULES, Violation
from gateprobe.suggestions import did_you_mean

if TYPE_CHECKING:
    from gateprobe.check.pictures import ReceivedPicture
    from gateprobe.model import Json

_EXAMPLE: Final = '{"size": "1536x1024"}'
TEXTS: Final = ("size", "output_format", "background", "quality")
"""The options with a text."""

NUMBERS: Final = ("n", "partial_images")
"""The options with a whole number."""

_OTHERS: Final = frozenset(
    {
        *("prompt", "model", "stream", "user", "moderation", "output_compression", "input", "tools", "tool_choice"),
        *("input_fidelity", "image", "images", "mask", "response_format", "safety_identifier", "instructions"),
        *("previous_response_id", "store", "metadata"),
    }
)
"""Fields of a request that no answer is compared with."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of a request that an answer is compared with; None where the request does not have one."""

    size: str | None = None
    output_format: str | None = None
    background: str | None = None
    quality: str | None = None
    n: int | None = None
    partial_images: int | None = None

    @classmethod
    def parse(cls, text: str) -> Asked:
        """Return the options of a JSON object, such as the body of a request.

        Raises:
            UsageError: it is no JSON object, has an unknown option, or a value of another type.
        """
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise UsageError(f"--asked is {quoted(text, 60)}; expected JSON such as {_EXAMPLE}") from None
        if not isinstance(value, dict):
            raise UsageError(f"--asked is not a JSON object; expected one such as {_EXAMPLE}")
        options: dict[str, Any] = {}
        for name, entry in [*image_tool_in(value).items(), *value.items()]:
            if name in TEXTS or name in NUMBERS:
                options[name] = _checked(name, entry)
            elif name not in _OTHERS and name in value:
                known = (*TEXTS, *NUMBERS)
                hint = did_you_mean(name, known, f"it compares {', '.join(known)}")
                raise UsageError(f"--asked has {quoted(name, 40)}, which no answer is compared with; {hint}")
        return cls(**options)


def _checked(name: str, value: Json) -> str | int | None:
    if value is None:
        return None
    if name in TEXTS and isinstance(value, str):
        return value
    if name in NUMBERS and type(value) is int:
        return value
    expected = "a text" if name in TEXTS else "a whole number"
    raise UsageError(f"--asked: {name} is {orjson.dumps(value).decode()[:60]}; expected {expected}")


def compare(
    asked: Asked, pictures: Sequence[ReceivedPicture], reported: dict[str, Json], count: int | None
) -> Iterator[Violation]:
    """Yield what was not done of the options.

    `reported` is what the answer states of them, `count` the number of pictures where the request decides it.
    """
    finals = [picture for picture in pictures if not picture.is_partial]
    if asked.n is not None and count is not None and count != asked.n:
        text = message("asked for {asked} pictures, received {received}", asked=asked.n, received=count)
        yield _violation("stream.asked.done", "param.n_ignored", text)
    for picture in finals:
        yield from _of_picture(asked, picture)
    quality, stated = asked.quality, reported.get("quality")
    if quality not in {None, "auto"} and isinstance(stated, str) and stated != quality:
        text = message("asked for the quality {asked!q}, the answer states {stated!q}", asked=quality, stated=stated)
        yield _violation("stream.asked.stated", "option.ignored", text)
    background, stated = asked.background, reported.get("background")
    if background not in {None, "auto"} and isinstance(stated, str) and stated not in {background, "auto"}:
        text = message(
            "asked for the background {asked!q}, the answer states {stated!q}", asked=background, stated=stated
        )
        yield _violation("stream.asked.stated", "param.background_ignored", text)


def _of_picture(asked: Asked, picture: ReceivedPicture) -> Iterator[Violation]:
    if asked.size not in {None, "auto"} and picture.size and picture.size != asked.size:
        text = message(
            "asked for {asked}, `{place}` is {size}", asked=asked.size, place=picture.place, size=picture.size
        )
        yield _violation("stream.asked.done", "param.size_ignored", text, picture.event)
    wanted = {"jpg": "jpeg"}.get(asked.output_format or "", asked.output_format)
    if wanted and picture.format and picture.format != wanted:
        text = message(
            "asked for {asked}, `{place}` is {format}", asked=wanted, place=picture.place, format=picture.format
        )
        yield _violation("stream.asked.done", "param.format_ignored", text, picture.event)
    if asked.background == "transparent" and picture.transparent is False:
        text = message("asked for a transparent background, `{place}` has no transparent pixel", place=picture.place)
        yield _violation("stream.asked.done", "param.background_ignored", text, picture.event)
    if asked.background == "opaque" and picture.transparent:
        text = message("asked for an opaque background, `{place}` has transparent pixels", place=picture.place)
        yield _violation("stream.asked.done", "param.background_ignored", text, picture.event)


def _violation(rule: str, fault_kind: str, text: Message, event: int | None = None) -> Violation:
    known = RULES[rule]
    level: Level = known.level
    strictness: Strictness = known.strictness
    return Violation(rule, level, strictness, event, None, text, fault_kind)
