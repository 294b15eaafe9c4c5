"""Five further honest gateways: events without names, behind an edge, with fractions of seconds, dated, in a hurry."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import orjson

from gateprobe.reference import Fault
from gateprobe.reference.faults.base import Chunks
from gateprobe.reference.faults.streams.frames import Object, body_of, each, events, is_event, of_responses
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer
from tests.support.honest.others import UNCLAIMED_BY_ALL, honest_persona

# An unnamed one: events have no `event` line and no space after the colon; streams end with [DONE].


async def _unnamed(_sent: IncomingRequest, chunks: Chunks) -> Chunks:
    number, is_stream = 0, False
    yield b""
    async for entry in events(chunks):
        if not is_event(entry):
            yield entry
            continue
        lines = [line for line in entry.strip().split(b"\n") if not line.startswith(b"event")]
        data = b"\n".join(line.replace(b": ", b":", 1) for line in lines)
        yield (b"" if is_stream else b"retry:3000\n\n") + b"id:%d\n" % number + data + b"\n\n"
        number, is_stream = number + 1, True
    if is_stream:
        yield b"data:[DONE]\n\n"


UNNAMED: Final = honest_persona("unnamed", Fault("honest.unnamed", "Events have no name.", chunks=_unnamed))


# One behind an edge: no id of the request but the edge's, cookies, and 204 for OPTIONS.


def _edge_headers(_asked: IncomingRequest, _elapsed: float) -> Mapping[str, str]:
    return {
        "cf-ray": f"{uuid.uuid4().hex[:16]}-FRA",
        "cf-cache-status": "DYNAMIC",
        "set-cookie": f"__cf_bm={uuid.uuid4().hex}; path=/; HttpOnly; Secure; SameSite=None",
        "alt-svc": 'h3=":443"; ma=86400',
        "nel": '{"report_to":"cf-nel","max_age":604800}',
        "strict-transport-security": "max-age=31536000; includeSubDomains; preload",
        "x-content-type-options": "nosniff",
        "vary": "accept-encoding",
    }


def _edge(sent: IncomingRequest, answer: Answer) -> Answer:
    kind = answer.headers.get("content-type", "")
    headers = {**answer.headers}
    if kind.startswith("application/json"):
        headers["content-type"] = "application/json;charset=UTF-8"
    if sent.method == "OPTIONS" and isinstance(answer, PlainAnswer) and answer.status == 200:
        return PlainAnswer(204, b"", {name: text for name, text in headers.items() if name != "content-type"})
    return replace(answer, headers=headers)


EDGED: Final = replace(
    honest_persona("edged", Fault("honest.edged", "Headers of an edge.", answer=_edge)), headers=_edge_headers
)


# A precise one: times are fractions of seconds, and the text is repeated beside the items.


def _precise(response: Object) -> Object:
    output = response.get("output")
    if not isinstance(output, list) or not output or response.get("object") != "response":
        return response
    texts = [
        part.get("text", "")
        for item in output
        if isinstance(item, dict) and isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict)
    ]
    times = {name: response[name] + 0.5 for name in ("created_at",) if isinstance(response.get(name), int)}
    return {**response, **times, "output_text": "".join(str(text) for text in texts), "billing": {"payer": "developer"}}


def _precise_body(_sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    if body is None or not isinstance(answer, PlainAnswer):
        return answer
    if isinstance(body.get("created"), int) and "data" in body:
        body = {**body, "created": body["created"] + 0.25, "usage_details": None}
    return replace(answer, body=orjson.dumps(_precise(body)))


PRECISE: Final = honest_persona(
    "precise",
    Fault(
        "honest.precise",
        "Fractions of seconds, and the text once more.",
        answer=_precise_body,
        frames=each(of_responses(_precise)),
    ),
)


# A dated one: it lists many models in pages, with dates and slashes, and says `null` where it has nothing to say.


def _dated(_sent: IncomingRequest, answer: Answer) -> Answer:
    body = body_of(answer)
    if body is None or not isinstance(answer, PlainAnswer):
        return answer
    if body.get("object") == "list" and isinstance(body.get("data"), list) and _sent.path.endswith("/models"):
        more = [{"id": "vendor/other-model:free", "object": "model", "created": 0, "owned_by": "", "pricing": None}]
        data = [{**entry, "created": 0, "owned_by": "system", "permission": []} for entry in body["data"]]
        body = {**body, "data": [*data, *more], "has_more": False, "first_id": None, "last_id": None, "success": True}
    elif "created" in body and isinstance(body.get("data"), list):
        data = [{"url": None, "asset_id": None, **entry} for entry in body["data"]]
        body = {**body, "data": data, "error": None, "background": None}
    elif isinstance(body.get("error"), dict):
        body = {**body, "success": False, "error": {**body["error"], "status": answer.status, "doc_url": None}}
    return replace(answer, body=orjson.dumps(body) + b"\n")


DATED: Final = honest_persona("dated", Fault("honest.dated", "Further models, and nulls.", answer=_dated))


# One in a hurry: it closes each third connection after its answer.

_turns: Final = itertools.count(1)


def _closing(_sent: IncomingRequest, answer: Answer) -> Answer:
    headers = {name.title(): text for name, text in answer.headers.items()}
    if next(_turns) % 3 == 0:
        headers["Connection"] = "close"
    else:
        headers["Keep-Alive"] = "timeout=5, max=2"
    return replace(answer, headers=headers)


HURRIED: Final = honest_persona("hurried", Fault("honest.hurried", "Connections end early.", answer=_closing))

FURTHER: Final = {persona.name: persona for persona in (UNNAMED, EDGED, PRECISE, DATED, HURRIED)}
"""These honest gateways by name."""

UNCLAIMED_OF_FURTHER: Final = {
    name: (*UNCLAIMED_BY_ALL, *more)
    for name, more in {
        "unnamed": ("stream.event_names",),
        "edged": (),
        "precise": (),
        "dated": (),
        "hurried": (),
    }.items()
}
"""What each does in another way than OpenAI, and does not claim."""
