"""The fourteen false greens and false reds that were seen elsewhere: none of them here."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.build import models, responses
from gateprobe.capture import AttemptLimits, Audited, Budget, capture
from gateprobe.cli import run as gateprobe
from gateprobe.evidence import Evidence
from gateprobe.formats.gateway_answer import promise
from gateprobe.gateway import Gateway, find, known, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.judging import judge_all
from gateprobe.model import Cause, Claim, Finding, Stance, Tier, Verdict
from gateprobe.plan.planning import Item, scenario_runs_of
from gateprobe.record import file as run_file
from gateprobe.record.file import Footer, Header, Record, Run, exit_code
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.scenario import Steps
from gateprobe.store.folder import read
from gateprobe.views.matrix import build_matrix
from gateprobe.views.tally import tally
from gateprobe.wire.sse import decode
from tests.support.loopback import (
    KEY,
    SWIFT,
    Answer,
    capture_one,
    gateway_at,
    raw_server,
    refusing_port,
    reply,
    sse,
    until_closed,
)

pytestmark = pytest.mark.slow

SURFACES = ("models.", "responses.", "images.", "stream.")
Wanted = Callable[[Item], bool]


def smoke(item: Item) -> bool:
    """Choose what a smoke audit asks."""
    return item.tier is Tier.SMOKE


def judged(
    folder: Path,
    gateway: Gateway,
    wanted: Wanted = smoke,
    *,
    secret: str = KEY,
    budget: Budget | None = None,
    limits: AttemptLimits = SWIFT,
) -> list[Record]:
    """Capture what some items of a gateway need, and judge them from disk."""
    items = [item for item in all_items([gateway], Settings()) if wanted(item)]
    audited = Audited(gateway, secret, scenario_runs_of(items), budget or Budget(), 8)
    capture([audited], folder, Redactor([secret]), limits)
    return judge_all(items, reference(), {gateway.name: read(folder, gateway.name)})


def answering(folder: Path, *answers: Answer, wanted: Wanted = smoke, limits: AttemptLimits = SWIFT) -> list[Record]:
    """Judge a gateway that always answers so."""
    with raw_server(*answers) as server:
        return judged(folder, gateway_at(server.url), wanted, limits=limits)


def of_surfaces(records: list[Record]) -> list[Record]:
    """Return the records about what a gateway draws and answers; keys and errors are judged apart."""
    of_them = [record for record in records if record.capability.startswith(SURFACES)]
    observable = [record for record in of_them if record.cause is not Cause.UNOBSERVABLE]
    assert len(observable) > 10
    return observable


def error(status: str, code: str, *headers: str) -> bytes:
    """Write an error answer in OpenAI's envelope."""
    body = {"error": {"message": "no", "type": code, "param": None, "code": code}}
    return reply(orjson.dumps(body), *headers, status=status)


def test_1_a_401_is_not_a_route_that_exists(tmp_path: Path) -> None:
    """Where every answer is 401, nothing but the refusal of keys is confirmed: the rest is unproven, for auth."""
    records = answering(tmp_path, error("401 Unauthorized", "invalid_api_key"))
    judged_records = of_surfaces(records)
    assert {record.verdict for record in judged_records} == {Verdict.UNPROVEN}
    assert {record.cause for record in judged_records} == {Cause.AUTH}
    assert any(record.capability.startswith("auth.") and record.verdict is Verdict.CONFIRMED for record in records)
    assert exit_code(records) == 10


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (error("429 Too Many Requests", "rate_limit_exceeded", "Retry-After: 0"), Cause.THROTTLED),
        (error("400 Bad Request", "moderation_blocked"), Cause.POLICY),
        (error("503 Service Unavailable", "server_error"), Cause.UPSTREAM),
        (error("402 Payment Required", "insufficient_quota"), Cause.QUOTA),
    ],
    ids=str,
)
def test_2_trouble_is_no_pass_and_no_failing(tmp_path: Path, answer: bytes, cause: Cause) -> None:
    """Throttling, policy, outages and empty accounts are unproven with their cause: neither green nor red."""
    records = answering(tmp_path, answer, limits=replace(SWIFT, longest_pause=0.1))
    judged_records = of_surfaces(records)
    assert {record.verdict for record in judged_records} == {Verdict.UNPROVEN}
    assert cause in {record.cause for record in judged_records}
    assert not [
        record
        for record in records
        if record.verdict is Verdict.CONTRADICTED and record.capability.startswith(SURFACES)
    ]
    assert exit_code(records) != 0


