"""How fast a stream is judged, beside the official SDK's iteration and beside the floor; and in how much memory.

    python benchmarks/stream.py [--megabytes 160] [--events 200000] [--picture 4] [--repeat 3]

Three readers take the same bytes in the same chunks. *gateprobe* decodes, parses, and judges everything: schema,
order, base64, agreement. *The SDK* is openai-python's own iteration over a Responses stream, which checks nothing.
*The floor* is httpx-sse, orjson and base64 decoding, which is the least that a reader of pictures can do. Each runs
in a process of its own, several times in turn; the best time counts. Peak memory is what the process grew by
while it read, above what it had after a small stream (Linux only).
"""

from __future__ import annotations

import argparse
import base64
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, cast

import orjson

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.evidence.streams import Writer, body, frame, picture, response
from tests.support.evidence.streams import image_stream as image_events
from tests.support.evidence.streams import text_stream as text_events

_CHUNK: Final = 65_536
_MB: Final = 1_000_000
READERS: Final = ("gateprobe", "sdk", "floor")


def image_stream(megabytes: int, weight: int) -> Iterator[bytes]:
    """Write image events of `weight` MB each until there are enough; a few pictures, made once, are used in turn."""
    pictures = [picture(shade=shade, padding=weight * 750_000 + shade) for shade in range(4)]
    writer, sent, at = Writer(), 0, 0
    yield from map(frame, writer.events)
    while sent < megabytes * _MB:
        number = len(writer.events)
        writer.image_call([pictures[at % 4], pictures[(at + 1) % 4]], pictures[(at + 2) % 4], old=True)
        for event in writer.events[number:]:
            written = frame(event)
            sent += len(written)
            yield written
        writer.events[number:] = [{} for _ in writer.events[number:]]
        writer.output[-1] = {**writer.output[-1], "result": None}
        at += 1
    writer.say("response.incomplete", response=response("incomplete", []))
    yield frame(writer.events[-1])


def text_stream(count: int) -> Iterator[bytes]:
    """Write a text answer of `count` events."""
    writer = Writer()
    words = ["The", " quick", " brown", " fox", " jumps", " over", " it", ".", " É", " 狐"]
    writer.message([words[n % len(words)] for n in range(count - 10)])
    yield from map(frame, writer.end())


