"""How long to wait for what, and how much to take in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class Patience:
    """Limits of one attempt: times in seconds, sizes in bytes.

    A picture may take two minutes, and a gateway that draws without streaming is silent all that time: hence the
    defaults. `body` bounds what is taken in of one answer, after decompression, and `lines` what is taken in of one
    stream of events; of what passes either, the first `kept` bytes are stored. `retries` are made where they can cost
    nothing: after `pause`, doubled each time, or after what the gateway asks for, up to `longest_pause`. A gateway that
    is down is left alone for `cooldown`; if it was there before, what could not be asked is then tried once more.
    """

    connect: float = 10.0
    first_byte: float = 200.0
    silence: float = 150.0
    total: float = 400.0
    body: int = 256 * 1024 * 1024
    lines: int = 60_000
    kept: int = 64 * 1024
    retries: int = 2
    pause: float = 0.5
    longest_pause: float = 60.0
    cooldown: float = 30.0

    def extended(self, documented: float | None) -> Self:
        """Return the limits with the time that a gateway's documents allow for one answer, where nobody set a time."""
        usual = type(self)()
        if documented is None or (self.first_byte, self.total) != (usual.first_byte, usual.total):
            return self
        return replace(self, first_byte=max(self.first_byte, documented), total=max(self.total, documented))

    @classmethod
    def of(cls, seconds: float | None = None, megabytes: int | None = None) -> Self:
        """Return the limits that a person set: seconds for one answer, megabytes of it; None is the default.

        No pause that a gateway asks for is longer than its whole answer may take.
        """
        usual = cls()
        body = usual.body if megabytes is None else megabytes * 1024 * 1024
        if seconds is None:
            return replace(usual, body=body)
        longest = min(usual.longest_pause, seconds)
        return replace(usual, body=body, total=seconds, first_byte=seconds, longest_pause=longest)
