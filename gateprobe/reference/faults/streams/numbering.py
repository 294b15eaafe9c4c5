"""Faults of numbering (`id.`): sequence numbers, output indices and ids of items."""

from __future__ import annotations

from typing import Final

from gateprobe.reference.faults.base import Fault, Frames
from gateprobe.reference.faults.streams.frames import Object, each, in_body, of_responses, without_keys
from gateprobe.reference.http.exchange import Frame, IncomingRequest


def _index_zero(frame: Frame) -> Frame:
    if "output_index" not in frame.data:
        return frame
    return Frame({**frame.data, "output_index": 0}, frame.event)


def _number_zero(frame: Frame) -> Frame:
    if "sequence_number" not in frame.data:
        return frame
    return Frame({**frame.data, "sequence_number": 0}, frame.event)


def _unnumbered(frame: Frame) -> Frame:
    return Frame(without_keys(frame.data, "sequence_number"), frame.event)


async def _renamed(_sent: IncomingRequest, frames: Frames) -> Frames:
    """Replace the item id of each piece of a text by another."""
    number = 0
    async for frame in frames:
        if frame.type == "response.output_text.delta":
            yield Frame({**frame.data, "item_id": f"msg_{number:050}"}, frame.event)
            number += 1
        else:
            yield frame


def _one_id(response: Object) -> Object:
    return {**response, "id": "resp_" + "0" * 50} if response.get("object") == "response" else response


FAULTS: Final = (
    Fault(
        "id.output_index",
        "Every item has the output index 0, so that a picture and a text overwrite each other.",
        frames=each(_index_zero),
    ),
    Fault(
        "id.seq_missing",
        "Events have no sequence number, so a lost event is not noticed.",
        frames=each(_unnumbered),
    ),
    Fault(
        "id.seq_nonmonotonic",
        "Every event has the sequence number 0.",
        frames=each(_number_zero),
    ),
    Fault(
        "id.item_changes",
        "Each piece of a streamed text names another item, so that clients that collect by item lose the text.",
        frames=_renamed,
    ),
    Fault(
        "id.response_constant",
        "Every Response has the same id, so that clients mix up the answers that they store.",
        answer=in_body(_one_id, "/v1/responses"),
        frames=each(of_responses(_one_id)),
    ),
)
