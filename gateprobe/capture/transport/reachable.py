"""Wait until a started gateway answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import httpx

_PAUSE: Final = 0.1
_EACH: Final = 5.0


def wait_until_answered(url: str, seconds: float, alive: Callable[[], bool] = lambda: True) -> bool:
    """Return whether an address answers within some seconds, with any status, while `alive` returns True."""
    deadline = time.monotonic() + seconds
    with httpx.Client(timeout=_EACH, trust_env=False) as client:
        while alive() and time.monotonic() < deadline:
            try:
                client.get(f"{url.rstrip('/')}/models")
            except httpx.TransportError:
                time.sleep(_PAUSE)
            else:
                return alive()
    return False
