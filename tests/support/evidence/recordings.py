"""Recorded live traffic, where it lies beside the checkout; tests that need it skip where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from gateprobe.stream import AnswerKind

FOLDER: Final = Path(__file__).resolve().parents[4] / "shared" / "recordings"
_REFERENCE: Final = frozenset({"openai", "azure"})
_REFUSED: Final = 400

needed = pytest.mark.skipif(not FOLDER.is_dir(), reason="the recorded traffic does not lie beside this checkout")
"""Marks a test that has nothing to say without the recordings."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One recorded answer."""

    id: str
    provider: str
    authentic: bool
    endpoint: str
    stream: bool
    status: int | None
    path: Path

    @property
    def is_reference(self) -> bool:
        """Whether it is what OpenAI or Azure sent."""
        return self.authentic and self.provider in _REFERENCE

    @property
    def body(self) -> bytes:
        """The bytes."""
        return self.path.read_bytes()

    @property
    def kind(self) -> AnswerKind:
        """What it should be judged as."""
        images = self.endpoint.startswith("images/")
        if self.stream:
            return AnswerKind.IMAGES if images else AnswerKind.RESPONSES
        if (self.status or 0) >= _REFUSED or self.id == "530":  # 530: OpenAI's error with status 200
            return AnswerKind.ERROR
        if self.endpoint == "models":
            return AnswerKind.MODELS
        return AnswerKind.IMAGES_BODY if images else AnswerKind.RESPONSE


@cache
def recordings() -> tuple[Recording, ...]:
    """Return every recording; none where they are not there."""
    if not FOLDER.is_dir():
        return ()
    entries: list[dict[str, Any]] = orjson.loads((FOLDER / "index.json").read_bytes())
    return tuple(
        Recording(
            entry["id"],
            entry["provider"],
            entry["authentic"],
            entry["endpoint"],
            entry["stream"],
            entry["status"],
            FOLDER / entry["dir"] / ("response.sse" if entry["stream"] else "response.json"),
        )
        for entry in entries
    )


def streams() -> list[Recording]:
    """Return the streams that OpenAI and Azure sent."""
    return [recording for recording in recordings() if recording.stream and recording.is_reference]
