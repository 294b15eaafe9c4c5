"""Ids in the shapes that OpenAI's have."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class IdFactory:
    """Makes the ids of one response: `resp_`, `rs_`, `ig_`, `msg_` and 50 hexadecimal digits.

    All ids of one response share their first 18 digits; eight digits at offset 18 hold the unix second
    (recorded traffic since 2025-08).
    """

    second: int
    stem: str = field(default_factory=lambda: secrets.token_hex(9))

    def make(self, prefix: str) -> str:
        """Make one id, such as `ig_` and 50 digits."""
        return f"{prefix}_{self.stem}{self.second:08x}{secrets.token_hex(12)}"


def request_id() -> str:
    """Make the id that `x-request-id` carries."""
    return f"req_{secrets.token_hex(16)}"


def file_id() -> str:
    """Make the id of an uploaded file."""
    return f"file-{secrets.token_urlsafe(16)}"
