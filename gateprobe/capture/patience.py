"""How long to wait for what, and how much to take in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one attempt: times in seconds, sizes in bytes.

    A picture may take two minutes, and a gateway that draws without streaming is silent all that time: hence the
    defaults. `body` bounds what is taken in of one answer, after decompression. `retries` are made where they can cost
    nothing: after `pause`, doubled each time, or after what the gateway asks for in Retry-After, up to `longest_pause`.
    """

    connect: float = 10.0
    first_byte: float = 200.0
    silence: float = 150.0
    total: float = 400.0
    body: int = 256 * 1024 * 1024
    retries: int = 2
    pause: float = 0.5
    longest_pause: float = 60.0
