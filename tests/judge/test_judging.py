"""Judging: every item has a record, whatever a gateway sent; a fault of ours never looks like the gateway's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.evidence import Arrival, Attempt, Evidence, Exchange, Failure, MalformedAnswerError
from gateprobe.gateway import Gateway, find, reference
from gateprobe.judge.gathering import gather
from gateprobe.judge.judging import judge, judge_all
from gateprobe.message import verbatim
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    Level,
    Observed,
    Place,
    Scope,
    Stance,
    Tier,
    Verdict,
    honoured,
    ignored,
    verdict_of,
)
from gateprobe.plan.planning import Item, scenario_runs_of
from gateprobe.probe import Probe, Selection
from gateprobe.record.file import Record
from gateprobe.request import Request, Together, Transport
from gateprobe.scenario import ScenarioRun, answer_to

Answer = tuple[int | None, str, bytes, Failure | None]
"""Status, media type, body and failure of one attempt."""

_NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)  # an example takes half a second

KEYS = [
    "id",
    "object",
    "data",
    "error",
    "message",
    "type",
    "param",
    "code",
    "status",
    "output",
    "content",
    "text",
    "result",
    "b64_json",
    "url",
    "size",
    "quality",
    "model",
    "tools",
    "tool_choice",
    "usage",
    "input_tokens",
    "output_tokens",
    "total_tokens",
    "created",
    "created_at",
    "item",
    "item_id",
    "output_index",
    "sequence_number",
    "partial_image_b64",
    "partial_image_index",
    "response",
    "revised_prompt",
    "background",
    "output_format",
    "detail",
    "background_removed",
    "name",
    "role",
    "summary",
    "annotations",
    "logprobs",
    "part",
    "delta",
]
WORDS = [
    "list",
    "model",
    "response",
    "image_generation_call",
    "message",
    "output_text",
    "completed",
    "in_progress",
    "failed",
    "response.created",
    "response.completed",
    "response.output_item.added",
    "response.output_item.done",
    "image_generation.completed",
    "error",
    "response.image_generation_call.partial_image",
    "image_generation.partial_image",
    "text/event-stream",
    "gpt-image-2",
    "png",
    "1024x1024",
    "data:image/png;base64,",
    "AAAA",
    "iVBORw0KGgo=",
    "https://x.invalid/a.png",
    "../../../etc/passwd",
    "\u202e",
    "<script>",
    "2026",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([*WORDS, "", " ", "\x00\x1b[31m", "0", "-1", "1e400"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=25,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)


def stream_of(events: list[Json]) -> bytes:
    """Write values as a stream, named by their type where they have one."""
    lines = []
    for event in events:
        kind = event.get("type") if isinstance(event, dict) else None
        named = b"event: " + kind.encode() + b"\n" if isinstance(kind, str) and kind.isprintable() else b""
        lines.append(named + b"data: " + orjson.dumps(event) + b"\n\n")
    return b"".join(lines)


BODIES = st.one_of(
    OBJECTS.map(orjson.dumps),
    VALUES.map(orjson.dumps),
    st.lists(OBJECTS | VALUES, max_size=6).map(stream_of),
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b"[" * 3000, b'{"error":' * 900, b"<html>", b"data: [DONE]\n\n", b"data: " + b"[" * 5000 + b"\n\n"]
    ),
)
KINDS = st.sampled_from(["application/json", "text/event-stream", "text/html", "image/png", "", "\x00;;="])
STATUSES = st.sampled_from([200, 200, 200, 201, 204, 302, 400, 401, 404, 422, 429, 500, 502, 999])
FAILURES = st.none() | st.builds(Failure, st.sampled_from([Cause.NETWORK, Cause.TIMEOUT]), st.just(verbatim("why")))
ANSWERS = st.tuples(STATUSES, KINDS, BODIES, FAILURES) | st.tuples(
    st.none(), st.just(""), st.just(b""), FAILURES.filter(bool)
)


@cache
def items_of(name: str) -> tuple[Item, ...]:
    """Return every item of a gateway at the deepest tier."""
    return all_items([find(name)], Settings(Tier.DEEP))


def exchange_of(step: int, request: Request, answer: Answer) -> Exchange:
    """Return an exchange as if an answer had come."""
    status, kind, body, failure = answer
    over_websocket = request.transport is Transport.WEBSOCKET and status == 200
    attempt = Attempt(
        0,
        "2026-11-21T10:00:00.000+00:00",
        5.0,
        101 if over_websocket else status,
        headers=(("content-type", kind),),
        head_ms=1.0,
        sha256=hashlib.sha256(body).hexdigest() if body else "",
        length=len(body),
        arrivals=(Arrival(len(body) // 2, 2.0), Arrival(len(body), 4.0)) if body else (),
        failure=failure,
    )
    return Exchange(step, request, (attempt,), lambda _: body)


def played(scenario_run: ScenarioRun, gateway: Gateway, answer: Callable[[], Answer]) -> Evidence:
    """Play a scenario against made-up answers, as the engine does."""
    exchanges: list[Exchange] = []
    steps = scenario_run.start(gateway)
    try:
        asked = next(steps)
        while len(exchanges) < 60:
            first = len(exchanges)
            for request in asked.requests if isinstance(asked, Together) else (asked,):
                exchanges.append(exchange_of(len(exchanges), request, answer()))
            asked = steps.send(answer_to(exchanges[first:]))
    except StopIteration:
        return Evidence(gateway.name, scenario_run.id, scenario_run.value, tuple(exchanges))
    except MalformedAnswerError as missing:
        blocked = Failure(Cause.PREREQUISITE, missing.message)
        return Evidence(gateway.name, scenario_run.id, scenario_run.value, tuple(exchanges), blocked)
    return Evidence(gateway.name, scenario_run.id, scenario_run.value, tuple(exchanges))


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=list(HealthCheck), phases=_NO_SHRINKING)
@given(name=st.sampled_from(["openai", "vibeapi", "ofox"]), answers=st.lists(ANSWERS, min_size=1, max_size=5))
def test_nothing_that_a_gateway_sends_is_a_fault_of_ours(name: str, answers: list[Answer]) -> None:
    """Whatever comes, every scenario ends, every item has a record with one sentence, and none blames us."""
    gateway, turn = find(name), iter(range(10**9))
    items = items_of(name)
    captured = {
        scenario_run.id: played(scenario_run, gateway, lambda: answers[next(turn) % len(answers)])
        for scenario_run in scenario_runs_of(items)
    }
    records = judge_all(items, reference(), {name: captured})
    assert [entry.item for entry in records] == [item.id for item in items]
    ours = {f"{entry.probe}: {entry.reason}" for entry in records if entry.cause is Cause.HARNESS}
    assert ours == set()
    for record in records:
        assert record.reason
        assert record.reason.isprintable(), (record.probe, record.reason)
        assert len(record.reason) < 1200, (record.probe, record.reason)


def an_item(judging: Callable[..., Finding], **changes: Any) -> Item:
    """Return an item whose probe judges so."""
    item = next(entry for entry in items_of("openai") if entry.probe.id == "models_are_listed")
    return replace(item, probe=replace(item.probe, judge=judging, takes_value=False, **changes))


GOOD: Answer = (200, "application/json", b'{"object": "list", "data": []}', None)


def evidence_for(item: Item, *answers: Answer) -> dict[str, Evidence]:
    """Return evidence of what an item needs."""
    turn = iter(range(1000))
    return {
        scenario_run.id: played(scenario_run, item.gateway, lambda: answers[next(turn) % len(answers)])
        for scenario_run in scenario_runs_of([item])
    }


@pytest.mark.parametrize("finding", [honoured("yes, 1 of 1"), ignored("answer.fields", "no, 0 of 1")])
def test_a_finding_becomes_a_record(finding: Finding) -> None:
    """What the probe says stands in the record, with both verdicts by the table."""
    item = an_item(lambda *_: finding)
    result = judge(item, reference(), evidence_for(item, GOOD))
    assert (result.observed, result.reason) == (finding.observed, finding.reason)
    assert result.verdict is verdict_of(Stance.OFFERED, finding.observed)
    assert result.reference is result.verdict
    assert result.compatible is (finding.observed is Observed.HONOURED)
    assert result.evidence == tuple(scenario_run.id for scenario_run in item.scenario_runs)


@pytest.mark.parametrize("error", [ZeroDivisionError("x"), KeyError("k"), AttributeError("\x1b[31m"), AssertionError()])
def test_a_fault_of_a_probe_is_ours(error: Exception) -> None:
    """A probe that fails is unproven for our own fault, said on one printable line."""

    def broken(*_: object) -> Finding:
        raise error

    result = judge(item := an_item(broken), reference(), evidence_for(item, GOOD))
    assert (result.verdict, result.cause) == (Verdict.UNPROVEN, Cause.HARNESS)
    assert result.reason.isprintable()
    assert type(error).__name__ in result.reason


@pytest.mark.parametrize("error", [MalformedAnswerError("answer.fields", "`data` is missing"), RecursionError()])
def test_an_answer_that_cannot_be_read_is_the_gateways(error: Exception) -> None:
    """What is not as promised, or nested beyond reading, is malformed: it was the gateway that sent it."""

    def unreadable(*_: object) -> Finding:
        raise error

    result = judge(item := an_item(unreadable), reference(), evidence_for(item, GOOD))
    assert result.observed is Observed.MALFORMED


CUT_SHORT = "the stream ended without response.completed"
BEGUN = stream_of([{"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}}])


def judged_alone(probe: str, body: bytes) -> Record:
    """Judge one probe of openai of a stream that is all that came."""
    item = next(entry for entry in items_of("openai") if entry.probe.id == probe)
    stream: Answer = (200, "text/event-stream", body, None)
    return judge(
        item,
        reference(),
        {scenario_run.id: played(scenario_run, item.gateway, lambda: stream) for scenario_run in item.scenario_runs},
    )


@pytest.mark.parametrize("probe", ["usage_adds_up", "tool_usage_adds_up", "tool_is_echoed_as_sent"])
def test_what_only_the_last_event_tells_is_unproven_without_it(probe: str) -> None:
    """A stream that never completed contradicts nothing that only its end could have told."""
    record = judged_alone(probe, BEGUN)
    assert (record.observed, record.cause, record.reason) == (Observed.UNOBSERVED, Cause.PREREQUISITE, CUT_SHORT)
    assert record.caused_by == "stream.terminal"


def test_a_stream_without_its_end_is_the_fault_of_one_capability() -> None:
    """The capability that a stream comes and completes is what a stream without its end contradicts."""
    record = judged_alone("text_is_streamed", BEGUN)
    assert (record.observed, record.reason) == (Observed.MALFORMED, CUT_SHORT)


@pytest.mark.parametrize("probe", ["frames_are_sound", "ids_stay", "events_are_in_order"])
def test_an_empty_stream_breaks_no_rule_of_frames_and_keeps_none(probe: str) -> None:
    """A stream of no byte contradicts its end alone, and confirms nothing."""
    assert judged_alone(probe, b"").cause is Cause.PREREQUISITE
    assert judged_alone("streams_end_once", b"").observed is Observed.MALFORMED


def test_a_selection_that_fails_is_ours() -> None:
    """Also where a choice of evidence fails, the record is there, and says whose fault it is."""

    def failing(_: Exchange) -> bool:
        raise ZeroDivisionError

    item = an_item(lambda *_: honoured("x"))
    needs = Selection("all", tuple(scenario_run.scenario for scenario_run in item.scenario_runs), failing)
    item = replace(item, probe=replace(item.probe, needs=needs))
    result = judge(item, reference(), evidence_for(item, GOOD))
    assert (result.verdict, result.cause) == (Verdict.UNPROVEN, Cause.HARNESS)


def test_a_record_names_the_exchange_that_decided() -> None:
    """A finding names its exchange; one that names none is about the only exchange, or about all of several."""

    def second(evidence: Evidence, claim: Claim) -> Finding:  # noqa: ARG001 - a probe is given both
        asked = evidence.noted("second")
        return ignored("param.n_ignored", "no").at(asked.place) if asked else honoured("yes")

    item = an_item(second)
    scenario_runs = evidence_for(item, GOOD)
    name, entry = next(iter(scenario_runs.items()))
    first = entry.exchanges[0]
    later = replace(first, step=1, request=replace(first.request, note="second"))
    result = judge(item, reference(), {name: replace(entry, exchanges=(first, later, first))})
    assert (result.observed, result.place) == (Observed.IGNORED, Place("", 1))
    assert judge(item, reference(), scenario_runs).place == Place("", 0)
    assert judge(item, reference(), {name: replace(entry, exchanges=(first, first))}).place is None


@pytest.mark.parametrize("level", Level)
def test_the_level_of_a_record_is_that_of_its_probe(level: Level) -> None:
    """A probe may be less than its capability, and a record says how much it is about."""
    item = an_item(lambda _evidence, _claim: honoured("yes"), level=level)
    assert judge(item, reference(), evidence_for(item, GOOD)).level is level


def test_the_exchange_that_decided_may_be_of_another_scenario() -> None:
    """A finding keeps the place that it names, also where the probe's own evidence is a single exchange."""
    elsewhere = Place("another", 3)
    item = an_item(lambda _evidence, _claim: ignored("param.n_ignored", "no").at(elsewhere))
    assert judge(item, reference(), evidence_for(item, GOOD)).place == elsewhere


