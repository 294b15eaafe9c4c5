"""One attempt at a request, and what came back or why nothing did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from gateprobe.model import Cause


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt brought no whole answer: a cause out of the closed list, and one sentence.

    `optional` is set where a run is complete without that answer.
    """

    cause: Cause
    reason: str
    optional: bool = False


class Arrival(NamedTuple):
    """A piece of the body: the offset just past it, in bytes, and its arrival time, in ms after the request left."""

    end: int
    ms: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a request. `status` is None where no answer began.

    `sha256` and `length` name the stored body, decoded from its Content-Encoding; `wire_length` counts the bytes that
    travelled. `head_ms` is when the headers came, `elapsed_ms` when the whole answer had. `left` is False where no
    connection was made, so that nothing can have been billed. `defect` is what is wrong with the answer on the wire
    and is the gateway's fault, of kind `defect_fault`: an encoding that does not decode, a body beyond all bounds.
    """

    number: int
    started_at: str
    elapsed_ms: float
    status: int | None = None
    http_version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    head_ms: float | None = None
    sha256: str = ""
    length: int = 0
    wire_length: int = 0
    arrivals: tuple[Arrival, ...] = ()
    failure: Failure | None = None
    left: bool = True
    defect: str = ""
    defect_fault: str = "answer.unreadable"

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever its case; several are joined with `, `."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None
