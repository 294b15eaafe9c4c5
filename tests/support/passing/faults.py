"""Faults of a relay, one at a time, each with the capability and the fault kind by which it must be found."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

import httpx
import orjson
from PIL import Image

from tests.support.passing.relay import Chunks, Passed, Relay, RelayFault, Returned, whole, with_body

Body = dict[str, Any]


def _json(change: Callable[[Body], Body | None], *paths: str) -> Callable[[Passed], Passed]:
    """Return a change of the JSON bodies of some paths; of all where none is named."""

    def changed(passed: Passed) -> Passed:
        if passed.method != "POST" or not passed.headers.get("content-type", "").startswith("application/json"):
            return passed
        if paths and not passed.path.endswith(paths):
            return passed
        try:
            body = orjson.loads(passed.body)
        except orjson.JSONDecodeError:
            return passed
        return replace(passed, body=orjson.dumps(change(body) or body)) if isinstance(body, dict) else passed

    return changed


def _without(*names: str) -> Callable[[Mapping[str, Any]], Body]:
    """Return a change that takes fields out of a body, or headers out of an answer."""
    return lambda body: {name: value for name, value in body.items() if name not in names}


def _with(**values: Any) -> Callable[[Body], Body]:
    return lambda body: body | values


def _in_tools(body: Body) -> Body:
    tools = [{key: value for key, value in tool.items() if key != "background"} for tool in body.get("tools", ())]
    return body | {"tools": tools} if tools else body


def _wordy(body: Body) -> Body:
    for name in ("prompt", "input"):
        if isinstance(body.get(name), str):
            body = body | {name: body[name] + " High quality, award-winning."}
    return body


def _trimmed(body: Body) -> Body:
    return body | {"prompt": body["prompt"].rstrip(".")} if isinstance(body.get("prompt"), str) else body


def _in_prompt(change: Callable[[str], str]) -> Callable[[Body], Body]:
    return lambda body: body | {"prompt": change(body["prompt"])} if isinstance(body.get("prompt"), str) else body


def _form(old: bytes, new: bytes) -> Callable[[Passed], Passed]:
    """Return a change of the bytes of forms."""

    def changed(passed: Passed) -> Passed:
        if not passed.headers.get("content-type", "").startswith("multipart/"):
            return passed
        return replace(passed, body=re.sub(old, new, passed.body))

    return changed


def _form_file(passed: Passed) -> Passed:
    """Add a byte to each PNG of a form, as a relay does that encodes pictures anew."""
    if not passed.headers.get("content-type", "").startswith("multipart/"):
        return passed
    return replace(passed, body=passed.body.replace(b"IEND\xaeB`\x82", b"IEND\xaeB`\x82\0"))


def _to_path(passed: Passed) -> Passed:
    return replace(passed, path=passed.path.replace("/images/generations", "/images/generation"))


def _leaking(passed: Passed) -> Passed:
    return replace(passed, headers=passed.headers | {"x-relay-authorization": passed.headers["authorization"]})


def _answer(change: Callable[[Passed, Body], Body]) -> Callable[[Passed, Returned], Any]:
    """Return a change of whole JSON answers."""

    async def changed(passed: Passed, returned: Returned) -> Returned:
        if returned.streamed or not returned.headers.get("content-type", "").startswith("application/json"):
            return returned
        body = orjson.loads(await whole(returned))
        return with_body(returned, orjson.dumps(change(passed, body)))

    return changed


def _refusals(status: int, body: Body | None = None) -> Callable[[Passed, Returned], Any]:
    async def changed(_passed: Passed, returned: Returned) -> Returned:
        if not 400 <= returned.status < 500:
            return returned
        error = await whole(returned)
        return with_body(replace(returned, status=status), error if body is None else orjson.dumps(body))

    return changed


def _error_fields(**values: Any) -> Callable[[Passed, Body], Body]:
    return lambda _, body: body | {"error": body["error"] | values} if isinstance(body.get("error"), dict) else body


def _pictures(change: Callable[[bytes], bytes]) -> Callable[[Passed, Body], Body]:
    def changed(_passed: Passed, body: Body) -> Body:
        for entry in body.get("data") or ():
            if isinstance(entry, dict) and "b64_json" in entry:
                entry["b64_json"] = base64.b64encode(change(base64.b64decode(entry["b64_json"]))).decode()
        return body

    return changed


def _as_jpeg(data: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").save(out, "JPEG")
    return out.getvalue()


def _as_png(data: bytes) -> bytes:
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).save(out, "PNG", compress_level=1)
    return out.getvalue()


def _streams(change: Callable[[Chunks], Chunks]) -> Callable[[Passed, Returned], Any]:
    async def changed(_passed: Passed, returned: Returned) -> Returned:
        return replace(returned, chunks=change(returned.chunks)) if returned.streamed else returned

    return changed


def _events(change: Callable[[int, bytes], bytes | None]) -> Callable[[Passed, Returned], Any]:
    """Return a change of each event of a stream, by its number; None drops it."""

    async def changed(chunks: Chunks) -> AsyncIterator[bytes]:
        rest, number = b"", 0
        async for chunk in chunks:
            rest += chunk
            while b"\n\n" in rest:
                event, _, rest = rest.partition(b"\n\n")
                new = change(number, event + b"\n\n")
                number += 1
                if new:
                    yield new
        if rest:
            yield rest

    return _streams(changed)


async def _held(chunks: Chunks) -> AsyncIterator[bytes]:
    yield b"".join([chunk async for chunk in chunks])


async def _by_kilobytes(chunks: Chunks) -> AsyncIterator[bytes]:
    kept = b""
    async for chunk in chunks:
        kept += chunk
        if len(kept) > 1 << 18:
            yield kept
            kept = b""
    yield kept


async def _late(chunks: Chunks) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        await asyncio.sleep(0.4)
        yield chunk


async def _without_comments(chunks: Chunks) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        kept = re.sub(rb"(?m)^: ping\n\n", b"", chunk)
        if kept:
            yield kept


async def _collected(_passed: Passed, returned: Returned) -> Returned:
    """Read a stream whole, and answer with its last event as JSON."""
    if not returned.streamed:
        return returned
    data = [line[6:] for line in (await whole(returned)).split(b"\n") if line.startswith(b"data: {")]
    headers = returned.headers | {"content-type": "application/json"}
    return with_body(replace(returned, streamed=False, headers=headers), data[-1])


def _headers(change: Callable[[Mapping[str, str]], dict[str, str]]) -> Callable[[Passed, Returned], Any]:
    async def changed(_passed: Passed, returned: Returned) -> Returned:
        return replace(returned, headers=change(returned.headers))

    return changed


async def _twice(relay: Relay, passed: Passed) -> Returned:
    """Send each request that draws twice, and return the second answer."""
    if passed.method == "POST":
        await whole(await relay.send(passed))
    return await relay.send(passed)


async def _retrying(relay: Relay, passed: Passed) -> Returned:
    """Send a refused request again, three times in all."""
    for _ in range(2):
        returned = await relay.send(passed)
        if returned.status < 400:
            return returned
        await whole(returned)
    return await relay.send(passed)


async def _splitting(relay: Relay, passed: Passed) -> Returned:
    """Send a request for each picture."""
    body = orjson.loads(passed.body) if passed.path.endswith("/generations") and passed.method == "POST" else {}
    if not isinstance(body, dict) or not isinstance(number := body.get("n"), int) or not 1 < number < 11:
        return await relay.send(passed)
    part = replace(passed, body=orjson.dumps(body | {"n": 1}))
    answers = [await relay.send(part) for _ in range(number)]
    bodies = [orjson.loads(await whole(answer)) for answer in answers]
    data = [entry for answer in bodies for entry in answer.get("data", ())]
    return with_body(answers[0], orjson.dumps(bodies[0] | {"data": data}))


async def _caching(relay: Relay, passed: Passed) -> Returned:
    """Answer the same body from memory."""
    key = (passed.path, passed.body)
    if passed.method != "POST" or b'"stream":true' in passed.body:
        return await relay.send(passed)
    if key not in relay.memory:
        returned = await relay.send(passed)
        relay.memory[key] = (returned, await whole(returned))
    returned, body = relay.memory[key]
    return with_body(returned, body)


async def _mixing(relay: Relay, passed: Passed) -> Returned:
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


async def _one_by_one(relay: Relay, passed: Passed) -> Returned:
    """Send a request once the one before is answered whole."""
    async with relay.lock:
        returned = await relay.send(passed)
        return returned if returned.streamed else with_body(returned, await whole(returned))


async def _staying(relay: Relay, passed: Passed) -> Returned:
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


async def _answering_itself(relay: Relay, passed: Passed) -> Returned:
    """Refuse to pass edits on."""
    if not passed.path.endswith("/edits"):
        return await relay.send(passed)
    other = await relay.send(replace(passed, method="GET", path="/v1/models", body=b""))
    await whole(other)
    error = {"error": {"message": "Not supported here.", "type": "invalid_request_error", "param": None, "code": None}}
    return with_body(replace(other, status=400), orjson.dumps(error))


def _model(relay: Relay, passed: Passed) -> Passed:
    relay.memory["turn"] = turn = relay.memory.get("turn", 0) + 1
    other = "gpt-image-1.5" if turn % 2 else "gpt-image-2"
    return _json(_with(model=other), "/generations")(passed)


async def _spreading(relay: Relay, passed: Passed) -> Returned:
    """Send every other request to another model."""
    return await relay.send(_model(relay, passed))


def _ids(_passed: Passed, body: Body) -> Body:
    return body | {"id": "resp_relay_" + str(body["id"])[-8:]} if str(body.get("id", "")).startswith("resp_") else body


def _renamed(event: bytes) -> bytes:
    return event.replace(b"partial_image_index", b"partial_index")


async def _hiding_cuts(relay: Relay, passed: Passed) -> Returned:
    """End an answer as usual where the upstream's breaks off."""
    returned = await relay.send(passed)

    async def chunks() -> AsyncIterator[bytes]:
        with suppress(httpx.HTTPError):
            async for chunk in returned.chunks:
                yield chunk

    return replace(returned, chunks=chunks())


