"""Faults: named misbehaviours that any persona can be given, each a change of an honest exchange.

A fault changes one or more of five things, and composes with others in the order in which they are given:
the request before the persona reads it, what is signed into its pictures, the answer as a whole, the frames of a
stream (over HTTP and over a WebSocket alike), or the bytes as they leave.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from gateprobe.model import Json
from gateprobe.reference.answer import Answer, Asked, Frame
from gateprobe.reference.signing import Seal

Frames = AsyncIterator[Frame]
Chunks = AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Fault:
    """One misbehaviour: its name (`family.what`), what a client suffers, and the changes it makes.

    Every change but `request` and `seal` is given the request as the client sent it; `seal` is asked once, when the
    persona starts.
    """

    name: str
    what: str
    request: Callable[[Asked], Asked] | None = None
    answer: Callable[[Asked, Answer], Answer] | None = None
    frames: Callable[[Asked, Frames], Frames] | None = None
    chunks: Callable[[Asked, Chunks], Chunks] | None = None
    seal: Callable[[Seal | None], Seal | None] | None = None


def changed_seal(faults: Sequence[Fault], seal: Seal | None) -> Seal | None:
    """Pass what a persona signs into its pictures through every fault that changes it."""
    for fault in faults:
        if fault.seal is not None:
            seal = fault.seal(seal)
    return seal


def changed_request(faults: Sequence[Fault], asked: Asked) -> Asked:
    """Pass a request through every fault that changes requests."""
    for fault in faults:
        if fault.request is not None:
            asked = fault.request(asked)
    return asked


def changed_answer(faults: Sequence[Fault], sent: Asked, answer: Answer) -> Answer:
    """Pass an answer through every fault that changes answers."""
    for fault in faults:
        if fault.answer is not None:
            answer = fault.answer(sent, answer)
    return answer


def changed_frames(faults: Sequence[Fault], sent: Asked, frames: Frames) -> Frames:
    """Pass a stream's frames through every fault that changes frames."""
    for fault in faults:
        if fault.frames is not None:
            frames = fault.frames(sent, frames)
    return frames


def changed_chunks(faults: Sequence[Fault], sent: Asked, chunks: Chunks) -> Chunks:
    """Pass the bytes of a body through every fault that changes bytes."""
    for fault in faults:
        if fault.chunks is not None:
            chunks = fault.chunks(sent, chunks)
    return chunks


_RENDERS: Final = ("partial_image_b64", "b64_json")
_TERMINAL: Final = frozenset({"response.completed", "response.failed", "response.incomplete"})


def _without(asked: Asked, *names: str) -> Asked:
    """Take parameters out of a request, at its top and inside its tools."""
    if not isinstance(asked.fields, dict):
        return asked
    fields = {name: value for name, value in asked.fields.items() if name not in names}
    tools = fields.get("tools")
    if isinstance(tools, list):
        fields["tools"] = [
            {name: value for name, value in tool.items() if name not in names} if isinstance(tool, dict) else tool
            for tool in tools
        ]
    return replace(asked, fields=fields)


async def _one_render_only(_sent: Asked, frames: Frames) -> Frames:
    """Repeat the first partial render of a picture in place of every later one."""
    first: dict[object, Json] = {}
    async for frame in frames:
        name = next((name for name in _RENDERS if name in frame.data), None)
        if name is None or not frame.type.endswith(".partial_image"):
            yield frame
            continue
        render = first.setdefault(frame.data.get("item_id"), frame.data[name])
        yield Frame({**frame.data, name: render}, frame.event)


async def _no_terminal(_sent: Asked, frames: Frames) -> Frames:
    """Leave out the event that ends a response."""
    async for frame in frames:
        if frame.type not in _TERMINAL:
            yield frame


_ALL: Final = (
    Fault(
        "param.n_ignored",
        "One picture comes back, however many were asked for.",
        request=lambda asked: _without(asked, "n"),
    ),
    Fault(
        "param.size_ignored",
        "Every picture is 1024x1024, whatever size was asked for.",
        request=lambda asked: _without(asked, "size"),
    ),
    Fault(
        "param.format_ignored",
        "Every picture is PNG, whatever format was asked for.",
        request=lambda asked: _without(asked, "output_format", "output_compression"),
    ),
    Fault(
        "partial.duplicate_bytes",
        "All partial renders of a picture are the same bytes.",
        frames=_one_render_only,
    ),
    Fault(
        "st.prev_id_ignored",
        "previous_response_id is accepted and the conversation before it is lost.",
        request=lambda asked: _without(asked, "previous_response_id"),
    ),
    Fault(
        "end.no_terminal",
        "A Responses stream ends without response.completed.",
        frames=_no_terminal,
    ),
    Fault(
        "provenance.stripped",
        "Pictures carry no signed manifest, as after any re-encoding.",
        seal=lambda _seal: None,
    ),
    Fault(
        "provenance.other_product",
        "Pictures are signed as a chat product's, which an account of it was resold for.",
        seal=lambda seal: replace(seal or Seal(), generator="ChatGPT"),
    ),
    Fault(
        "provenance.model_substituted",
        "Every picture is drawn, and signed, by a model older than gpt-image-2.",
        seal=lambda seal: replace(seal or Seal(), version="pre-2.0"),
    ),
    Fault(
        "provenance.altered",
        "Every picture's bytes are changed after it was signed.",
        seal=lambda seal: replace(seal or Seal(), altered=True),
    ),
)

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType({fault.name: fault for fault in _ALL})
"""Every fault by its name."""