def test_the_scope_is_that_of_the_request_that_decided() -> None:
    """Of a question that was asked twice, also a finding about the second turn names its kind of request."""

    def second(evidence: Evidence, claim: Claim) -> Finding:  # noqa: ARG001 - a probe is given both
        again = evidence.exchanges[0].scenario_run.endswith(".r2")
        return ignored("models.list_wrong", "no") if again else honoured("yes")

    item = an_item(second)
    ((name, entry),) = evidence_for(item, GOOD).items()
    turns = {
        turn: replace(entry, exchanges=(replace(entry.exchanges[0], scenario_run=turn),))
        for turn in (name, f"{name}.r2")
    }
    record = judge(item, reference(), turns)
    assert (record.observed, record.flaky) == (Observed.IGNORED, True)
    assert record.scope == Scope("GET", "/models", streaming=False)


def test_a_selection_takes_what_fits_from_every_scenario() -> None:
    """A selection is answered by all exchanges that fit, and names the scenarios they come from."""
    item = an_item(lambda *_: honoured("x"))
    scenario_runs = scenario_runs_of(
        entry for entry in items_of("openai") if entry.probe.id in {"models_are_listed", "listed_model_is_found"}
    )
    captured = {scenario_run.id: played(scenario_run, item.gateway, lambda: GOOD) for scenario_run in scenario_runs}
    needs = Selection("all lists", (scenario_runs[0].scenario,), lambda exchange: exchange.request.path == "/models")
    result, names = gather(replace(item, probe=replace(item.probe, needs=needs)), captured)
    assert len(result.exchanges) == 2
    assert set(names) == set(captured)