async def _retrying_errors(relay: Relay, passed: Passed) -> Returned:
    """Send a request that failed with a 5xx again."""
    returned = await relay.send(passed)
    if returned.status < 500:
        return returned
    await whole(returned)
    return await relay.send(passed)


def _statuses(**by_status: int) -> Callable[[Passed, Returned], Any]:
    async def changed(_passed: Passed, returned: Returned) -> Returned:
        return replace(returned, status=by_status.get(f"of_{returned.status}", returned.status))

    return changed


async def _small_answers(_passed: Passed, returned: Returned) -> Returned:
    """Refuse to pass on a large answer."""
    if returned.streamed:
        return returned
    body = await whole(returned)
    if len(body) < 1 << 20:
        return with_body(returned, body)
    return with_body(replace(returned, status=502), b'{"error": {"message": "too large"}}')


_P, _S = "relay.parameter_dropped", "relay.parameter_changed"
_GENERATIONS: Final = "relay.generations.parameters"
_RESPONSES: Final = "relay.responses.parameters"
_JSON_ERROR: Final = {"error": {"message": "upstream error", "type": "upstream_error", "param": None, "code": None}}

_ALL: Final = (
    RelayFault("drops_quality", _GENERATIONS, _P, request=_json(_without("quality"), "/generations")),
    RelayFault("drops_user", _GENERATIONS, _P, request=_json(_without("user"), "/generations")),
    RelayFault("drops_moderation", _GENERATIONS, _P, request=_json(_without("moderation"), "/generations")),
    RelayFault("drops_metadata", _RESPONSES, _P, request=_json(_without("metadata"), "/responses")),
    RelayFault("drops_identifier", _RESPONSES, _P, request=_json(_without("safety_identifier"), "/responses")),
    RelayFault("drops_tool_option", _RESPONSES, _P, request=_json(_in_tools, "/responses")),
    RelayFault("changes_size", _GENERATIONS, _S, request=_json(_with(size="1536x1024"), "/generations")),
    RelayFault(
        "changes_background",
        _GENERATIONS,
        _S,
        request=_json(lambda body: body | {"background": "auto"} if "background" in body else body, "/generations"),
    ),
    RelayFault(
        "n_as_text",
        _GENERATIONS,
        _S,
        request=_json(lambda body: body | {"n": str(body["n"])} if "n" in body else body, "/generations"),
    ),
    RelayFault(
        "stores_nothing",
        _RESPONSES,
        _S,
        request=_json(lambda body: body | {"store": False} if body.get("store") else body, "/responses"),
    ),
    RelayFault(
        "edit_quality_changed", "relay.edits.parameters", _S, request=_form(rb'(name="quality"\r\n\r\n)low', rb"\1high")
    ),
    RelayFault(
        "injects_user",
        "relay.nothing_added",
        "relay.injected",
        request=_json(lambda body: {"user": "relay", **body}, "/generations"),
    ),
    RelayFault(
        "injects_instructions",
        "relay.nothing_added",
        "relay.injected",
        request=_json(_with(instructions="Be brief."), "/responses"),
    ),
    RelayFault("adds_words", "relay.prompt", "relay.prompt_changed", request=_json(_wordy)),
    RelayFault("trims_prompt", "relay.prompt", "relay.prompt_changed", request=_json(_trimmed)),
    RelayFault("strips_prompt", "relay.prompt", "relay.prompt_changed", request=_json(_in_prompt(str.strip))),
    RelayFault(
        "composes_accents",
        "relay.prompt",
        "relay.prompt_changed",
        request=_json(_in_prompt(lambda text: unicodedata.normalize("NFC", text))),
    ),
    RelayFault(
        "edit_prompt_changed",
        "relay.prompt",
        "relay.prompt_changed",
        request=_form(rb"Make the square blue", rb"Make the square a bit blue"),
    ),
    RelayFault("other_path", "relay.endpoint", "relay.translated", request=_to_path),
    RelayFault("spreads_models", "relay.model", "relay.model_changed", handle=_spreading),
    RelayFault(
        "renames_files",
        "relay.files",
        "relay.file_changed",
        request=_form(rb'filename="[^"]*"', rb'filename="upload.png"'),
    ),
    RelayFault(
        "retypes_files",
        "relay.files",
        "relay.file_changed",
        request=_form(rb"Content-Type: image/png", rb"Content-Type: application/octet-stream"),
    ),
    RelayFault("recodes_files", "relay.files", "relay.file_changed", request=_form_file),
    RelayFault("leaks_key", "relay.client_key", "relay.key_leaked", request=_leaking),
    RelayFault("keeps_edits", "relay.forwarded", "relay.not_forwarded", handle=_answering_itself),
    RelayFault("sends_twice", "relay.single_request", "relay.repeated", handle=_twice),
    RelayFault("retries_refusals", "relay.single_request", "relay.repeated", handle=_retrying),
    RelayFault("splits_n", "relay.n", "relay.split", handle=_splitting),
    RelayFault(
        "keeps_first_picture",
        "relay.n",
        "relay.picture_lost",
        answer=_answer(
            lambda _, body: (
                body | {"data": body["data"][:1]} if isinstance(body.get("data"), list) and "created" in body else body
            )
        ),
    ),
    RelayFault("caches", "relay.not_cached", "relay.cached", handle=_caching),
    RelayFault("mixes_up", "relay.own_answer", "relay.mixed_up", handle=_mixing),
    RelayFault("one_by_one", "relay.parallel", "relay.serialised", handle=_one_by_one),
    RelayFault("refusals_as_500", "relay.status", "relay.refusal_masked", answer=_refusals(500)),
    RelayFault("refusals_as_200", "relay.status", "relay.status_changed", answer=_refusals(200)),
    RelayFault("refusals_as_422", "relay.status", "relay.status_changed", answer=_refusals(422)),
    RelayFault("own_error", "relay.errors", "relay.error_changed", answer=_refusals(400, _JSON_ERROR)),
    RelayFault("drops_error_code", "relay.errors", "relay.error_changed", answer=_answer(_error_fields(code="error"))),
    RelayFault("drops_error_param", "relay.errors", "relay.error_changed", answer=_answer(_error_fields(param=None))),
    RelayFault("pictures_as_jpeg", "relay.pictures", "relay.picture_changed", answer=_answer(_pictures(_as_jpeg))),
    RelayFault("pictures_recoded", "relay.pictures", "relay.picture_changed", answer=_answer(_pictures(_as_png))),
    RelayFault(
        "drops_created",
        "relay.answer",
        "relay.answer_changed",
        answer=_answer(lambda _, body: _without("created")(body)),
    ),
    RelayFault(
        "drops_usage",
        "relay.usage",
        "relay.usage_changed",
        answer=_answer(lambda _, body: _without("usage")(body)),
    ),
    RelayFault(
        "doubles_usage",
        "relay.usage",
        "relay.usage_changed",
        answer=_answer(
            lambda _, body: (
                body | {"usage": body["usage"] | {"total_tokens": 2 * body["usage"]["total_tokens"]}}
                if isinstance(body.get("usage"), dict)
                else body
            )
        ),
    ),
    RelayFault("own_ids", "relay.ids", "relay.id_changed", answer=_answer(_ids)),
    RelayFault(
        "plain_text",
        "relay.content_type",
        "relay.content_type_changed",
        answer=_headers(
            lambda headers: (
                dict(headers) | {"content-type": "text/plain"}
                if headers.get("content-type") == "application/json"
                else dict(headers)
            )
        ),
    ),
    RelayFault(
        "drops_request_id",
        "relay.request_id",
        "relay.request_id_lost",
        answer=_headers(_without("x-request-id")),
    ),
    RelayFault("collects_streams", "relay.streaming", "relay.not_streamed", answer=_collected),
    RelayFault(
        "streams_nothing",
        "relay.streaming",
        "relay.not_streamed",
        request=_json(_without("stream", "partial_images")),
    ),
    RelayFault(
        "drops_an_event",
        "relay.events",
        "relay.events_changed",
        answer=_events(lambda number, event: None if number == 1 else event),
    ),
    RelayFault(
        "repeats_an_event",
        "relay.events",
        "relay.events_changed",
        answer=_events(lambda number, event: event * 2 if number == 1 else event),
    ),
    RelayFault(
        "adds_an_event",
        "relay.events",
        "relay.events_changed",
        answer=_events(
            lambda number, event: b'event: relay\ndata: {"type":"relay"}\n\n' + event if number == 0 else event
        ),
    ),
    RelayFault(
        "renames_a_field", "relay.events", "relay.events_changed", answer=_events(lambda _, event: _renamed(event))
    ),
    RelayFault("holds_streams", "relay.immediate", "relay.held_back", answer=_streams(_held)),
    RelayFault("fills_buffers", "relay.immediate", "relay.held_back", answer=_streams(_by_kilobytes)),
    RelayFault("is_slow", "relay.delay", "relay.slow", answer=_streams(_late)),
    RelayFault("drops_pings", "relay.pings", "relay.pings_dropped", answer=_streams(_without_comments)),
    RelayFault("stays", "relay.disconnect", "relay.kept_open", handle=_staying),
    RelayFault(
        "changes_messages",
        "relay.websocket",
        "relay.events_changed",
        socket=lambda text: text.replace('"response.created"', '"response.made"'),
    ),
    RelayFault(
        "drops_retry_after",
        "relay.upstream.rate_limit",
        "relay.retry_after_lost",
        answer=_headers(_without("retry-after")),
        chaos=True,
    ),
    RelayFault(
        "limits_as_500", "relay.upstream.rate_limit", "relay.refusal_masked", answer=_statuses(of_429=500), chaos=True
    ),
    RelayFault("retries_errors", "relay.upstream.server_error", "relay.repeated", handle=_retrying_errors, chaos=True),
    RelayFault(
        "errors_as_502", "relay.upstream.unavailable", "relay.status_changed", answer=_statuses(of_503=502), chaos=True
    ),
    RelayFault(
        "blocks_as_error",
        "relay.upstream.moderation",
        "relay.error_changed",
        answer=_answer(_error_fields(code="bad_request")),
        chaos=True,
    ),
    RelayFault(
        "accepts_key_refusal",
        "relay.upstream.key_refused",
        "relay.status_changed",
        answer=_statuses(of_401=200),
        chaos=True,
    ),
    RelayFault("hides_cuts", "relay.upstream.cut_stream", "relay.cut_hidden", handle=_hiding_cuts, chaos=True),
    RelayFault(
        "drops_errors",
        "relay.upstream.error_event",
        "relay.error_lost",
        answer=_events(lambda _, event: None if event.startswith(b"event: error") else event),
        chaos=True,
    ),
    RelayFault(
        "small_answers", "relay.upstream.large_picture", "relay.picture_lost", answer=_small_answers, chaos=True
    ),
)

FAULTS: Final[Mapping[str, RelayFault]] = {fault.name: fault for fault in _ALL}
"""Every fault by its name."""
