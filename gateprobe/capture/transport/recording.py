"""Record a body as it arrives: to the disk, redacted, with the time of each piece."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from gateprobe.evidence import Arrival, Failure
from gateprobe.message import message
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.store.bodies import Bodies, BodySink

_PIECES: Final = 4096  # arrivals stored one by one; beyond, only those at least a millisecond apart


def now() -> str:
    """Return the time in the format of the evidence: UTC, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


class UnwritableError(Exception):
    """The body cannot be written to disk any further; the text is the system's reason."""

    def failure(self, length: int) -> Failure:
        """Return the failure of an attempt that ended here; it is neither the gateway's nor gateprobe's."""
        why = message(
            "the answer cannot be stored ({reason}): of {bytes:,} bytes the beginning is kept",
            reason=str(self),
            bytes=length,
        )
        return Failure(Cause.BUDGET, why, stopped=True)


@dataclass(slots=True)
class BodyRecorder:
    """Records the body of one attempt: writes it to disk as it arrives, with the time of each piece."""

    bodies: Bodies
    redactor: Redactor
    zero: float = field(default_factory=time.perf_counter)
    started_at: str = field(default_factory=now)
    arrivals: list[Arrival] = field(default_factory=list)
    length: int = 0
    sink: BodySink | None = None
    reused: bool = False
    """Whether the request was sent on a reused connection."""
    masked: bool = False
    """Whether a secret was hidden in the body; known once it is stored."""

    def start(self) -> None:
        """Set the clock to zero: the request is about to be sent."""
        self.zero, self.started_at = time.perf_counter(), now()

    def ms(self) -> float:
        """Milliseconds since the request was sent, to the microsecond, in the format of the evidence."""
        return round((time.perf_counter() - self.zero) * 1000, 3)

    def add(self, piece: bytes, *, message: bool = False) -> None:
        """Record a piece of the body and its arrival time; each WebSocket message has an arrival."""
        ms = self.ms()  # before redaction, which takes time
        if self.sink is None:
            self.sink = self.bodies.sink(self.redactor)
        try:
            self.sink.write(piece)
        except OSError as error:
            raise UnwritableError(error.strerror or str(error)) from None
        self.length += len(piece)
        arrival = Arrival(self.length, ms)
        crowded = len(self.arrivals) >= _PIECES and arrival.ms - self.arrivals[-1].ms < 1
        if crowded and not message:
            self.arrivals[-1] = Arrival(self.length, self.arrivals[-1].ms)
        else:
            self.arrivals.append(arrival)

    def shorten(self, length: int) -> None:
        """Store only the beginning of a body that exceeds a limit; `length` still counts all of it."""
        if self.sink is not None:
            self.sink.shorten(length)

    def salvage(self, length: int) -> None:
        """Store the beginning of a body that could not be written further."""
        if self.sink is not None:
            self.sink.salvage(length)

    def close(self) -> str:
        """Store the body, and return its SHA-256; empty where there is no body."""
        sink, self.sink = self.sink, None
        if sink is None:
            return ""
        sha256, self.masked = sink.close(), sink.masked
        return sha256
