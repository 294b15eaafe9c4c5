"""How faulty relays handle a request: what they send for it to the upstream, and which answer they return."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import httpx
import orjson

from tests.support.passing import changes
from tests.support.passing.relay import Passed, Relay, Returned, whole, with_body


async def twice(relay: Relay, passed: Passed) -> Returned:
    """Send each request that draws twice, and return the second answer."""
    if passed.method == "POST":
        await whole(await relay.send(passed))
    return await relay.send(passed)


async def retrying(relay: Relay, passed: Passed) -> Returned:
    """Send a refused request again, three times in all."""
    for _ in range(2):
        returned = await relay.send(passed)
        if returned.status < 400:
            return returned
        await whole(returned)
    return await relay.send(passed)


async def waiting(relay: Relay, passed: Passed) -> Returned:
    """Send each request late."""
    await asyncio.sleep(0.4)
    return await relay.send(passed)


async def giving_up(relay: Relay, passed: Passed) -> Returned:
    """Wait for an answer, and for each piece of it, for at most four seconds."""
    try:
        async with asyncio.timeout(4):
            returned = await relay.send(passed)
    except TimeoutError:
        other = await relay.send(replace(passed, method="GET", path="/v1/models", body=b""))
        await whole(other)
        return with_body(replace(other, status=504), b"<html><h1>504 Gateway Time-out</h1></html>")

    async def chunks() -> AsyncIterator[bytes]:
        pieces = aiter(returned.chunks)
        with suppress(StopAsyncIteration):
            while True:
                async with asyncio.timeout(4):
                    piece = await anext(pieces)
                yield piece

    return replace(returned, chunks=chunks())


async def splitting(relay: Relay, passed: Passed) -> Returned:
    """Send a request for each picture."""
    body = orjson.loads(passed.body) if passed.path.endswith("/generations") and passed.method == "POST" else {}
    if not isinstance(body, dict) or not isinstance(number := body.get("n"), int) or not 1 < number < 11:
        return await relay.send(passed)
    part = replace(passed, body=orjson.dumps(body | {"n": 1}))
    answers = [await relay.send(part) for _ in range(number)]
    bodies = [orjson.loads(await whole(answer)) for answer in answers]
    data = [entry for answer in bodies for entry in answer.get("data", ())]
    return with_body(answers[0], orjson.dumps(bodies[0] | {"data": data}))


async def caching(relay: Relay, passed: Passed) -> Returned:
    """Answer the same body from memory."""
    key = (passed.path, passed.body)
    if passed.method != "POST" or b'"stream":true' in passed.body:
        return await relay.send(passed)
    if key not in relay.memory:
        returned = await relay.send(passed)
        relay.memory[key] = (returned, await whole(returned))
    returned, body = relay.memory[key]
    return with_body(returned, body)


async def caching_streams(relay: Relay, passed: Passed) -> Returned:
    """Answer the same request for a stream from memory."""
    key = (passed.path, passed.body)
    if b'"stream":true' not in passed.body:
        return await relay.send(passed)
    if key not in relay.memory:
        returned = await relay.send(passed)
        relay.memory[key] = (returned, await whole(returned))
    returned, body = relay.memory[key]
    return with_body(returned, body)


async def mixing(relay: Relay, passed: Passed) -> Returned:
    """Swap the answers of two requests of the same moment."""
    if passed.method != "POST" or b"(play: slow)" not in passed.body:
        return await relay.send(passed)
    returned = await relay.send(passed)
    body = await whole(returned)
    waiting = relay.memory.pop("waiting", None)
    if waiting is None:
        future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        relay.memory["waiting"] = (future, body)
        return with_body(returned, await asyncio.wait_for(future, 5))
    future, other = waiting
    future.set_result(body)
    return with_body(returned, other)


async def one_by_one(relay: Relay, passed: Passed) -> Returned:
    """Send a request once the one before is answered whole."""
    async with relay.lock:
        returned = await relay.send(passed)
        return returned if returned.streamed else with_body(returned, await whole(returned))


async def two_at_once(relay: Relay, passed: Passed) -> Returned:
    """Send a request once fewer than two others are open."""
    async with relay.memory.setdefault("room", asyncio.Semaphore(2)):
        returned = await relay.send(passed)
        return returned if returned.streamed else with_body(returned, await whole(returned))


async def refusing_a_third(relay: Relay, passed: Passed) -> Returned:
    """Refuse a request while two others are open."""
    relay.memory["open"] = number = relay.memory.get("open", 0) + 1
    try:
        if number > 2:
            returned = await relay.send(replace(passed, method="GET", path="/v1/models", body=b""))
            await whole(returned)
            return with_body(replace(returned, status=429), b'{"error": {"message": "Too many requests."}}')
        returned = await relay.send(passed)
        return returned if returned.streamed else with_body(returned, await whole(returned))
    finally:
        relay.memory["open"] -= 1


async def refusing_large_files(relay: Relay, passed: Passed) -> Returned:
    """Refuse bodies of more than a megabyte."""
    if len(passed.body) < 1 << 20:
        return await relay.send(passed)
    returned = await relay.send(replace(passed, method="GET", path="/v1/models", body=b""))
    await whole(returned)
    return with_body(replace(returned, status=413), b"<html><h1>413 Request Entity Too Large</h1></html>")


async def staying(relay: Relay, passed: Passed) -> Returned:
    """Read the upstream's stream to its end, whether or not the client is still there."""
    returned = await relay.send(passed)
    if not returned.streamed:
        return returned
    queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def read() -> None:
        async for chunk in returned.chunks:
            queue.put_nowait(chunk)
        queue.put_nowait(None)

    relay.memory[id(queue)] = asyncio.create_task(read())

    async def chunks() -> AsyncIterator[bytes]:
        while (chunk := await queue.get()) is not None:
            yield chunk

    return replace(returned, chunks=chunks())