def chunks(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Cut into pieces as a socket would."""
    rest = b""
    for written in frames:
        rest += written
        while len(rest) >= _CHUNK:
            yield rest[:_CHUNK]
            rest = rest[_CHUNK:]
    yield rest


def gateprobe_reads(pieces: Iterator[bytes]) -> int:
    """Judge everything."""
    from gateprobe.stream import AnswerKind, StreamJudge  # noqa: PLC0415 - as above
    from gateprobe.wire.sse import Decoder  # noqa: PLC0415 - each reader imports its own only

    decoder, judge = Decoder(), StreamJudge(AnswerKind.RESPONSES)
    musts = 0
    for piece in pieces:
        frames = decoder.feed(piece)
        while frames:  # taken out one by one, so that no frame lives on while the next one is gathered
            musts += sum(violation.level == "must" for violation in judge.feed(frames.pop(0)))
    musts += sum(violation.level == "must" for violation in judge.finish(decoder.close()))
    assert musts <= 1, musts  # the image stream ends with an empty output, to be as long as wished
    return judge.events


def sdk_reads(pieces: Iterator[bytes]) -> int:
    """Iterate as openai-python does."""
    import httpx  # noqa: PLC0415 - as above
    import openai  # noqa: PLC0415 - as above
    from openai import _streaming  # noqa: PLC0415 - as above
    from openai.types.responses import ResponseStreamEvent  # noqa: PLC0415 - as above

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return pieces

    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Body())
    client = openai.OpenAI(api_key="none", base_url="http://127.0.0.1:9")
    stream = _streaming.Stream(cast_to=cast("Any", ResponseStreamEvent), response=cast("Any", answer), client=client)
    return sum(1 for _ in stream)


def floor_reads(pieces: Iterator[bytes]) -> int:
    """Decode with httpx-sse, parse with orjson, decode the pictures."""
    import httpx  # noqa: PLC0415 - as above
    import httpx_sse  # noqa: PLC0415 - as above

    class Body(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return pieces

    answer = httpx.Response(200, headers={"content-type": "text/event-stream"}, stream=Body())
    count = 0
    for event in httpx_sse.EventSource(answer).iter_sse():
        value = orjson.loads(event.data)
        text = value.get("partial_image_b64") or (value.get("item") or {}).get("result")
        if text:
            base64.b64decode(text, validate=True)
        count += 1
    return count


_READ: Final[dict[str, Callable[[Iterator[bytes]], int]]] = {
    "gateprobe": gateprobe_reads,
    "sdk": sdk_reads,
    "floor": floor_reads,
}


def _timed(read: Callable[[Iterator[bytes]], int], path: Path) -> tuple[float, int]:
    with path.open("rb") as file:
        began = time.perf_counter()
        events = read(iter(lambda: file.read(_CHUNK), b""))
        return time.perf_counter() - began, events


def measure(reader: str, path: Path) -> dict[str, float]:
    """Run one reader over a file, in this process: seconds, events, and the memory that it grew by."""
    for events in (image_events(old=True), text_events()):
        _READ[reader](iter([body(events)]))  # imports, caches
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark begins anew
    before = _memory("VmRSS")
    seconds, count = _timed(_READ[reader], path)
    return {"seconds": seconds, "events": count, "grown": _memory("VmHWM") - before}


def _memory(name: str) -> int:
    """Return one of the kernel's figures of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def apart(reader: str, path: Path) -> dict[str, float]:
    """Run one reader in a process of its own."""
    command = [sys.executable, __file__, "--one", reader, "--file", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - this very file
    return cast("dict[str, float]", json.loads(done.stdout))


def compare(title: str, path: Path, largest: int, repeat: int) -> None:
    """Measure every reader over one file, in turn, and print what came out."""
    size = path.stat().st_size
    best: dict[str, dict[str, float]] = {}
    for _ in range(repeat):
        for reader in READERS:
            measured = apart(reader, path)
            known = best.get(reader)
            best[reader] = measured if known is None or measured["seconds"] < known["seconds"] else known
    print(f"\n{title}: {size / _MB:,.0f} MB, largest event {largest / _MB:.2f} MB")
    print(f"{'reader':12} {'seconds':>8} {'MB/s':>8} {'events/s':>10} {'peak growth':>12} {'of largest':>11}")
    for reader, measured in best.items():
        rate, events = size / _MB / measured["seconds"], measured["events"] / measured["seconds"]
        grown = f"{measured['grown'] / _MB:9.1f} MB"
        share = f"{measured['grown'] / largest:10.2f}x"
        print(f"{reader:12} {measured['seconds']:8.2f} {rate:8.0f} {events:10,.0f} {grown:>12} {share:>11}")
    seconds = best["gateprobe"]["seconds"]
    print(
        f"gateprobe is {best['sdk']['seconds'] / seconds:.1f} x the SDK,"
        f" {best['floor']['seconds'] / seconds:.1f} x the floor"
    )


def main() -> None:
    """Write the streams, measure, print."""
    parser = argparse.ArgumentParser(description="How fast and in how much memory a stream is judged.")
    parser.add_argument("--megabytes", type=int, default=160)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--picture", type=int, default=4, help="megabytes of base64 in one image event")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--one", choices=READERS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.file)))
        return
    import tempfile  # noqa: PLC0415 - not for the measured processes

    with tempfile.TemporaryDirectory() as folder:
        streams = (
            ("image events", image_stream(options.megabytes, options.picture)),
            ("text events", text_stream(options.events)),
        )
        for title, frames in streams:
            path, largest = Path(folder) / "stream", 0
            with path.open("wb") as file:
                for written in frames:
                    largest = max(largest, len(written))
                    file.write(written)
            compare(title, path, largest, options.repeat)


if __name__ == "__main__":
    main()