def test_an_answer_that_several_scenarios_took_over_counts_once() -> None:
    """A combined picture is evidence of each scenario that it stands for, and one exchange of a selection."""
    item = an_item(lambda *_: honoured("x"))
    (entry,) = evidence_for(item, GOOD).values()
    names = ("combined_edits", "edited_picture", "several_edits")
    captured = {name: replace(entry, scenario=name) for name in names}
    needs = Selection("all lists", (), lambda exchange: exchange.request.path == "/models")
    result, scenarios = gather(replace(item, probe=replace(item.probe, needs=needs)), captured)
    assert len(result.exchanges) == 1
    assert scenarios == ("combined_edits",)


def test_nothing_captured_is_a_prerequisite() -> None:
    """An item whose scenario was never run is unproven, not absent."""
    item = an_item(lambda *_: honoured("x"))
    result = judge(item, reference(), {})
    assert (result.verdict, result.cause) == (Verdict.UNPROVEN, Cause.PREREQUISITE)


def test_a_silent_reference_compares_nothing() -> None:
    """Where OpenAI says nothing, or nothing was seen, there is no second verdict."""
    silent = replace(reference(), claims={})
    item = an_item(lambda *_: honoured("x"))
    assert judge(item, silent, evidence_for(item, GOOD)).compatible is None
    assert judge(item, reference(), {}).compatible is None


def test_the_claim_is_the_gateways_own() -> None:
    """A probe is given the claim of the gateway it is asked of, then OpenAI's."""
    seen: list[Claim] = []

    def looking(_evidence: Evidence, claim: Claim) -> Finding:
        seen.append(claim)
        return honoured("x")

    item = an_item(looking)
    own = Claim(item.probe.capability, Stance.DECLINED)
    gateway = replace(item.gateway, claims={item.probe.capability: own})
    result = judge(replace(item, gateway=gateway), reference(), evidence_for(item, GOOD))
    assert [claim.stance for claim in seen] == [Stance.DECLINED, Stance.OFFERED]
    assert (result.stance, result.verdict, result.compatible) == (Stance.DECLINED, Verdict.UNDECLARED, True)
    assert isinstance(item.probe, Probe)