async def answering_itself(relay: Relay, passed: Passed) -> Returned:
    """Refuse to pass edits on."""
    if not passed.path.endswith("/edits"):
        return await relay.send(passed)
    other = await relay.send(replace(passed, method="GET", path="/v1/models", body=b""))
    await whole(other)
    error = {"error": {"message": "Not supported here.", "type": "invalid_request_error", "param": None, "code": None}}
    return with_body(replace(other, status=400), orjson.dumps(error))


async def spreading(relay: Relay, passed: Passed) -> Returned:
    """Send every other request to another model."""
    relay.memory["turn"] = turn = relay.memory.get("turn", 0) + 1
    other = "gpt-image-1.5" if turn % 2 else "gpt-image-2"
    return await relay.send(changes.of_json(changes.adding(model=other), "/generations")(passed))


async def hiding_cuts(relay: Relay, passed: Passed) -> Returned:
    """End an answer as usual where the upstream's breaks off."""
    returned = await relay.send(passed)

    async def chunks() -> AsyncIterator[bytes]:
        with suppress(httpx.HTTPError):
            async for chunk in returned.chunks:
                yield chunk

    return replace(returned, chunks=chunks())


async def retrying_errors(relay: Relay, passed: Passed) -> Returned:
    """Send a request that failed with a 5xx again."""
    returned = await relay.send(passed)
    if returned.status < 500:
        return returned
    await whole(returned)
    return await relay.send(passed)


async def repeating_broken_answers(relay: Relay, passed: Passed) -> Returned:
    """Send a request again whose answer breaks off."""
    returned = await relay.send(passed)
    if returned.streamed:
        return returned
    try:
        return with_body(returned, await whole(returned))
    except httpx.HTTPError:
        return await relay.send(passed)


async def joining(relay: Relay, passed: Passed) -> Returned:
    """Answer equal requests of one moment by one request to the upstream, as `singleflight` of Go does."""
    key = (passed.path, passed.body)
    if passed.method != "POST" or b'"stream":true' in passed.body or not passed.body:
        return await relay.send(passed)

    async def answer() -> tuple[Returned, bytes]:
        returned = await relay.send(passed)
        return returned, await whole(returned)

    if key not in relay.memory:
        relay.memory[key] = asyncio.create_task(answer())
    try:
        returned, body = await asyncio.shield(relay.memory[key])
    finally:
        relay.memory.pop(key, None)
    return with_body(returned, body)
