"""Requests and attempts as JSON, for the evidence files; long bodies stand beside, under their SHA-256."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import orjson

from gateprobe.codec import from_plain, to_plain
from gateprobe.evidence import Attempt
from gateprobe.model import Json
from gateprobe.request import Body, FormBody, JsonBody, Part, RawBody, Request

_INLINE: Final = 4096  # a longer JSON body of a request is stored as a file


class Files(Protocol):
    """Where long bodies are kept."""

    def put(self, data: bytes) -> str:
        """Store bytes, return their SHA-256."""

    def read(self, sha256: str) -> bytes:
        """Return stored bytes."""


def request_to_json(request: Request, bodies: Files) -> dict[str, Json]:
    """Return a request as JSON; long bodies and files are stored beside it."""
    plain: dict[str, Json] = to_plain(replace(request, body=None))
    return plain | {"body": _body_to_json(request.body, bodies)}


def _body_to_json(body: Body, bodies: Files) -> Json:
    match body:
        case None:
            return None
        case JsonBody(value):
            text = orjson.dumps(value)
            return {"json": value} if len(text) <= _INLINE else {"json_file": bodies.put(text)}
        case RawBody(data, content_type):
            return {"raw": bodies.put(data), "content_type": content_type}
        case FormBody(parts):
            return {
                "form": [[part.name, bodies.put(part.data), part.filename, part.content_type] for part in parts],
            }


def request_from_json(plain: Mapping[str, Json], bodies: Files) -> Request:
    """Return the request that was written.

    Raises:
        LookupError, TypeError, ValueError: it is none.
        BrokenRunError: a stored body cannot be read.
    """
    return replace(from_plain(Request, {**plain, "body": None}), body=_body_from_json(plain["body"], bodies))


def _body_from_json(plain: Json, bodies: Files) -> Body:
    if plain is None:
        return None
    if "json" in plain:
        return JsonBody(plain["json"])
    if "json_file" in plain:
        return JsonBody(orjson.loads(bodies.read(plain["json_file"])))
    if "raw" in plain:
        return RawBody(bodies.read(plain["raw"]), plain["content_type"])
    return FormBody(tuple(Part(name, bodies.read(sha), file, kind) for name, sha, file, kind in plain["form"]))


def attempt_from_json(plain: Json) -> Attempt:
    """Return the attempt that was written.

    Raises:
        ValueError: it is none, or its body's name is no SHA-256.
    """
    attempt = from_plain(Attempt, plain)
    if attempt.sha256 and not re.fullmatch("[0-9a-f]{64}", attempt.sha256):
        raise ValueError(f"sha256 is {attempt.sha256!r:.60}")
    return attempt
