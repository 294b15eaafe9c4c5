"""A small run folder, written through the store as an audit writes it; every value in it is a literal."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Final

import orjson
from PIL import Image

from gateprobe.audit.stored.origin import seal
from gateprobe.evidence import Arrival, Attempt, Failure, failure
from gateprobe.gateway import Document, Gateway, KeyRule, Models, dumps
from gateprobe.message import verbatim
from gateprobe.model import (
    Blame,
    Cause,
    Claim,
    Json,
    Level,
    Observed,
    Scope,
    Source,
    Stance,
    Tier,
    Verdict,
    verdict_of,
)
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header, Record
from gateprobe.record.options import RunOptions
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Buy, FormBody, JsonBody, Part, Request
from gateprobe.scenario import Scenario, ScenarioRun, Steps
from gateprobe.store import folder as store
from gateprobe.store.bodies import Bodies
from gateprobe.store.journal import ScenarioLog
from gateprobe.wire.sse import encode

_GUIDE: Final = "guide"
STARTED: Final = "2026-11-21T09:40:00Z"
HOSTILE: Final = "<script>alert('x')</script>\u202e\x1b[31m[click](https://evil.example) =1+1|\"'&" + "w" * 400
"""Text that tries to act in every format: markup, reordering, an escape sequence, a link, a formula, a long word."""


def _claim(capability: str, stance: Stance, quote: str, values: tuple[int, ...] = ()) -> Claim:
    source = Source(_GUIDE, "The guide", "2026-05", quote, "https://docs.example/guide")
    return Claim(capability, stance, values, sources=(source,))


def _gateway(name: str, title: str, claims: tuple[Claim, ...]) -> Gateway:
    return Gateway(
        name=name,
        title=title,
        base_url=f"https://{name}.example/v1",
        key=KeyRule(f"{name.upper()}_KEY"),
        models=Models("gpt-5.5", "gpt-image-2"),
        documents={_GUIDE: Document("The guide", "2026-05", "en", "https://docs.example/guide")},
        claims={claim.capability: claim for claim in claims},
    )


OPENAI: Final = _gateway(
    "openai",
    "OpenAI",
    (
        _claim("models.list", Stance.OFFERED, "Lists the models."),
        _claim("auth.bogus_key_refused", Stance.OFFERED, "An invalid key is refused."),
        _claim("responses.image.stream", Stance.OFFERED, "Pictures can be streamed."),
        _claim("responses.previous_response_id", Stance.OFFERED, "Turns refer to earlier ones."),
        _claim("images.generate.n", Stance.OFFERED, "Between 1 and 10 pictures.", values=(1, 2)),
    ),
)
ACME: Final = _gateway(
    "acme",
    "Acme Images",
    (
        _claim("models.list", Stance.OFFERED, "We list every model."),
        _claim("responses.image.stream", Stance.OFFERED, "Streaming just works."),
        _claim("responses.previous_response_id", Stance.DECLINED, "Earlier turns are not kept."),
        _claim("images.generate.n", Stance.OFFERED, "Ask for as many as you like.", values=(1, 2)),
        _claim("images.generate.failure_not_billed", Stance.OFFERED, "Failures are free."),
    ),
)


def a_record(
    gateway: Gateway,
    capability: str,
    observed: Observed,
    reason: str,
    *,
    cause: Cause | None = None,
    level: Level = Level.MUST,
    value: int | None = None,
    evidence: tuple[str, ...] = (),
    fault_kind: str = "",
    scope: Scope = Scope(),  # noqa: B008 - frozen
    caused_by: str = "",
) -> Record:
    """Make a record whose verdicts come from the claims above and the one table."""
    probe = capability.replace(".", "_")
    stance, reference = gateway.claim(capability).stance, OPENAI.claim(capability).stance
    against = verdict_of(reference, observed)
    known = observed is not Observed.UNOBSERVED and reference is not Stance.SILENT
    return Record(
        item=f"{probe}[{value}]@{gateway.name}" if value is not None else f"{probe}@{gateway.name}",
        gateway=gateway.name,
        capability=capability,
        probe=probe,
        stance=stance,
        observed=observed,
        cause=cause,
        verdict=verdict_of(stance, observed),
        compatible=against is Verdict.CONFIRMED if known else None,
        reference=against,
        level=level,
        message=verbatim(reason),
        reference_message=verbatim("" if known else "nothing to compare"),
        evidence=evidence,
        elapsed=0.25,
        value=value,
        statement="",
        fault_kind=fault_kind,
        scope=scope,
        caused_by=caused_by,
        blame=None if verdict_of(stance, observed) is Verdict.CONFIRMED else Blame.GATEWAY,
    )


RECORDS: Final = (
    a_record(OPENAI, "models.list", Observed.HONOURED, "2 models are listed", evidence=("list_models",)),
    a_record(OPENAI, "auth.bogus_key_refused", Observed.HONOURED, "HTTP 401", evidence=("bogus_key",)),
    a_record(OPENAI, "responses.image.stream", Observed.HONOURED, "completed", evidence=("stream_image",)),
    a_record(OPENAI, "images.generate.n", Observed.HONOURED, "1 picture came back", value=1),
    a_record(OPENAI, "images.generate.n", Observed.HONOURED, "2 pictures came back", value=2),
    a_record(ACME, "models.list", Observed.HONOURED, "2 models are listed", evidence=("list_models",)),
    a_record(ACME, "auth.bogus_key_refused", Observed.IGNORED, "HTTP 200 for an invented key", evidence=("bogus_key",)),
    a_record(
        ACME,
        "responses.image.stream",
        Observed.UNOBSERVED,
        "no byte came within 120 s",
        cause=Cause.TIMEOUT,
        evidence=("stream_image",),
    ),
    a_record(ACME, "responses.previous_response_id", Observed.REFUSED, "HTTP 400: 'not kept'", level=Level.SHOULD),
    a_record(ACME, "images.generate.n", Observed.HONOURED, "1 picture came back", value=1, evidence=("edit",)),
    a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2 pictures, received 1", value=2),
    a_record(
        ACME,
        "images.generate.failure_not_billed",
        Observed.UNOBSERVED,
        "the balance cannot be seen",
        cause=Cause.UNOBSERVABLE,
        level=Level.INFO,
    ),
)


def _steps(_gateway: Gateway) -> Steps:
    yield from ()


def a_picture(colour: str) -> bytes:
    """Return a small PNG of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


