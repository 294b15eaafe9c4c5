"""Checking the key, and refusing a wrong one in OpenAI's words."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from typing import Final

from gateprobe.reference.faults import Fault, is_unlocked
from gateprobe.reference.http.exchange import IncomingRequest, RefusalError

_SHOWN_WHOLE: Final = 12
_HEAD: Final = 8
_TAIL: Final = 4


def masked(key: str) -> str:
    """Show a key as refusals do: its first eight characters and last four, a short one whole (recorded)."""
    if len(key) <= _SHOWN_WHOLE:
        return key
    return key[:_HEAD] + "*" * (len(key) - _HEAD - _TAIL) + key[-_TAIL:]


def check_key(key: str, faults: Sequence[Fault], asked: IncomingRequest) -> None:
    """Raise RefusalError with 401 unless the request carries `Authorization: Bearer` and this key (recorded)."""
    if is_unlocked(faults, asked, key):
        return
    scheme, _, given = asked.headers.get("authorization", "").partition(" ")
    given = given.strip()
    if scheme.lower() != "bearer" or not given:
        raise RefusalError(401, "Missing bearer or basic authentication in header")
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise RefusalError(
            401,
            f"Incorrect API key provided: {masked(given)}. "
            "You can find your API key at https://platform.openai.com/account/api-keys.",
            code="invalid_api_key",
        )
