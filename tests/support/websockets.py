"""WebSocket servers on loopback, and the capture of single scenarios against them."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve

from gateprobe.build import responses
from gateprobe.capture import AttemptLimits
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.request import Transport
from gateprobe.scenario import Steps
from tests.support.loopback import capture_one, gateway_at

ONCE = AttemptLimits(connect=5, silence=20, total=30, retries=0)
COMPLETED = json.dumps({"type": "response.completed", "response": {"id": "r", "output": []}})


def single(gateway: Gateway) -> Steps:
    """Ask once over a WebSocket."""
    yield responses(gateway, "hi", transport=Transport.WEBSOCKET)


def two(gateway: Gateway) -> Steps:
    """Ask twice over the same WebSocket."""
    yield responses(gateway, "one", transport=Transport.WEBSOCKET)
    yield responses(gateway, "two", transport=Transport.WEBSOCKET)


@contextmanager
def talking(handler: Callable[[ServerConnection], Awaitable[None]]) -> Iterator[tuple[str, list[str]]]:
    """Serve a WebSocket in a thread; give the base URL and the connections' Authorization headers."""
    loop = asyncio.new_event_loop()
    ready: list[int] = []
    keys: list[str] = []
    started = threading.Event()
    stop = asyncio.Event()

    async def wrapped(connection: ServerConnection) -> None:
        assert connection.request is not None
        keys.append(connection.request.headers.get("authorization", ""))
        await handler(connection)

    async def main() -> None:
        async with serve(wrapped, "127.0.0.1", 0) as server:
            ready.append(next(iter(server.sockets)).getsockname()[1])
            started.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(main(),), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield f"http://127.0.0.1:{ready[0]}", keys
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def asked(
    folder: Path, handler: Callable[[ServerConnection], Awaitable[None]], limits: AttemptLimits = ONCE
) -> Evidence:
    """Ask a WebSocket server that behaves so, once."""
    with talking(handler) as (url, _):
        return capture_one(folder, gateway_at(url), single, limits=limits)
