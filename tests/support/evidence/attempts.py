"""One answer as evidence, with its body in memory: what evidence of tests consists of, however it is made."""

from __future__ import annotations

import hashlib

from gateprobe.evidence import Arrival, Attempt, Defect, Failure
from gateprobe.model import Json

_STARTED = "2026-11-21T09:00:00.000+00:00"


def attempt(
    body: bytes,
    *,
    status: int | None = 200,
    headers: tuple[tuple[str, str], ...] = (),
    number: int = 1,
    started_at: str = _STARTED,
    ms: float = 1000.0,
    head_ms: float = 10.0,
    arrivals: tuple[Arrival, ...] | None = None,
    failure: Failure | None = None,
    defect: Defect | None = None,
) -> Attempt:
    """Return an attempt; without `arrivals`, all of its body came at its end."""
    whole = (Arrival(len(body), ms),) if body else ()
    return Attempt(
        number=number,
        started_at=started_at,
        elapsed_ms=ms,
        status=status,
        http_version="HTTP/1.1",
        headers=headers,
        head_ms=head_ms,
        sha256=hashlib.sha256(body).hexdigest() if body else "",
        length=len(body),
        wire_length=len(body),
        arrivals=whole if arrivals is None else arrivals,
        failure=failure,
        defect=defect,
    )


def envelope(message: str, param: str | None, code: str | None) -> Json:
    """Return a refusal as OpenAI words it."""
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}
