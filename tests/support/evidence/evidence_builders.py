"""Evidence for the tests of probes: captured once from an honest persona, then broken in one place by hand.

For probes of models, keys, the Responses API and streams, whose scenarios take turns that only a whole persona answers
right. `playing` makes evidence of the Images endpoints instead, whose scenarios react to each answer of a faulty
gateway; what travels as bytes is served by `tests.support.loopback`.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson
from PIL import Image

from gateprobe.capture import Audited, Budget, capture
from gateprobe.evidence import Arrival, Evidence, Exchange, Failure
from gateprobe.gateway import Gateway, find, reference
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.model import Json, Tier
from gateprobe.plan.planning import Item, items_for, scenario_runs_of
from gateprobe.probe import PROBES, Probe, Selection
from gateprobe.record.file import Record
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.request import Request, Transport
from gateprobe.store import folder as store
from tests.support.evidence import streams
from tests.support.evidence.attempts import attempt, envelope

Change = Callable[[Exchange], Exchange]
"""Breaks an answer in one place."""

Captured = Mapping[str, Evidence]
"""Evidence by the id of its shot."""

REMOVED: Final = object()
"""For `everywhere`: take the key away."""


def exchange(
    request: Request,
    body: bytes = b"",
    *,
    status: int = 200,
    content_type: str = "application/json",
    headers: tuple[tuple[str, str], ...] = (),
    arrivals: tuple[Arrival, ...] | None = None,
    step: int = 0,
    failure: Failure | None = None,
) -> Exchange:
    """Make an exchange of one attempt whose body is in memory; without `arrivals`, all of it came after 1 s."""
    sent = attempt(
        body,
        status=status,
        headers=(("content-type", content_type), *headers),
        arrivals=arrivals,
        failure=failure,
    )
    return Exchange(step, request, (sent,), lambda _: body)


def evidence(*exchanges: Exchange, scenario: str = "made", value: Json = None) -> Evidence:
    """Make evidence of exchanges."""
    return Evidence("made", scenario, value, exchanges)


@cache
def honest(persona: str = "openai", modules: frozenset[str] = frozenset(), tier: Tier = Tier.DEEP) -> Captured:
    """Capture what the probes of some modules (all, where none is named) need from a persona; bodies in memory."""
    asked = [probe for probe in probes() if not modules or probe.module in modules]
    with tempfile.TemporaryDirectory() as folder, serve(persona) as served:
        gateway = replace(find(persona), base_url=served.url)
        scenario_runs = scenario_runs_of(items_for(gateway, asked, tier))
        audited = Audited(gateway, served.key, scenario_runs, Budget(), 4)
        capture([audited], Path(folder), Redactor([served.key]))
        captured = store.read(Path(folder), persona)
        return {
            name: replace(scenario_evidence, exchanges=tuple(map(_held, scenario_evidence.exchanges)))
            for name, scenario_evidence in captured.items()
        }


@cache
def records_of(persona: str) -> tuple[Record, ...]:
    """Judge an honest persona by every probe of its own documents, on what was captured of it once."""
    items = items_for(find(persona), probes(), Tier.DEEP)
    return tuple(judge(item, reference(), honest(persona)) for item in items)


def _held(exchange: Exchange) -> Exchange:
    """Return an exchange whose body stays when its file is gone."""
    body = exchange.body
    return Exchange(exchange.step, exchange.request, exchange.attempts, lambda _: body, exchange.scenario_run)


def broken(captured: Captured, change: Change) -> Captured:
    """Break every answer in the same way."""
    return {
        name: replace(scenario_evidence, exchanges=tuple(change(exchange) for exchange in scenario_evidence.exchanges))
        for name, scenario_evidence in captured.items()
    }


def probe_of(name: str) -> Probe:
    """Return a probe by its id."""
    probes()
    return PROBES[name]


def record_of(name: str, captured: Captured, *, value: Json = None, gateway: Gateway | None = None) -> Record:
    """Judge captured evidence by one probe, obstacles and all; by OpenAI's claims unless told."""
    return judge(Item(probe_of(name), gateway or reference(), value), reference(), captured)


def judged(name: str, *exchanges: Exchange, value: Json = None, gateway: Gateway | None = None) -> Record:
    """Judge literal exchanges by one probe, obstacles and all; by OpenAI's claims unless told."""
    needs = probe_of(name).needs
    scenario_run = "made" if isinstance(needs, Selection) else needs.of(value).id
    return record_of(
        name, {scenario_run: evidence(*exchanges, scenario=scenario_run, value=value)}, value=value, gateway=gateway
    )


