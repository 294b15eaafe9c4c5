"""One attempt at a request, and what came back or why nothing did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from gateprobe.message import Message, Value, message
from gateprobe.model import Cause


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt brought no whole answer, or a scenario did not go on: a cause of the closed list, and a message.

    `optional` is set where a run is complete without that answer, `stopped` where a person or a crash stopped the
    audit. `local` is set where the trouble is on our side of a connection: a proxy, the resolver, no route.
    `install` is the command that installs what our own installation lacks, where that is the reason. `absent` is the
    path of the endpoint that does not exist, or `EVERYTHING` where nothing at all can be asked.
    """

    cause: Cause
    message: Message
    optional: bool = False
    stopped: bool = False
    local: bool = False
    install: str = ""
    absent: str = ""

    @property
    def reason(self) -> str:
        """The message as a sentence."""
        return str(self.message)


EVERYTHING: Final = "*"
"""In `Failure.absent`: no endpoint can be asked."""


def failure(cause: Cause, template: str, **values: Value) -> Failure:
    """Return a failure with a message."""
    return Failure(cause, message(template, **values))


@dataclass(frozen=True, slots=True)
class Defect:
    """What is wrong with an answer on the wire and is the gateway's fault: its fault kind, and a message."""

    fault_kind: str
    message: Message

    def __str__(self) -> str:
        """Return the message as a sentence."""
        return str(self.message)


class Arrival(NamedTuple):
    """A piece of the body: the offset just past it, in bytes, and its arrival time, in ms after the request left."""

    end: int
    ms: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a request. `status` is None where no answer began.

    `sha256` and `length` name the stored body, decoded from its Content-Encoding; `wire_length` counts the bytes that
    travelled. `masked` is set where a secret was hidden in the body. `head_ms` is when the headers came, `elapsed_ms`
    when the whole answer had. `left` is False where no connection was made, so that nothing can have been billed.
    `defect` is an encoding that does not decode, or a body beyond the limits.
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
    defect: Defect | None = None
    masked: bool = False

    @property
    def started(self) -> float:
        """When the request left, in seconds since the epoch; 0.0 where `started_at` is no time."""
        try:
            return datetime.fromisoformat(self.started_at).timestamp()
        except ValueError:
            return 0.0

    def header(self, name: str) -> str | None:
        """Return a header's value, whatever its case; several are joined with `, `."""
        return header_in(self.headers, name)


def header_in(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return a header's value, whatever its case; several are joined with `, `."""
    values = [value for key, value in headers if key.lower() == name.lower()]
    return ", ".join(values) if values else None
