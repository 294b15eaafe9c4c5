"""Limits of one attempt: times and sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """Limits of one attempt: times in seconds, sizes in bytes.

    `total` bounds a whole answer, `silence` the time between two pieces of it. The defaults are long: a picture may
    take two minutes, and a gateway that does not stream sends nothing before the end. `body` is the largest answer,
    after decompression, `lines` the longest stream of events (or messages of a WebSocket), and `values` the most values
    of JSON, which take far more memory than their bytes; of a larger one, the first `kept` bytes are stored.
    `link_total` and `link_body` bound a picture behind a link, which is there and is not drawn first.
    `retries` are made where they cost nothing: after `pause`, doubled each time, or after the time that the gateway
    asks for, up to `longest_pause`. A gateway that is down receives nothing for `cooldown`; if it answered before,
    unsent requests are then tried once more. After `leave` bytes of an answer, or
    after `leave_at` seconds without one, the connection is closed on purpose.
    """

    connect: float = 10.0
    first_byte: float = 200.0
    silence: float = 150.0
    total: float = 400.0
    body: int = 256 * 1024 * 1024
    lines: int = 60_000
    values: int = 500_000
    kept: int = 64 * 1024
    link_total: float = 60.0
    link_body: int = 64 * 1024 * 1024
    retries: int = 2
    pause: float = 0.5
    longest_pause: float = 60.0
    cooldown: float = 30.0
    leave: int = 0
    leave_at: float = 0.0

    def for_links(self) -> Self:
        """Return the limits for a picture behind a link: it begins within half its time, and pauses for a third."""
        return replace(
            self,
            first_byte=min(self.first_byte, self.link_total / 2),
            silence=min(self.silence, self.link_total / 3),
            total=min(self.total, self.link_total),
            body=min(self.body, self.link_body),
        )

    def extended(self, documented: float | None) -> Self:
        """Return the limits with the documented time for one answer, unless the user set another."""
        usual = type(self)()
        if documented is None or (self.first_byte, self.total) != (usual.first_byte, usual.total):
            return self
        return replace(self, first_byte=max(self.first_byte, documented), total=max(self.total, documented))