def _attempt(
    bodies: Bodies,
    number: int,
    pieces: list[bytes],
    status: int | None,
    kind: str,
    failure: Failure | None = None,
) -> Attempt:
    body = b"".join(pieces)
    ends = [sum(map(len, pieces[: at + 1])) for at in range(len(pieces))]
    return Attempt(
        number=number,
        started_at=STARTED,
        elapsed_ms=100.0 * len(pieces) + 5,
        status=status,
        http_version="HTTP/1.1" if status else "",
        headers=(("content-type", kind), ("x-request-id", "req_1"), ("server", HOSTILE), ("x-odd", "1"))
        if status
        else (),
        head_ms=12.5 if status else None,
        sha256=bodies.put(body) if body else "",
        length=len(body),
        wire_length=len(body),
        arrivals=tuple(Arrival(end, 100.0 * (at + 1)) for at, end in enumerate(ends)),
        failure=failure,
    )


Sent = tuple[Request, list[tuple[list[bytes], int | None, str, Failure | None]]]


def _capture(folder: Path, gateway: str, name: str, exchanges: list[Sent]) -> None:
    bodies = store.bodies_of(folder)
    scenario = Scenario(name, "Does one thing.", _steps, Tier.SMOKE, len(exchanges), 0, takes_value=False)
    with ScenarioLog(store.path_of(folder, gateway, name), bodies, Redactor([])) as log:
        log.begin(gateway, ScenarioRun(scenario))
        for step, (request, answers) in enumerate(exchanges):
            for number, (pieces, status, kind, failure) in enumerate(answers, 1):
                log.sent(step, number, request)
                log.received(step, _attempt(bodies, number, pieces, status, kind, failure))
        log.end(None)


