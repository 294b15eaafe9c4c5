"""Commands that show a failure: the received pictures, the order of the events, the status."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

import orjson

from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Exchange, MalformedAnswerError
from gateprobe.message import sentence
from gateprobe.request import Transport
from gateprobe.views.contrast import compared_options

_FILE: Final = 'while read -r picture; do printf %s "$picture" | base64 -d | file -; done'
_LINKED: Final = 'while read -r link; do curl -sSL "$link" | file -; done'
_OF_RESPONSE: Final = '.output[] | select(.type == "image_generation_call").result'


@dataclass(frozen=True, slots=True)
class Reproduction:
    """Two commands for one exchange, and what the first prints. `check` is empty where nothing is left to compare."""

    plain: str
    shows: str
    check: str = ""


def reproduction(exchange: Exchange, command: str) -> Reproduction:
    """Return the commands that show the answer of an exchange, made from the command that sends it again."""
    request = exchange.request
    check = _check(exchange, command)
    if request.transport is Transport.WEBSOCKET:
        return Reproduction(command, sentence("the messages in their order"), check)
    if request.streams:
        piped = f"{command} \\\n  -w '\\nHTTP %{{http_code}}, %{{size_download}} bytes\\n' |\n  cut -c 1-100"
        return Reproduction(piped, sentence("the events in their order"), check)
    match _picture(exchange):
        case "link":
            piped = f"{command} |\n  jq -r '.data[].url' | {_LINKED}"
            return Reproduction(piped, sentence("the format and size of each picture"), check)
        case "base64":
            path = ".data[].b64_json" if request.of_images else _OF_RESPONSE
            piped = f"{command} |\n  jq -r {shlex.quote(path)} | {_FILE}"
            return Reproduction(piped, sentence("the format and size of each picture"), check)
        case _:
            return Reproduction(
                f"{command} \\\n  -w '\\nHTTP %{{http_code}}\\n'", sentence("the answer and its status")
            )


def _check(exchange: Exchange, command: str) -> str:
    """Return the command that lets gateprobe judge a new answer; empty where it would compare nothing."""
    request = exchange.request
    options = compared_options(request) if request.images else {}
    if not (request.streams or options) or request.transport is Transport.WEBSOCKET:
        return ""
    kind = f" --kind {exchange.kind}" if request.streams else ""
    asked = f" --asked {shlex.quote(orjson.dumps(options).decode())}" if options else ""
    return f"{command} |\n  gateprobe check -{kind}{asked}"


def _picture(exchange: Exchange) -> str:
    """Return how an answer carries its pictures: `base64`, `link`, or empty where it has none."""
    if not exchange.ok or not (exchange.request.of_images or exchange.request.endpoint == "responses"):
        return ""
    try:
        if exchange.pictures:
            return "base64"
        body = exchange.parsed
    except (MalformedAnswerError, BrokenRunError, RecursionError):
        return ""
    entries = body.get("data") if isinstance(body, dict) else None
    first = entries[0] if isinstance(entries, list) and entries else None
    return "link" if isinstance(first, dict) and isinstance(first.get("url"), str) else ""
