"""A relay of bytes that measures its own delay, and audits of it: what a run reports beside what the relay measured.

`python -m tests.support.passing.measured PORT UPSTREAM_PORT MS FILE` forwards connections to the upstream, and waits MS
before it forwards each piece of an answer. For each piece it writes a line to FILE: when it was read and when it was
written, in seconds since the epoch, and its bytes as base64.
"""

from __future__ import annotations

import asyncio
import base64
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from statistics import median
from typing import IO, NamedTuple

import orjson

from gateprobe.audit.engine import audit
from gateprobe.audit.relay import as_relay
from gateprobe.audit.request import read_request
from gateprobe.audit.upstream import started, upstream
from gateprobe.store.folder import read
from tests.support.passing.audits import UPSTREAM_KEY
from tests.support.servers.programs import free_port

_PIECE = 1 << 16


class Piece(NamedTuple):
    """A piece of an answer: when the relay read and wrote it, and its bytes."""

    read: float
    written: float
    data: bytes


@dataclass(frozen=True)
class Comparison:
    """The median delay of the events of a stream in ms: as the relay measured it, and as the run reports it."""

    item: str
    measured: float
    reported: float


def compared(folder: Path, milliseconds: float) -> list[Comparison]:
    """Return the delays of the streams of a relay run whose relay waits before each piece."""
    port, log = free_port(), folder / "pieces.jsonl"
    url = f"http://127.0.0.1:{port}/v1"
    environment = {"GATEPROBE_API_KEY": UPSTREAM_KEY}
    with upstream(port=free_port(), key=UPSTREAM_KEY) as server:
        behind = server.url.rpartition(":")[2].partition("/")[0]
        command = [sys.executable, "-m", __name__, str(port), behind, str(milliseconds), str(log)]
        with started(command, server, url, os.environ):
            asked = as_relay(read_request([url], {"probes": ("relay.delay",), "jobs": 1}, environment))
            run = audit(
                asked.targets,
                asked.settings,
                folder / "run",
                select=asked.select,
                environment=environment,
                upstream=server,
            ).run
    pieces = [
        Piece(read_at, written, base64.b64decode(data))
        for read_at, written, data in map(orjson.loads, log.read_bytes().splitlines())
    ]
    comparisons = []
    for record in run.records:
        assert record.place is not None, record.reason
        exchange = read(run.folder, record.gateway)[record.place.scenario_run].exchanges[record.place.step]
        events = [frame.data for frame in exchange.frames if frame.dispatched]
        delays = record.message.values["delays"]
        comparisons.append(
            Comparison(record.item, median(_measured(events, pieces)), float(delays.values["middle"]))  # type: ignore[union-attr,arg-type]
        )
    return comparisons


def _measured(events: Sequence[bytes], pieces: Sequence[Piece]) -> Iterator[float]:
    """Yield the time between the reading and the writing of the last byte of each event, in ms."""
    whole, ends = b"".join(piece.data for piece in pieces), list(accumulate(len(piece.data) for piece in pieces))
    at = whole.index(events[0])
    for event in events:
        at = whole.index(event[-100:], at) + len(event[-100:])
        piece = next(piece for piece, end in zip(pieces, ends, strict=True) if end >= at)
        yield 1000 * (piece.written - piece.read)


async def _requests(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_PIECE):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float, log: IO[bytes]) -> None:
    queue: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
    reading = asyncio.create_task(_pieces(reader, queue))
    while (piece := await queue.get())[1]:
        await asyncio.sleep(seconds)
        writer.write(piece[1])
        log.write(orjson.dumps([piece[0], time.time(), base64.b64encode(piece[1]).decode()]) + b"\n")
        log.flush()
        await writer.drain()
    writer.close()
    await reading


async def _pieces(reader: asyncio.StreamReader, queue: asyncio.Queue[tuple[float, bytes]]) -> None:
    """Read pieces as they arrive, while earlier ones wait; the last one is empty."""
    data = b"-"
    while data:
        data = await reader.read(_PIECE)
        queue.put_nowait((time.time(), data))


async def _serve(port: int, upstream_port: int, seconds: float, log: IO[bytes]) -> None:
    """Forward connections until the process ends."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind, ahead = await asyncio.open_connection("127.0.0.1", upstream_port)
        with suppress(OSError):
            await asyncio.gather(_requests(reader, ahead), _answers(behind, writer, seconds, log))

    async with await asyncio.start_server(connected, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    with Path(sys.argv[4]).open("wb") as file:
        asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]) / 1000, file))
