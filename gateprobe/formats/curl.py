"""A command line that sends a request again, with the key as a variable and files as paths in the run's folder."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import orjson

from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.request import Auth, FormBody, JsonBody, Part, RawBody, Request, Transport

INLINE: Final = 4096
"""A JSON body longer than this many bytes is stored as a file in the run, and named as a file here."""

NOTHING_TAKEN: Final[Mapping[str, str]] = MappingProxyType({})
"""No id of an earlier answer is in a request."""

_PLAIN: Final = re.compile(r"[^\x20-\x7e]")


def curl(
    gateway: Gateway,
    request: Request,
    *,
    embedded: bool = False,
    takes: Mapping[str, str] = NOTHING_TAKEN,
) -> str:
    """Write the command; one argument to a line. A WebSocket message is shown for `websocat`.

    Nothing but the body is printed, so that a stream can be piped into `gateprobe check -`.
    Ids in `takes` are written as the variables they name, which an earlier command has set.
    Of an embedded reference, the address is that of `gateprobe serve`: what was judged here is not the vendor.
    """
    address = _url(gateway, request, takes, embedded=embedded)
    if request.transport is Transport.WEBSOCKET:
        return _websocket(gateway, request, address)
    lines = [f"curl -sS --fail-with-body{' -N' if request.streams else ''} -X {_word(request.method)} {address}"]
    lines += _key(gateway, request)
    lines += [_header("Accept", "text/event-stream")] if request.streams else []
    lines += [_header(name, value) for name, value in request.headers]
    lines += _body(request, takes)
    return " \\\n  ".join(lines)


def _url(gateway: Gateway, request: Request, takes: Mapping[str, str], *, embedded: bool) -> str:
    """Return the address as a word of the shell; the port of an embedded reference is a variable."""
    path = request.target
    if request.is_link:
        return _word(path)
    if (taken := next((name for name in takes if name in path), None)) is not None:
        before, _, after = path.partition(taken)
        start = _url(gateway, replace(request, path=before, query=()), {}, embedded=embedded)
        quoted = start[:-1] if start.endswith('"') else f'{start}"'
        return f'{quoted}${takes[taken]}"' + (_word(after) if after else "")
    if not embedded:
        return _word(gateway.base_url + path)
    after = urlsplit(gateway.base_url).path + path
    plain = re.fullmatch(r"[A-Za-z0-9/_.?&=%-]*", after)
    return f'"http://127.0.0.1:$PORT{after}"' if plain else f'"http://127.0.0.1:$PORT"{_word(after)}'


_OTHER_END: Final = """printf %s "$KEY" | sed -e 's/[aA]$/b/' -e t -e 's/.$/a/'"""
"""How a shell changes the last character of a key, as `request.altered` does."""


_OTHER_INSIDE: Final = """printf %s "$KEY" | sed -e 's/a\\(.\\)$/b\\1/' -e t -e 's/.\\(.\\)$/a\\1/'"""
"""How a shell invents a key from the right one, with another character before the last; see `request.invented`."""


def _key(gateway: Gateway, request: Request) -> list[str]:
    match request.auth:
        case Auth.KEY:
            name, value = gateway.key.as_header("")
            return [_variable(f"{name}: {value}", gateway.key.env)]
        case Auth.BOGUS:
            name, value = gateway.key.as_header("")
            return [f'-H "{name}: {value}$({_OTHER_INSIDE.replace("KEY", gateway.key.env)})"']
        case Auth.ALTERED:
            name, value = gateway.key.as_header("")
            return [f'-H "{name}: {value}$({_OTHER_END.replace("KEY", gateway.key.env)})"']
        case Auth.NONE:
            return []


def _header(name: str, value: str) -> str:
    return f"-H {_word(f'{name}: {value}')}"


def _variable(prefix: str, env: str) -> str:
    """Write a header whose end is a variable, so that the shell puts the key in and nothing else."""
    if not re.fullmatch(r"[A-Za-z0-9_: -]*", prefix):
        return f'-H {_word(prefix)}"${env}"'
    return f'-H "{prefix}${env}"'


def _body(request: Request, takes: Mapping[str, str]) -> list[str]:
    match request.body:
        case None:
            return []
        case JsonBody(value):
            text = orjson.dumps(value)
            given = _stored(text) if len(text) > INLINE else _varied(_word(_ascii(value)), takes)
            return [_header("Content-Type", "application/json"), f"--data-binary {given}"]
        case RawBody(data, content_type):
            return [_header("Content-Type", content_type), f"--data-binary {_stored(data)}"]
        case FormBody(parts):
            return [_part(part) for part in parts]


def _varied(word: str, takes: Mapping[str, str]) -> str:
    """Put variables in place of ids, inside the single quotes that JSON is always written in."""
    for name, variable in takes.items():
        word = word.replace(name, f"'\"${variable}\"'")
    return word


def _part(part: Part) -> str:
    if part.filename is None:
        text = part.data.decode("utf-8", "replace")
        return "--form-string " + _word(f"{part.name}={text}")
    kind = f";type={part.content_type}" if part.content_type else ""
    return "-F " + _word(f"{part.name}=@{path_of(part.data)};filename={part.filename}{kind}")


def _websocket(gateway: Gateway, request: Request, address: str) -> str:
    socket = re.sub(r"^(['\"]?)http", r"\1ws", address)
    lines = [*_key(gateway, request), *(_header(name, value) for name, value in gateway.headers().items())]
    headers = "".join(f" {line}" for line in lines)
    messages = [request.json, *(following.value for following in request.following)]
    words = " ".join(_word(_ascii(value)) for value in messages)
    return f"printf '%s\\n' {words} | \\\n  websocat{headers} {socket}"


def path_of(data: bytes) -> str:
    """Return where a run stores these bytes, relative to its folder."""
    return f"evidence/bodies/{hashlib.sha256(data).hexdigest()}"


def _stored(data: bytes) -> str:
    return f"@{path_of(data)}"


def _ascii(value: Json) -> str:
    """Write JSON in which every character shows: what is not plain ASCII as an escape, but for letters."""
    text = orjson.dumps(value).decode()
    return _PLAIN.sub(lambda match: match.group() if match.group().isalpha() else _escape(match.group()), text)


def _escape(character: str) -> str:
    encoded = character.encode("utf-16-be")
    return "".join(f"\\u{encoded[at]:02x}{encoded[at + 1]:02x}" for at in range(0, len(encoded), 2))


def _word(text: str) -> str:
    return shlex.quote(text)