def test_3_what_never_reached_the_server_is_not_counted(tmp_path: Path) -> None:
    """A gateway that is not there has kept nothing and broken nothing, whatever a probe hoped to see."""
    gateway = gateway_at(f"http://127.0.0.1:{refusing_port()}")
    records = judged(tmp_path, gateway, lambda _: True, limits=replace(SWIFT, retries=0))
    assert len(records) > 100
    assert {record.verdict for record in records} == {Verdict.UNPROVEN}
    assert {record.cause for record in records} <= {Cause.NETWORK, Cause.UNOBSERVABLE, Cause.PREREQUISITE}
    assert exit_code(records) == 10
    gateways = {gateway.name: gateway, "openai": reference()}
    counts = tally(build_matrix(a_run(gateway, records), gateways, catalogue()), gateway.name)
    assert (counts.kept, counts.as_openai) == (0, 0)
    assert counts.outcome == "incomplete"


def a_run(gateway: Gateway, records: list[Record]) -> Run:
    """Return a run with some records."""
    return Run(Path(), Header("", "", (gateway.name,), "nightly"), tuple(records), Footer("", 0, {}))


def test_4_what_was_skipped_stays_in_the_denominator(tmp_path: Path) -> None:
    """The documented capabilities are as many whether all were judged, one, or none."""
    with serve("oversold") as served:
        gateway = replace(find("oversold"), base_url=served.url)
        records = judged(tmp_path, gateway, lambda item: item.probe.capability.startswith("models."), secret=served.key)
    assert any(record.verdict is Verdict.CONFIRMED for record in records)
    tallies = [
        tally(
            build_matrix(a_run(gateway, some), {gateway.name: gateway, "openai": reference()}, catalogue()),
            gateway.name,
        )
        for some in (records, records[:1], [])
    ]
    assert len({(gateway.documented, gateway.total, gateway.comparable) for gateway in tallies}) == 1
    assert tallies[0].documented > 50
    assert tallies[2].documented_not_run == tallies[2].documented
    assert f"of {tallies[0].documented} documented" in promise(tallies[0])


def test_5_a_timeout_is_not_unsupported(tmp_path: Path) -> None:
    """A gateway that is silent is unproven for its time, not absent and not broken."""
    limits = AttemptLimits(connect=5, first_byte=0.3, silence=0.3, total=5, retries=0)
    judged_records = of_surfaces(answering(tmp_path, until_closed, limits=limits))
    assert {record.verdict for record in judged_records} == {Verdict.UNPROVEN}
    assert Cause.TIMEOUT in {record.cause for record in judged_records}
    assert {record.cause for record in judged_records} <= {Cause.TIMEOUT, Cause.NETWORK, Cause.UPSTREAM}


def test_6_a_crash_of_ours_does_not_vanish(tmp_path: Path) -> None:
    """A probe that fails has its record all the same: unproven, for our own fault, and the run says so."""
    items = [item for item in all_items([gateway_at("http://127.0.0.1:9")], Settings()) if item.tier is Tier.SMOKE]

    def broken(_evidence: Evidence, _claim: Claim, *_: object) -> Finding:
        raise ZeroDivisionError

    crashing = [replace(item, probe=replace(item.probe, judge=broken)) for item in items]
    with raw_server(reply(b'{"object": "list", "data": []}')) as server:
        gateway = gateway_at(server.url)
        capture([Audited(gateway, KEY, scenario_runs_of(items))], tmp_path, Redactor([KEY]), SWIFT)
    records = judge_all(crashing, reference(), {"raw": read(tmp_path, "raw")})
    assert [record.item for record in records] == [item.id for item in items]
    crashed = [record for record in records if record.cause is Cause.HARNESS]
    assert crashed
    assert all("itself failed: ZeroDivisionError" in record.reason for record in crashed)
    assert exit_code(records) in (1, 11)


def test_7_every_attempt_is_kept(tmp_path: Path) -> None:
    """A 503 before a 200 stays in evidence with its body, beside the 200."""

    def once(gateway: Gateway) -> Steps:
        yield models(gateway)

    with raw_server(reply(b"down", "Connection: close", status="503 Down"), reply(b'{"data": []}')) as server:
        exchange = capture_one(tmp_path, gateway_at(server.url), once).last
    assert [attempt.status for attempt in exchange.attempts] == [503, 200]
    assert exchange.read(exchange.attempts[0].sha256) == b"down"


