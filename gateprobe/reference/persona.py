"""What a persona is: a document, and a gateway that behaves as the document says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.drawing.signing import Seal
from gateprobe.reference.faults import Fault
from gateprobe.reference.http.exchange import IncomingRequest
from gateprobe.reference.http.router import Router
from gateprobe.reference.ids import request_id
from gateprobe.reference.state import PersonaState

Headers = Callable[[IncomingRequest, float], Mapping[str, str]]
"""Makes the headers of every answer from the request and the seconds spent on it."""


def only_request_id(_asked: IncomingRequest, _elapsed: float) -> Mapping[str, str]:
    """Send `x-request-id` and nothing else."""
    return {"x-request-id": request_id()}


@dataclass(frozen=True, slots=True)
class Persona:
    """An embedded reference gateway.

    `title` and `summary` are for a reader; `document` names what it was written from, with its date. `build`
    makes its routes for one running server. `cors` says whether a browser may call it. `faults` are part of
    what it is: only *oversold* has any. `seal` is what is signed into each picture; None signs nothing.
    """

    name: str
    title: str
    summary: str
    document: str
    text_model: str
    image_model: str
    build: Callable[[PersonaState, Renderer], Router]
    headers: Headers = only_request_id
    cors: bool = False
    faults: tuple[Fault, ...] = ()
    seal: Seal | None = None
