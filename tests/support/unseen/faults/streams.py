"""Unseen faults of streams: the order of events, their ids, their timing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from gateprobe.reference.faults.base import Chunks, Frames
from gateprobe.reference.faults.streams.frames import TERMINAL, each, in_output, is_partial, numbered, of_responses
from gateprobe.reference.http.exchange import Frame, IncomingRequest
from tests.support.unseen.faults.base import both, unseen


def _reordered(first: str, second: str) -> Callable[[IncomingRequest, Frames], Frames]:
    """Send each event of the first type after the next one of the second."""

    async def changed(_sent: IncomingRequest, frames: Frames) -> Frames:
        held: list[Frame] = []
        async for frame in frames:
            if frame.type == first and not held:
                held.append(frame)
                continue
            yield frame
            if frame.type == second:
                for late in held:
                    yield late
                held = []
        for late in held:
            yield late

    return lambda sent, frames: numbered(changed(sent, frames))


async def _deltas_swapped(_sent: IncomingRequest, frames: Frames) -> Frames:
    held: Frame | None = None
    async for frame in frames:
        if frame.type == "response.output_text.delta":
            if held is None:
                held = frame
                continue
            yield frame
            yield held
            held = None
            continue
        if held is not None:
            yield held
            held = None
        yield frame


async def _ended_twice(_sent: IncomingRequest, frames: Frames) -> Frames:
    async for frame in frames:
        yield frame
        if frame.type in TERMINAL:
            yield frame


async def _without_text_done(_sent: IncomingRequest, frames: Frames) -> Frames:
    async for frame in frames:
        if frame.type not in {"response.output_text.done", "response.content_part.done"}:
            yield frame


def _id_drifts(frame: Frame) -> Frame:
    if frame.type != "response.completed":
        return frame
    return of_responses(in_output(lambda item: {**item, "id": item["id"][:-4] + "ffff"}))(frame)


async def _held(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    whole = [chunk async for chunk in chunks]
    yield b"".join(whole)


async def _late_end(sent: IncomingRequest, chunks: Chunks) -> Chunks:
    async for chunk in chunks:
        yield chunk
    if isinstance(sent.fields, dict) and sent.fields.get("stream"):
        await asyncio.sleep(12)


FAULTS: Final = (
    unseen("created_second", "must", "stream.order", frames=_reordered("response.created", "response.in_progress")),
    unseen(
        "added_after_done",
        "must",
        "stream.order stream.image_lifecycle",
        frames=_reordered("response.output_item.added", "response.output_item.done"),
    ),
    unseen(
        "text_done_first",
        "must",
        "stream.order responses.text.stream",
        frames=_reordered("response.output_text.delta", "response.output_text.done"),
    ),
    unseen(
        "deltas_swapped",
        "must",
        "responses.text.stream stream.sequence_number stream.final_agrees",
        frames=_deltas_swapped,
    ),
    unseen("terminal_twice", "must", "stream.terminal stream.order", frames=_ended_twice),
    unseen(
        "preview_after_done",
        "must",
        "stream.order stream.image_lifecycle",
        frames=_reordered("response.image_generation_call.partial_image", "response.output_item.done"),
    ),
    unseen(
        "text_never_done",
        "should",
        "stream.order responses.text.stream",
        frames=lambda sent, frames: numbered(_without_text_done(sent, frames)),
    ),
    unseen("one_response_id", "must", "responses.id_unique", **both(lambda r: {**r, "id": "resp_" + "0" * 50})),
    unseen("item_ids_change_at_end", "must", "stream.ids_stable stream.final_agrees", frames=each(_id_drifts)),
    unseen(
        "item_id_of_partials",
        "must",
        "stream.ids_stable",
        frames=each(
            lambda f: (
                Frame({**f.data, "item_id": "ig_" + "1" * 50}, f.event) if is_partial(f) and "item_id" in f.data else f
            )
        ),
    ),
    unseen(
        "previews_from_one",
        "must",
        "responses.image.partial_images images.generate.partial_images stream.image_lifecycle",
        frames=each(
            lambda f: (
                Frame({**f.data, "partial_image_index": f.data["partial_image_index"] + 1}, f.event)
                if is_partial(f)
                else f
            )
        ),
    ),
    replace(unseen("streams_held", "must", "stream.incremental", chunks=_held), delay=1.2),
    unseen("end_comes_late", "should", "stream.ends_promptly", chunks=_late_end),
)
