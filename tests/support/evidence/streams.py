"""Streams as OpenAI writes them, made here: for tests, benchmarks and the mutation suite, with no recording at hand."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from gateprobe.wire.sse import encode

Event = dict[str, Any]
RESPONSE_ID: Final = "resp_0123456789abcdef"
MODEL: Final = "gpt-5.5-2026-04-23"


def frame(event: Mapping[str, Any], *, named: bool = True) -> bytes:
    """Write one event as OpenAI does: `event:` line, one data line, LF."""
    return encode(orjson.dumps(event), str(event["type"]) if named else None)


def body(events: Iterable[Mapping[str, Any]]) -> bytes:
    """Write a whole stream."""
    return b"".join(frame(event) for event in events)


def picture(width: int = 8, height: int = 8, shade: int = 0, *, padding: int = 0) -> str:
    """Make a real grey PNG as base64; `padding` adds bytes that do not compress, for pictures of a wanted weight."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\x00" + bytes([shade]) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    noise = bytes((shade + at * 37) % 251 for at in range(min(padding, 65_536)))
    filler = chunk(b"fiLr", (noise * (padding // max(1, len(noise)) + 1))[:padding]) if padding else b""
    png = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + filler + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    )
    return base64.b64encode(png).decode()


def response(status: str, output: list[Event] | None = None, **changes: Any) -> Event:
    """Make a Response object with every key that must be there."""
    finished = status in {"completed", "incomplete"}
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 10,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 30,
    }
    return {
        "id": RESPONSE_ID,
        "object": "response",
        "created_at": 1_790_000_000,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": MODEL,
        "output": output or [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "temperature": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "top_p": 1.0,
        "usage": usage if finished else None,
        **changes,
    }


class Writer:
    """Writes the events of one Responses stream, numbering them and remembering the items."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.output: list[Event] = []
        self.say("response.created", response=response("in_progress"))
        self.say("response.in_progress", response=response("in_progress"))

    def say(self, kind: str, **fields: Any) -> None:
        """Add one event, with its number."""
        self.events.append({"type": kind, **fields, "sequence_number": len(self.events)})

    def item(self, added: Event, inner: Callable[[dict[str, Any]], Event]) -> None:
        """Add an item, what `inner` says with its id and index, and the finished item that it gives."""
        at = len(self.output)
        self.say("response.output_item.added", output_index=at, item=added)
        done = inner({"item_id": added["id"], "output_index": at})
        self.say("response.output_item.done", output_index=at, item=done)
        self.output.append(done)

    def reasoning(self) -> None:
        """Add a reasoning item without a summary, as stands before most pictures."""
        item = {"id": f"rs_{len(self.output)}abc", "type": "reasoning", "summary": []}
        self.item(item, lambda _at: item)

    def message(self, deltas: list[str]) -> None:
        """Add a message that is streamed in these deltas."""
        name, whole = f"msg_{len(self.output)}abc", "".join(deltas)
        base = {"id": name, "type": "message", "role": "assistant"}

        def inner(at: Event) -> Event:
            place = {**at, "content_index": 0}
            part = {"type": "output_text", "annotations": [], "logprobs": [], "text": ""}
            self.say("response.content_part.added", **place, part=part)
            for delta in deltas:
                self.say("response.output_text.delta", **place, delta=delta, logprobs=[], obfuscation="x1y2")
            self.say("response.output_text.done", **place, text=whole, logprobs=[])
            self.say("response.content_part.done", **place, part={**part, "text": whole})
            return {**base, "status": "completed", "content": [{**part, "text": whole}]}

        self.item({**base, "status": "in_progress", "content": []}, inner)

    def function_call(self, deltas: list[str]) -> None:
        """Add a function call whose arguments are streamed in these deltas."""
        name, whole = f"fc_{len(self.output)}abc", "".join(deltas)
        base = {"id": name, "type": "function_call", "name": "paint", "call_id": f"call_{len(self.output)}"}

        def inner(at: Event) -> Event:
            for delta in deltas:
                self.say("response.function_call_arguments.delta", **at, delta=delta, obfuscation="x1")
            self.say("response.function_call_arguments.done", **at, arguments=whole)
            return {**base, "status": "completed", "arguments": whole}

        self.item({**base, "status": "in_progress", "arguments": ""}, inner)

    def image_call(self, partials: list[str], final: str, *, keepalive: bool = False, old: bool = False) -> None:
        """Add an image call; `old` writes it as until 2025-12, with `completed` and a completed status."""
        name = f"ig_{len(self.output)}abc"
        stated = {"background": "opaque", "output_format": "png", "quality": "low", "size": "8x8"}
        base = {"id": name, "type": "image_generation_call"}

        def inner(at: Event) -> Event:
            self.say("response.image_generation_call.in_progress", **at)
            self.say("response.image_generation_call.generating", **at)
            for index, partial in enumerate(partials):
                if keepalive:
                    self.say("keepalive")
                place = {**at, "partial_image_index": index, "partial_image_b64": partial}
                self.say("response.image_generation_call.partial_image", **place, **stated)
            if old:
                self.say("response.image_generation_call.completed", **at)
            status = "completed" if old else "generating"
            return {**base, "status": status, "action": "generate", **stated, "result": final, "revised_prompt": "red"}

        self.item({**base, "status": "in_progress"}, inner)

    def end(self, status: str = "completed") -> list[Event]:
        """Add the terminal event; give all events."""
        self.say(f"response.{status}", response=response(status, self.output))
        return self.events


def text_stream(deltas: list[str] | None = None) -> list[Event]:
    """Make a plain text answer."""
    writer = Writer()
    writer.message(deltas if deltas is not None else ["Hel", "lo, ", "wörld", "."])
    return writer.end()


def function_stream() -> list[Event]:
    """Make a reasoning item, then a function call."""
    writer = Writer()
    writer.reasoning()
    writer.function_call(['{"col', 'our":', '"red"}'])
    return writer.end()


def image_stream(partials: int = 2, *, old: bool = False, calls: int = 1) -> list[Event]:
    """Make reasoning, one or more image calls with partials and keepalives, and an empty message after them."""
    writer = Writer()
    writer.reasoning()
    for call in range(calls):
        shades = [picture(shade=10 * call + at) for at in range(partials)]
        writer.image_call(shades, picture(shade=200 + call), keepalive=True, old=old)
    writer.message([])
    return writer.end()


def error_stream() -> list[Event]:
    """Make a failure as the wire has it: a nested `error`, then `response.failed`."""
    writer = Writer()
    error = {"type": "server_error", "code": "server_error", "message": "The server had an error.", "param": None}
    writer.say("error", error=error)
    failed = response("failed", error={"code": "server_error", "message": "The server had an error."})
    writer.say("response.failed", response=failed)
    return writer.events


def background_stream() -> list[Event]:
    """Make a text answer in the background: queued first, and no obfuscation."""
    events = text_stream()
    queued = {"type": "response.queued", "response": response("queued", background=True)}
    events.insert(1, queued)
    for number, event in enumerate(events):
        event["sequence_number"] = number
        if isinstance(event.get("response"), dict):
            event["response"] = {**event["response"], "background": True}
    events[0]["response"] = {**events[0]["response"], "status": "queued"}
    return events


def images_stream(partials: int = 2, *, edit: bool = False) -> list[Event]:
    """Make a streamed `/images/generations` or `/images/edits`."""
    family = "image_edit" if edit else "image_generation"
    stated = {"background": "opaque", "output_format": "png", "quality": "low", "size": "8x8"}
    base = {"created_at": 1_790_000_000, **stated}
    events: list[Event] = [
        {"type": f"{family}.partial_image", "b64_json": picture(shade=at), **base, "partial_image_index": at}
        for at in range(partials)
    ]
    details = {"image_tokens": 0, "text_tokens": 9}
    usage = {"input_tokens": 9, "input_tokens_details": details, "output_tokens": 196, "total_tokens": 205}
    events.append({"type": f"{family}.completed", "b64_json": picture(shade=200), **base, "usage": usage})
    return events


def all_streams() -> Iterator[tuple[str, list[Event]]]:
    """Return every kind of stream, by name."""
    yield "text", text_stream()
    yield "function", function_stream()
    yield "image", image_stream()
    yield "image, as until 2025", image_stream(1, old=True)
    yield "three images", image_stream(1, calls=3)
    yield "error", error_stream()
    yield "background", background_stream()
    yield "images generate", images_stream()
    yield "images generate without partials", images_stream(0)
    yield "images edit", images_stream(edit=True)