def _stream() -> list[bytes]:
    first, last = (base64.b64encode(a_picture(colour)).decode() for colour in ("pink", "red"))
    item = {"type": "image_generation_call", "id": "ig_1", "status": "completed", "result": last}
    partial = {"type": "response.image_generation_call.partial_image", "partial_image_index": 0}
    events: list[dict[str, Json]] = [
        {"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}},
        partial | {"item_id": "ig_1", "output_index": 0, "partial_image_b64": first},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": {"id": "resp_1", "status": "completed", "output": [item]}},
    ]
    pieces = [encode(orjson.dumps(event | {"sequence_number": at}), event["type"]) for at, event in enumerate(events)]
    return [pieces[0], b": <script>alert(2)</script>\x1b[2J " + b"k" * 300 + b"\n\n", *pieces[1:]]


def write_run(
    folder: Path,
    records: tuple[Record, ...] = RECORDS,
    gateways: tuple[Gateway, ...] = (OPENAI, ACME),
    footer: Footer | None = Footer("2026-11-21T09:40:34Z", 1),  # noqa: B008 - frozen
    *,
    tier: str = "smoke",
    embedded: bool = True,
    capture: bool = True,
) -> Path:
    """Write a whole run folder: gateway files, evidence (unless `capture` is False), records."""
    (folder / "gateways").mkdir(parents=True)
    for gateway in {gateway.name: gateway for gateway in (OPENAI, *gateways)}.values():
        (folder / "gateways" / f"{gateway.name}.toml").write_text(dumps(gateway), "utf-8")
    listed = b'{"object":"list","data":[{"id":"gpt-5.5"},{"id":"gpt-image-2"}]}'
    refused = b'{"error":{"message":"Incorrect API key","type":"invalid_request_error"}}'
    drawn = {"data": [{"b64_json": base64.b64encode(a_picture("blue")).decode()}]}
    form = FormBody((Part("prompt", b"Make it blue"), Part("image", a_picture("red"), "image.png", "image/png")))
    asked = {"model": "gpt-5.5", "input": "Draw a red square", "stream": True, "tools": [{"type": "image_generation"}]}
    lost = failure(Cause.UPSTREAM, "HTTP 503")
    for gateway in gateways if capture else ():
        _capture(
            folder,
            gateway.name,
            "list_models",
            [(Request("GET", "/models"), [([listed], 200, "application/json", None)])],
        )
        _capture(
            folder,
            gateway.name,
            "bogus_key",
            [
                (Request("GET", "/models", auth=Auth.BOGUS), [([refused], 401, "application/json", None)]),
                (
                    Request("GET", "/none", auth=Auth.NONE),
                    [([b"<html><script>alert(1)</script>"], 404, "text/html", None)],
                ),
            ],
        )
        _capture(
            folder,
            gateway.name,
            "stream_image",
            [
                (
                    Request("POST", "/responses", JsonBody(asked), buys=(Buy(),), streams=True),
                    [(_stream(), 200, "text/event-stream", None)],
                )
            ],
        )
        _capture(
            folder,
            gateway.name,
            "edit",
            [
                (
                    Request("POST", "/images/edits", form, buys=(Buy(),)),
                    [([], 503, "text/plain", lost), ([orjson.dumps(drawn)], 200, "application/json", None)],
                )
            ],
        )
    header = Header(
        STARTED, "0.1.0", tuple(gateway.name for gateway in gateways), tier, embedded, RunOptions(), {"httpx": "0.28.1"}
    )
    record.write(folder / "run.jsonl", header, records, footer)
    seal(folder)
    return folder
