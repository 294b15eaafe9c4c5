"""Ids that a later request took from an earlier answer: kept in variables, so that commands work when sent again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import orjson

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Exchange, MalformedAnswerError
from gateprobe.formats.curl import INLINE
from gateprobe.request import JsonBody, Request, Transport

_ID: Final = re.compile(r"[A-Za-z0-9_-]{6,200}")  # what can stand in a shell's quotes, and in a path, as it is
_CALL: Final = 'select(.type? == "image_generation_call").id'
_EVENTS: Final = r"sed -n 's/^data: *\({.*\)/\1/p'"


@dataclass(frozen=True, slots=True)
class CommandLinks:
    """What one command takes from those before it (variables by the id that was sent), and keeps for those after it."""

    takes: Mapping[str, str] = field(default_factory=dict)
    keeps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Value:
    """An id that an answer told: what its variable is called, and how a shell reads it from the answer's file."""

    id: str
    variable: str
    step: int
    reading: str


def links(exchanges: Sequence[Exchange]) -> tuple[CommandLinks, ...]:
    """Return for each exchange of a scenario which ids its command takes and keeps."""
    values: dict[str, _Value] = {}
    taken: list[dict[str, str]] = []
    for at, exchange in enumerate(exchanges):
        sent = _sent(exchange.request)
        taken.append({name: known.variable for name, known in values.items() if name in sent})
        for item in _values(exchange, at):
            values.setdefault(item.id, item)
    used = {name for names in taken for name in names}
    keeps = [
        tuple(_keep(known) for known in values.values() if known.step == at and known.id in used)
        for at in range(len(taken))
    ]
    return tuple(CommandLinks(takes, keep) for takes, keep in zip(taken, keeps, strict=True))


def file_of(step: int) -> str:
    """Return the file that the answer of a step is kept in, counted from 1 as on the page."""
    return f"step-{step + 1}.txt"


def _keep(known: _Value) -> str:
    return f"{known.variable}=$({known.reading})"


def _sent(request: Request) -> str:
    """Return what a command writes out of a request; a long body is a stored file, in which nothing can be put."""
    if request.transport is Transport.WEBSOCKET:
        return ""
    text = orjson.dumps(request.body.value).decode() if isinstance(request.body, JsonBody) else ""
    return request.path + "\n" + (text if len(text) <= INLINE else "")


def _values(exchange: Exchange, at: int) -> Iterator[_Value]:
    """Return the ids of the Response and of the last picture in it, where they are plain."""
    if not exchange.ok or exchange.request.of_images or exchange.request.transport is Transport.WEBSOCKET:
        return
    try:
        response = exchange.response.get("id")
        picture = exchange.calls[-1].get("id") if exchange.calls else None
    except (MalformedAnswerError, BrokenRunError, RecursionError):
        return
    file = file_of(at)
    ways = (
        (
            f"{_EVENTS} {file} | jq -r '.response.id // empty' | tail -n 1",
            f"{_EVENTS} {file} | jq -r '.item | {_CALL}' | tail -n 1",
        )
        if exchange.is_stream
        else (f"jq -r .id {file}", f"jq -r '.output[] | {_CALL}' {file} | tail -n 1")
    )
    for name, value, reading in (("RESPONSE", response, ways[0]), ("PICTURE", picture, ways[1])):
        if isinstance(value, str) and _ID.fullmatch(value):
            yield _Value(value, f"{name}_{at + 1}", at, reading)
