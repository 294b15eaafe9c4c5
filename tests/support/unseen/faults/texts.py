"""Unseen faults of texts: escaped, stripped, cut or doubled on their way."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.faults.base import Frames
from gateprobe.reference.faults.streams.frames import each, in_body, numbered
from gateprobe.reference.http.exchange import Frame, IncomingRequest
from tests.support.unseen.faults.base import RESPONSES, unseen

_DELTA: Final = "response.output_text.delta"


def _texts(change: Callable[[str], str]) -> dict[str, object]:
    """Change what the text model wrote, wherever it stands."""

    def changed(value: Json) -> Json:
        if isinstance(value, list):
            return [changed(entry) for entry in value]
        if not isinstance(value, dict):
            return value
        return {
            name: change(entry) if isinstance(entry, str) and _is_text(value, name) else changed(entry)
            for name, entry in value.items()
        }

    def whole(body: dict[str, Json]) -> dict[str, Json]:
        return {**body, "output": changed(body.get("output"))}

    def frame(sent: Frame) -> Frame:
        data = changed(dict(sent.data))
        return Frame(data if isinstance(data, dict) else {}, sent.event)

    return {"answer": in_body(whole, *RESPONSES), "frames": each(frame)}


def _is_text(value: dict[str, Json], name: str) -> bool:
    kind = value.get("type")
    return (kind == "output_text" and name == "text") or (
        str(kind).startswith("response.output_text") and name in _PARTS
    )


_PARTS: Final = ("delta", "text")


def _deltas(change: Callable[[Frame], tuple[Frame, ...]]) -> Callable[[IncomingRequest, Frames], Frames]:
    async def changed(frames: Frames) -> Frames:
        async for frame in frames:
            for sent in change(frame) if frame.type == _DELTA else (frame,):
                yield sent

    return lambda _sent, frames: numbered(changed(frames))


def _stripped(frame: Frame) -> tuple[Frame, ...]:
    return (Frame({**frame.data, "delta": str(frame.data["delta"]).strip()}, frame.event),)


FAULTS: Final = (
    unseen("html_escaped", "should", "responses.text.unicode responses.text.stream", **_texts(html.escape)),
    unseen("newlines_lost", "should", "responses.text.unicode", **_texts(lambda text: text.replace("\n", " "))),
    unseen(
        "astral_lost",
        "should",
        "responses.text.unicode",
        **_texts(lambda text: re.sub(r"[\U00010000-\U0010ffff]", "", text)),
    ),
    unseen("deltas_stripped", "must", "stream.final_agrees responses.text.stream", frames=_deltas(_stripped)),
    unseen(
        "deltas_doubled",
        "must",
        "stream.final_agrees responses.text.stream",
        frames=_deltas(lambda frame: (frame, frame)),
    ),
)
