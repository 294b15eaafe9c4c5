"""What a hostile gateway may send, at its full weight: nothing may raise, hang, or fill the memory.

    python benchmarks/hostile.py [--count 10000] [--seed 1]

Random byte strings and mutated streams go through the decoder, the live judge and `gateprobe check`; then a line of
200 MB, a stream without end, 100,000 levels of JSON, NaN, keys given twice, huge integers, and a few more. Prints
one line each, and exits 1 when anything raised, took too long or grew too large.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.check.judging import Checking
from gateprobe.errors import UsageError
from gateprobe.stream import AnswerKind, Violation
from gateprobe.wire.sse import LINE_LIMIT
from tests.support.evidence.streams import all_streams, body, frame, text_stream

_MB: Final = 1 << 20
_PIECE: Final = b"x" * 65_536
_GROWTH: Final = 3 * LINE_LIMIT
_SECONDS: Final = 60.0


def memory(name: str) -> int:
    """Return one of the kernel's figures of this process, in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def checked(chunks: Iterator[bytes], kind: AnswerKind | None) -> list[Violation]:
    """Judge as `gateprobe check` does; wrong use is an answer too."""
    try:
        return list(Checking("hostile", kind).violations(chunks))
    except UsageError:
        return []


def random_bytes(rng: random.Random) -> bytes:
    """Make bytes that are random, or made of the pieces that streams are made of."""
    if rng.random() < 0.3:
        return rng.randbytes(rng.randrange(300))
    pieces = [b"data:", b"data: ", b"event: ", b"\n", b"\r", b"\r\n", b"\n\n", b":", b"{", b"}", b'"type"', b"[", b"]",
              b'"', b"\\", b"\\u", b"\xff", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"[DONE]", b'{"type":"response.created"}',
              b'{"type":"error"}', b'{"output_index":0,"type":"response.output_item.added","item":{}}', b"1e999", b"-",
              b"null", b"interactions:", b'{"log":']  # fmt: skip
    return b"".join(rng.choice(pieces) for _ in range(rng.randrange(40)))


def mutated(rng: random.Random, streams: list[bytes]) -> bytes:
    """Cut, copy, overwrite and splice the bytes of good streams."""
    data = bytearray(rng.choice(streams))
    for _ in range(rng.randrange(1, 6)):
        at, to = sorted(rng.randrange(len(data) + 1) for _ in range(2))
        match rng.randrange(5):
            case 0:
                del data[at : min(to, at + 200)]
            case 1:
                data[at:at] = data[at:to][:2000]
            case 2:
                data[at : at + 1] = rng.randbytes(1)
            case 3:
                other = rng.choice(streams)
                data[at:] = other[rng.randrange(len(other)) :]
            case _:
                data[at:at] = rng.choice([b"\n", b"\r", b"\x00", b"\xff", b"}", b'"', b"\\", b"[" * 2000])
    return bytes(data)


def many(count: int, rng: random.Random, *, random_only: bool) -> tuple[int, list[str]]:
    """Judge many small things in pieces; give the number of findings, and what raised."""
    streams = [body(events) for _, events in all_streams()]
    kinds = [None, *AnswerKind]
    result, raised = 0, []
    for _ in range(count):
        data = random_bytes(rng) if random_only else mutated(rng, streams)
        size = rng.choice([1, 7, 100, 65_536])
        pieces = (data[at : at + size] for at in range(0, len(data), size))
        try:
            result += len(checked(pieces, rng.choice(kinds)))
        except Exception:  # noqa: BLE001 - whatever raises is what is looked for
            raised.append(f"{data[:200]!r}\n{traceback.format_exc()}")
    return result, raised


def endless(seconds: float, piece: bytes) -> Iterator[bytes]:
    """Send the same again and again for so long."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield piece


def cases() -> Iterator[tuple[str, Iterator[bytes], str]]:
    """Return the heavy ones: a name, the bytes, and the rule that must be named."""
    opening = b"".join(map(frame, text_stream()[:4]))
    deep = b"[" * 100_000 + b"]" * 100_000
    long_line = (_PIECE for _ in range(200 * _MB // len(_PIECE)))
    yield "a line of 200 MB", chain(b"data: ", long_line, b"\n\n"), "stream.framing.overlong"
    yield "200 MB without any line end", (_PIECE for _ in range(3200)), "stream.framing.frames"
    comments = endless(5, b": beat\n\n" * 1000)
    yield "five seconds of comments", chain(opening, comments), "stream.terminal.missing"
    deltas = endless(5, frame(text_stream()[4]) * 100)
    yield "five seconds of the same delta", chain(opening, deltas), "stream.sequence_number.repeated"
    aliens = (b'data: {"type":"x%d"}\n\n' % n for n in range(300_000))
    yield "300,000 types of events", chain(opening, aliens), "stream.no_foreign_events.foreign"
    groups = (
        b'data: {"type":"response.output_item.added","output_index":%d,"item":{"type":"m","id":"m%d"}}\n\n' % (n, n)
        for n in range(100_000)
    )
    yield "100,000 open items", chain(opening, groups), "stream.terminal.missing"
    yield "many data lines", chain(b"data:\n" * 2_000_000, b"\n"), "stream.framing.overlong"
    yield "100,000 levels of JSON", chain(b"data: ", deep, b"\n\n"), "stream.framing.json"
    yield "NaN", chain(b'data: {"type":"keepalive","x":NaN}\n\n'), "stream.framing.json"
    yield "a key given twice", chain(b'data: {"type":"keepalive","type":"x"}\n\n'), "stream.framing.ambiguous"
    yield "a huge integer", chain(b'data: {"type":"x","n":1', b"0" * 300, b"}\n\n"), "stream.framing.ambiguous"
    yield (
        "an integer of 10,000 digits",
        chain(b'data: {"type":"x","n":', b"9" * 10_000, b"}\n\n"),
        "stream.framing.json",
    )
    huge = b'data: {"type":"response.created","sequence_number":12345678901234567890123}\n\n'
    yield "a huge sequence number", chain(huge), "stream.schema.event"


def chain(*parts: bytes | Iterator[bytes]) -> Iterator[bytes]:
    """Join bytes and iterators of bytes."""
    for part in parts:
        if isinstance(part, bytes):
            yield from (part[at : at + 65_536] for at in range(0, len(part), 65_536))
        else:
            yield from part


def main() -> int:
    """Run all, print, say whether all went well."""
    parser = argparse.ArgumentParser(description="What a hostile gateway may send, at its full weight.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - no secret, but repeatable
    bad = 0
    for title, only in (("random byte strings", True), ("mutated streams", False)):
        began = time.monotonic()
        result, raised = many(options.count, rng, random_only=only)
        print(
            f"{options.count:,} {title}: {result:,} findings, {len(raised)} exceptions,"
            f" {time.monotonic() - began:.0f} s"
        )
        bad += len(raised)
        if raised:
            print(raised[0])
    for title, chunks, rule in cases():
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the high-water mark begins anew
        before, began = memory("VmRSS"), time.monotonic()
        rules = {violation.rule for violation in checked(chunks, AnswerKind.RESPONSES)}
        grown, took = memory("VmHWM") - before, time.monotonic() - began
        good = rule in rules and grown < _GROWTH and took < _SECONDS
        bad += not good
        named = rule if rule in rules else f"NOT {rule} but {sorted(rules)}"
        print(f"{title}: {'' if good else 'BAD '}{named}; {took:.1f} s, {grown / _MB:.0f} MiB more memory")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