def with_body(
    exchange: Exchange, body: bytes, *, content_type: str | None = None, status: int | None = None
) -> Exchange:
    """Return an exchange with another body; it arrives in proportion to how the old one did."""
    last = exchange.last
    scale = len(body) / max(1, last.length)
    arrivals = tuple(Arrival(round(arrival.end * scale), arrival.ms) for arrival in last.arrivals)
    headers = tuple(pair for pair in last.headers if content_type is None or pair[0].lower() != "content-type")
    if content_type is not None:
        headers = (*headers, ("content-type", content_type))
    changed = replace(
        last,
        status=last.status if status is None else status,
        headers=headers,
        sha256=hashlib.sha256(body).hexdigest(),
        length=len(body),
        arrivals=arrivals,
    )
    return Exchange(
        exchange.step, exchange.request, (*exchange.attempts[:-1], changed), lambda _: body, exchange.scenario_run
    )


def events_of(exchange: Exchange) -> list[dict[str, Json]]:
    """Return a stream's events, to be changed and put back."""
    return [orjson.loads(frame.data) for frame in exchange.frames]


def with_events(exchange: Exchange, events: Iterable[Mapping[str, Json]]) -> Exchange:
    """Return a stream with other events."""
    return with_body(exchange, streams.body(events))


def with_json(exchange: Exchange, value: Json, status: int | None = None) -> Exchange:
    """Return an exchange with another JSON body."""
    return with_body(exchange, orjson.dumps(value), content_type="application/json", status=status)


def with_messages(exchange: Exchange, messages: Iterable[Json]) -> Exchange:
    """Return a WebSocket exchange with other messages."""
    body = b""
    arrivals: list[Arrival] = []
    for message in messages:
        body += orjson.dumps(message)
        arrivals.append(Arrival(len(body), 10.0 * len(arrivals)))
    changed = with_body(exchange, body)
    return replace(changed, attempts=(replace(changed.last, arrivals=tuple(arrivals)),))


def each(edit: Callable[[dict[str, Json]], None]) -> Change:
    """Make a change that edits the JSON body, each event of a stream, or each message of a WebSocket."""

    def change(exchange: Exchange) -> Exchange:
        if exchange.request.transport is Transport.WEBSOCKET and exchange.status == 101:
            return with_messages(exchange, [_edited(message, edit) for message in exchange.messages])
        if exchange.is_stream:
            return with_events(exchange, [_edited(event, edit) for event in events_of(exchange)])
        if exchange.content_type == "application/json" and exchange.body:
            return with_json(exchange, _edited(orjson.loads(exchange.body), edit))
        return exchange

    return change


def _edited(value: Json, edit: Callable[[dict[str, Json]], None]) -> Json:
    copy = orjson.loads(orjson.dumps(value))
    if isinstance(copy, dict):
        edit(copy)
    return copy


def everywhere(key: str, new: Any) -> Change:
    """Make a change that gives a key another value (or takes it away) wherever it stands in an answer."""

    def edit(value: Json) -> None:
        if isinstance(value, dict):
            if key in value:
                if new is REMOVED:
                    del value[key]
                else:
                    value[key] = new
            for inner in value.values():
                edit(inner)
        elif isinstance(value, list):
            for inner in value:
                edit(inner)

    return each(edit)


def refusing(status: int = 400, message: str = "No.", param: str | None = None, code: str | None = None) -> Change:
    """Make a change that refuses, with the error envelope."""
    return lambda exchange: with_json(exchange, envelope(message, param, code), status)


def answering(value: Json, status: int = 200) -> Change:
    """Make a change that answers everything with one JSON value."""
    return lambda exchange: with_json(exchange, value, status)


def text_response(text: str = "ready", **more: Json) -> dict[str, Json]:
    """Return a completed Response that holds a text."""
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    usage = {"input_tokens": 8, "output_tokens": 2, "total_tokens": 10}
    body = {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.5", "output": [message]}
    return {**body, "tools": [], "usage": usage, "error": None, **more}


def painted(
    colour: str | tuple[int, int, int, int] = "red", size: tuple[int, int] = (64, 64), kind: str = "PNG"
) -> bytes:
    """Draw a page of one colour; with an alpha channel where the colour has four parts."""
    out = io.BytesIO()
    Image.new("RGB" if isinstance(colour, str) else "RGBA", size, colour).save(out, kind)
    return out.getvalue()


def as_base64(data: bytes) -> str:
    """Write bytes as base64 text."""
    return base64.b64encode(data).decode()