def test_8_a_filter_sends_nothing_for_what_it_hides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What -k leaves out is neither asked nor bought."""
    with serve("openai") as served:
        monkeypatch.setenv("GATEPROBE_API_KEY", served.key)
        out = ["--out", str(tmp_path / "run"), "-k", "models_are_listed"]
        assert gateprobe(["audit", served.url, *out]) == 0
        assert served.counters.log == (("GET", "/v1/models"),)
        assert served.counters.images == 0
    assert len(run_file.load(tmp_path / "run").records) == 1


def stream_of(*events: object) -> bytes:
    """Write events of a Responses stream."""
    return sse(*events)


def a_stream(folder: Path, body: bytes) -> Evidence:
    """Capture one stream, sent in pieces of a few bytes."""

    def steps(gateway: Gateway) -> Steps:
        yield responses(gateway, "hi", stream=True)

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
        for at in range(0, len(body), max(7, len(body) // 50)):
            connection.sendall(body[at : at + max(7, len(body) // 50)])

    with raw_server(answer) as server:
        return capture_one(folder, gateway_at(server.url), steps)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_9_no_frame_is_skipped_in_silence(tmp_path: Path, end: bytes) -> None:
    """Whatever ends its lines, every frame is counted; one that is no JSON is named, not passed over."""
    body = stream_of(
        {"type": "response.created", "sequence_number": 0}, {"type": "response.queued", "sequence_number": 1}
    )
    body = (body + b"event: response.odd\ndata: {not json\n\n").replace(b"\n", end)
    exchange = a_stream(tmp_path, body).last
    assert [frame.event for frame in exchange.frames] == ["response.created", "response.queued", "response.odd"]
    assert any(violation.event == 2 for violation in exchange.judged.violations)


def test_10_a_long_line_is_read_whole(tmp_path: Path) -> None:
    """A line of eight megabytes is one frame with all of its data."""
    picture = "A" * (8 << 20)
    exchange = a_stream(tmp_path, stream_of({"type": "response.image", "b64": picture}, {"type": "end"})).last
    first, second = exchange.frames
    assert orjson.loads(first.data)["b64"] == picture
    assert not first.flaws
    assert second.event == "end"


@pytest.mark.parametrize("name", ["openai", "vibeapi", "xai-router", "ofox"])
def test_11_what_is_declined_is_asked_too(name: str) -> None:
    """Every capability that a document declines is put to the proof by a request, or nobody outside can see it."""
    gateway = find(name)
    asked = {item.probe.capability for item in all_items([gateway], Settings(Tier.DEEP)) if item.scenario_runs}
    declined = {claim.capability for claim in gateway.claims.values() if claim.stance is Stance.DECLINED}
    assert name in known()
    unasked = declined - asked
    assert {capability for capability in unasked if not catalogue()[capability].unobservable} == set()


def test_12_a_right_shape_is_not_taken_for_the_deed(tmp_path: Path) -> None:
    """An answer that fits every schema and holds a picture of another size is a contradiction."""
    with serve("openai", faults=["param.size_ignored"]) as served:
        gateway = gateway_at(served.url)
        records = judged(tmp_path, gateway, lambda item: item.probe.id == "size_is_honoured", secret=served.key)
    wide = [record for record in records if record.value != "1024x1024"]
    assert wide
    assert {record.verdict for record in wide} == {Verdict.CONTRADICTED}
    assert all("1024x1024" in record.reason for record in wide)


def test_13_nothing_stands_between_the_probe_and_the_wire(tmp_path: Path) -> None:
    """What a server sent is what is stored and judged, to the byte: comments, odd spaces, fields that nobody knows."""
    body = b": hello\n\nid:1\nevent:  x\ndata:{ }\nodd: 1\n\nretry: x\n\ndata: [DONE]\r\n\r\n\xef\xbb\xbf\xff"
    exchange = a_stream(tmp_path, body).last
    assert exchange.body == body
    assert exchange.decoded == decode(body)
    root = Path(__file__).resolve().parents[2]
    files = [path for path in root.glob("gateprobe/**/*.py") if "clients" not in path.parts]
    for path in [*files, *root.glob("probes/**/*.py")]:
        text = path.read_text("utf-8")
        assert "import openai" not in text, path
        assert "httpx_sse" not in text, path


def test_14_the_references_do_not_know_the_questions() -> None:
    """The embedded gateways read no claim, no schema and no probe: an answer is never copied from its question."""
    root = Path(__file__).resolve().parents[2]
    files = sorted(root.glob("gateprobe/reference/**/*.py"))
    assert len(files) > 20
    for path in files:
        text = path.read_text("utf-8")
        for word in (
            "resources",
            "tomllib",
            "jsonschema",
            "gateprobe.gateway",
            "gateprobe.schema",
            "gateprobe.probe",
            ".toml",
        ):
            assert f"import {word}" not in text, path
            assert f"from {word}" not in text, path
