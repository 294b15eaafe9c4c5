"""Requests and attempts as JSON, for the evidence files; long bodies stand beside, under their SHA-256."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final, Protocol

import orjson

from gateprobe.evidence import Arrival, Attempt, Failure
from gateprobe.model import Cause, Json
from gateprobe.request import Auth, Body, Buy, FormBody, JsonBody, Part, RawBody, Request, Transport

_KINDS: Final[Mapping[str, Any]] = {
    "number": int,
    "started_at": str,
    "elapsed_ms": (int, float),
    "status": (int, NoneType),
    "http_version": str,
    "head_ms": (int, float, NoneType),
    "sha256": str,
    "length": int,
    "wire_length": int,
    "left": bool,
    "defect": str,
    "defect_fault": str,
}
"""What an attempt's plain fields are."""

_INLINE: Final = 4096  # a longer JSON body of a request is stored as a file


class Files(Protocol):
    """Where long bodies are kept."""

    def put(self, data: bytes) -> str:
        """Store bytes, give their SHA-256."""

    def read(self, sha256: str) -> bytes:
        """Give stored bytes."""


def request_to_json(request: Request, bodies: Files) -> dict[str, Json]:
    """Write a request as JSON; long bodies and files are stored beside it."""
    return {
        "method": request.method,
        "path": request.path,
        "auth": request.auth,
        "headers": request.headers,
        "query": request.query,
        "buys": [[buy.n, buy.size, buy.quality] for buy in request.buys],
        "streams": request.streams,
        "transport": request.transport,
        "note": request.note,
        "body": _body_to_json(request.body, bodies),
    }


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
    """Read a request back."""
    return Request(
        method=plain["method"],
        path=plain["path"],
        body=_body_from_json(plain["body"], bodies),
        auth=Auth(plain["auth"]),
        headers=_pairs(plain["headers"]),
        query=_pairs(plain["query"]),
        buys=tuple(Buy(n, size, quality) for n, size, quality in plain["buys"]),
        streams=plain["streams"],
        transport=Transport(plain["transport"]),
        note=plain["note"],
    )


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


def attempt_to_json(attempt: Attempt) -> dict[str, Json]:
    """Write an attempt as JSON."""
    plain: dict[str, Any] = {name: getattr(attempt, name) for name in Attempt.__dataclass_fields__}
    plain["arrivals"] = [[arrival.end, round(arrival.ms, 3)] for arrival in attempt.arrivals]
    plain["failure"] = None if attempt.failure is None else [attempt.failure.cause, attempt.failure.reason]
    return plain


def attempt_from_json(plain: Mapping[str, Json]) -> Attempt:
    """Read an attempt back.

    Raises:
        LookupError, TypeError, ValueError: it is none.
    """
    for name, kinds in _KINDS.items():
        if not isinstance(plain[name], kinds):
            raise TypeError(f"{name} is {plain[name]!r:.60}")
    if plain["sha256"] and not re.fullmatch("[0-9a-f]{64}", plain["sha256"]):
        raise ValueError(f"sha256 is {plain['sha256']!r:.60}")
    changes = {
        "headers": _pairs(plain["headers"]),
        "arrivals": tuple(Arrival(int(end), float(ms)) for end, ms in plain["arrivals"]),
        "failure": failure_from_json(plain["failure"]),
    }
    return Attempt(**{**plain, **changes})


def failure_from_json(plain: Json) -> Failure | None:
    """Read a failure back: `[cause, because]` or null."""
    return None if plain is None else Failure(Cause(plain[0]), plain[1])


def _pairs(plain: Json) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in plain)
