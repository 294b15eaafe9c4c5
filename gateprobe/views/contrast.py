"""What a request asked for beside what was received, for one finding: options, values, events. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from gateprobe.check.asked import NUMBERS, TEXTS
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Exchange, MalformedAnswerError
from gateprobe.model import Json
from gateprobe.request import FormBody, Request, image_tool_in, text_fields
from gateprobe.stream import AnswerKind
from gateprobe.views.timeline import Timeline

OPTIONS: Final = (*TEXTS, *NUMBERS)
"""The options of a request that a recorded answer is compared with by `gateprobe check --asked`."""

_MOST_EVENTS: Final = 7  # groups of equal events that are shown; those between the first and the last are counted
_SIZE: Final = re.compile(r"(\d{2,5})x(\d{2,5})")


@dataclass(frozen=True, slots=True)
class EventRun:
    """Events of one name, one after the other; `more` is set for events that are left out."""

    name: str
    times: int = 1
    more: bool = False


@dataclass(frozen=True, slots=True)
class Contrast:
    """The two sides of a finding.

    `asked` are the options that decide, `answered` the same fields of the answer where it has them. The events are
    those that OpenAI documents for the request and those that came, both empty where no stream was asked for.
    `size` is the asked width and height, if it names one.
    """

    asked: tuple[tuple[str, Json], ...]
    answered: tuple[tuple[str, Json], ...]
    status: int | None
    expected_events: tuple[EventRun, ...] = ()
    events: tuple[EventRun, ...] = ()
    streams: bool = False

    @property
    def size(self) -> tuple[int, int] | None:
        """The width and height that were asked for; None where no size was named."""
        asked = dict(self.asked).get("size")
        match = _SIZE.fullmatch(asked) if isinstance(asked, str) else None
        return (int(match[1]), int(match[2])) if match else None


def contrast(exchange: Exchange, option: str, line: Timeline | None) -> Contrast:
    """Return both sides of an exchange; `option` is the one that the finding is about, empty where it is about none."""
    options = requested_options(exchange.request)
    streams = exchange.request.streams and (option not in OPTIONS or option == "partial_images")
    decisive = ("stream", "partial_images") if streams else OPTIONS
    names = (option,) if option in options else tuple(name for name in decisive if name in options)
    answered = _answered(exchange)
    return Contrast(
        asked=tuple((name, options[name]) for name in names),
        answered=tuple((name, answered[name]) for name in names if name in answered),
        status=exchange.status,
        expected_events=tuple(_expected(exchange, options)) if streams else (),
        events=_shortened(_received(line)) if streams else (),
        streams=streams,
    )


def requested_options(request: Request) -> dict[str, Json]:
    """Return the options of a request: the fields of its body or form, those of its image tool on top."""
    if isinstance(request.body, FormBody):
        fields: dict[str, Json] = dict(text_fields(request.body.parts))
        return {name: _number(name, value) for name, value in fields.items()}
    body = request.json if isinstance(request.json, dict) else {}
    return {**body, **image_tool_in(body)}


def compared_options(request: Request) -> dict[str, Json]:
    """Return the options of a request that `gateprobe check --asked` compares an answer with."""
    options = requested_options(request)
    return {
        name: options[name]
        for name in OPTIONS
        if (type(options.get(name)) is int if name in NUMBERS else isinstance(options.get(name), str))
    }


def _number(name: str, value: Json) -> Json:
    return int(value) if name in NUMBERS and isinstance(value, str) and value.isdecimal() else value


def _answered(exchange: Exchange) -> dict[str, Json]:
    """Return the fields of an answer that state what was done; empty if it is not a JSON object."""
    try:
        value = exchange.response if exchange.kind is AnswerKind.RESPONSES and exchange.ok else exchange.parsed
    except (MalformedAnswerError, BrokenRunError, RecursionError):
        return {}
    return {**value, **image_tool_in(value)} if isinstance(value, dict) else {}


def _expected(exchange: Exchange, options: dict[str, Json]) -> Iterator[EventRun]:
    """Yield the events that OpenAI documents for such a request, in their order."""
    partial = options.get("partial_images")
    partials = partial if type(partial) is int and 0 < partial < 10 else 0
    if exchange.kind is AnswerKind.RESPONSES:
        yield from (EventRun("response.created"), EventRun("response.in_progress"))
        if partials:
            yield EventRun("response.image_generation_call.partial_image", partials)
        yield from (EventRun("", more=True), EventRun("response.completed"))
        return
    prefix = "image_edit" if exchange.request.endpoint == "edits" else "image_generation"
    if partials:
        yield EventRun(f"{prefix}.partial_image", partials)
    yield EventRun(f"{prefix}.completed")


def _received(line: Timeline | None) -> list[EventRun]:
    names = (piece.name for piece in line.pieces if piece.kind != "comment") if line is not None else ()
    return [EventRun(name, sum(1 for _ in group)) for name, group in groupby(names)]


def _shortened(events: Iterable[EventRun]) -> tuple[EventRun, ...]:
    """Return the first events and the last ones, those between them counted."""
    runs = tuple(events)
    if len(runs) <= _MOST_EVENTS:
        return runs
    first, last = runs[: _MOST_EVENTS - 3], runs[-2:]
    between = sum(event.times for event in runs[len(first) : -2])
    return (*first, EventRun("", between, more=True), *last)
