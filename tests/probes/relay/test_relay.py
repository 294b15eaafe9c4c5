"""Each probe of a relay is satisfied by an honest one, and contradicted where the two sides differ in its matter.

The honest relay is a real one on loopback; the differences are made in its stored evidence, one for each capability.
`benchmarks/relay.py` audits real relays with one fault each, a few of which are here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.audit.stored.run_file import all_items
from gateprobe.evidence import Arrival, Evidence, Exchange, KeyUsed, UpstreamExchange
from gateprobe.gateway import reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.model import Tier, Verdict
from gateprobe.record.file import Record, Run
from gateprobe.reference.upstream import plays
from gateprobe.scenario import SCENARIOS
from gateprobe.store.folder import read, read_gateway
from tests.support.passing.audits import UPSTREAM_KEY, audit_relay
from tests.support.passing.faults import FAULTS
from tests.support.passing.relay import CLIENT_KEY

pytestmark = pytest.mark.slow

OWN: Final = tuple(probe for probe in probes(relay=True) if catalogue(relay=True)[probe.capability].both_sides)

Change = Callable[[Exchange], Exchange]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return an audit of the honest relay."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plays, "LATE", 0.3)
        return audit_relay(tmp_path_factory.mktemp("relay") / "run", chaos=True, jobs=2, tier=Tier.DEEP)


def behind(change: Callable[[UpstreamExchange], UpstreamExchange]) -> Change:
    """Return a change of what the upstream received and sent."""
    return lambda exchange: replace(exchange, upstream=tuple(map(change, exchange.upstream)))


def _with_body(name: str, change: Callable[[bytes], bytes], upstream: UpstreamExchange) -> UpstreamExchange:
    old = upstream.request_body if name == "received" else upstream.body
    new, sha256 = change(old), "0" * 64
    values: dict[str, Any] = {name: sha256, "read": lambda sha: new if sha == sha256 else upstream.read(sha)}
    return replace(upstream, **values)


def received(change: Callable[[bytes], bytes]) -> Change:
    """Return a change of the body that the upstream received."""
    return behind(partial(_with_body, "received", change))


def sent(change: Callable[[bytes], bytes]) -> Change:
    """Return a change of the body that the upstream sent."""
    return behind(partial(_with_body, "sent", change))


def in_json(**values: Any) -> Callable[[bytes], bytes]:
    """Return a change of the fields of a JSON body; None drops one."""

    def change(body: bytes) -> bytes:
        merged = orjson.loads(body or b"{}") | values
        return orjson.dumps({name: value for name, value in merged.items() if value is not None})

    return change


def answered_at(times: Callable[[float], float]) -> Change:
    """Return a change of the times at which the client received an answer."""

    def change(exchange: Exchange) -> Exchange:
        arrivals = tuple(Arrival(end, times(ms)) for end, ms in exchange.last.arrivals)
        return replace(exchange, attempts=(replace(exchange.last, arrivals=arrivals),))

    return change


def received_as(**values: Any) -> Change:
    """Return a change of the last attempt of the client."""
    return lambda exchange: replace(exchange, attempts=(replace(exchange.last, **values),))


def _without_errors(exchange: Exchange) -> Exchange:
    body = exchange.body.partition(b"event: error")[0]
    return replace(exchange, read=lambda _: body)


def _without_comments(exchange: Exchange) -> Exchange:
    body = exchange.body.replace(b": ping\n\n", b"")
    return replace(exchange, read=lambda _: body)


def _without_names(exchange: Exchange) -> Exchange:
    body = re.sub(rb"(?m)^event: .*\n", b"", exchange.body)
    return replace(exchange, read=lambda _: body)


def _twice(exchange: Exchange) -> Exchange:
    return replace(exchange, upstream=exchange.upstream * 2)


def _apart(exchange: Exchange) -> Exchange:
    number = ("red", "blue", "green", "yellow").index(exchange.request.note)
    return replace(exchange, upstream=(replace(exchange.upstream[0], started=1e9 + 100 * number),))


def _header(name: str, value: str) -> Change:
    def change(upstream: UpstreamExchange) -> UpstreamExchange:
        kept = tuple(pair for pair in upstream.answer_headers if pair[0] != name)
        return replace(upstream, answer_headers=(*kept, (name, value)))

    return behind(change)


def _bad(play: str) -> str:
    return SCENARIOS["relay_bad_upstream"].of(play).id


_ERROR: Final = orjson.dumps({"error": {"message": "No.", "type": "t", "code": "c", "param": "size"}})

DIFFERENCES: Final[Mapping[str, tuple[str, str, Change]]] = {
    "relay.forwarded": ("relay_edit", "not_forwarded", lambda x: replace(x, upstream=())),
    "relay.endpoint": ("relay_edit", "translated", behind(lambda u: replace(u, path="/v1/chat/completions"))),
    "relay.prompt": ("relay_picture", "prompt_changed", received(in_json(prompt="A red square."))),
    "relay.generations.parameters": ("relay_picture", "parameter_dropped", received(in_json(quality=None))),
    "relay.edits.parameters": ("relay_edit", "parameter_changed", received(lambda b: b.replace(b"low", b"high"))),
    "relay.responses.parameters": ("relay_response", "parameter_changed", received(in_json(store=False))),
    "relay.labels": ("relay_response", "label_lost", received(in_json(metadata=None))),
    "relay.nothing_added": ("relay_pictures", "injected", received(in_json(user="relay"))),
    "relay.model": ("relay_pictures", "model_changed", received(in_json(model="gpt-image-1.5"))),
    "relay.files": ("relay_edit", "file_changed", received(lambda b: b.replace(b" second.png", b".png"))),
    "relay.client_key": ("relay_edit", "key_leaked", behind(lambda u: replace(u, key=KeyUsed.CLIENT))),
    "relay.single_request": ("relay_edit", "repeated", _twice),
    "relay.n": ("relay_pictures", "split", lambda x: _twice(received(in_json(n=1))(x))),
    "relay.large_file": ("relay_large_file", "size_limited", lambda x: replace(x, upstream=(), unassigned=0)),
    "relay.compressed": ("relay_compressed~images", "encoding_lost", lambda x: replace(x, read=lambda _: b"\x1f\x8b")),
    "relay.not_cached": ("relay_again", "cached", lambda x: replace(x, upstream=()) if x.step else x),
    "relay.parallel": ("relay_together", "serialised", _apart),
    "relay.status": ("relay_refusals", "status_changed", behind(lambda u: replace(u, status=418))),
    "relay.errors": ("relay_refusals", "error_changed", sent(lambda _: _ERROR)),
    "relay.pictures": ("relay_picture", "picture_changed", sent(lambda b: b.replace(b':"iVBOR', b':"iVBOS'))),
    "relay.answer": ("relay_picture", "answer_changed", sent(in_json(created=1))),
    "relay.usage": ("relay_picture", "usage_changed", sent(in_json(usage={"total_tokens": 1}))),
    "relay.content_type": ("relay_picture", "content_type_changed", _header("content-type", "text/plain")),
    "relay.request_id": ("relay_picture", "request_id_lost", _header("x-request-id", "req_of_the_upstream")),
    "relay.streaming": ("relay_picture_stream", "not_streamed", _header("content-type", "application/json")),
    "relay.events": ("relay_picture_stream", "events_changed", sent(lambda b: b.partition(b"\n\n")[2])),
    "relay.event_names": (
        "relay_picture_stream",
        "event_names_lost",
        _without_names,
    ),
    "relay.immediate": ("relay_slow_stream~images", "held_back", answered_at(lambda _: 5000.0)),
    "relay.pings": ("relay_pings~images", "pings_dropped", _without_comments),
    "relay.delay": ("relay_slow_stream~images", "slow", answered_at(lambda ms: ms + 2000)),
    "relay.disconnect": (
        "relay_leaving~images",
        "kept_open",
        behind(lambda u: replace(u, left_ms=None, ended=True, elapsed_ms=60_000.0)),
    ),
    "relay.upstream.rate_limit": (_bad("rate_limit"), "retry_after_lost", received_as(headers=())),
    "relay.upstream.server_error": (_bad("server_error"), "repeated", _twice),
    "relay.upstream.unavailable": (_bad("unavailable"), "status_changed", received_as(status=502)),
    "relay.upstream.moderation": (_bad("moderation"), "error_changed", sent(lambda _: _ERROR)),
    "relay.upstream.key_refused": (_bad("key_refused"), "status_changed", received_as(status=200)),
    "relay.upstream.cut_stream": (_bad("cut_stream"), "cut_hidden", received_as(failure=None)),
    "relay.upstream.cut_answer": (_bad("cut_answer"), "repeated", _twice),
    "relay.upstream.error_event": (_bad("error_event"), "error_lost", _without_errors),
    "relay.upstream.late": (
        "relay_late",
        "gave_up",
        lambda x: behind(lambda u: replace(u, left_ms=60_000.0))(replace(x, attempts=(replace(x.last, status=504),))),
    ),
    "relay.upstream.large_picture": (
        "relay_large_picture~whole",
        "picture_lost",
        sent(lambda b: b.replace(b"AA", b"AB")),
    ),
    "relay.websocket": ("relay_words_socket", "events_changed", behind(lambda u: replace(u, pieces=u.pieces[:-1]))),
}
"""For each capability, the scenario whose sides differ, the fault kind without its family, and the difference."""


def judged(
    run: Run, capabilities: Collection[str], change: Callable[[Mapping[str, Evidence]], Mapping[str, Evidence]]
) -> list[Record]:
    """Return the records of capabilities, judged by changed evidence."""
    (name,) = run.header.gateways
    gateway = read_gateway(run.folder, name)
    captured = change(read(run.folder, name))
    items = [
        item
        for item in all_items([gateway], Settings(Tier.DEEP, relay=True, chaos=True))
        if item.probe.capability in capabilities
    ]
    return [judge(item, reference(), captured) for item in items]


def changed(scenario: str, change: Change, captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
    """Return evidence in which the exchanges of one scenario are changed."""
    evidence = captured[scenario]
    return {**captured, scenario: replace(evidence, exchanges=tuple(map(change, evidence.exchanges)))}


def test_an_honest_relay_keeps_every_promise(run: Run) -> None:
    """Every capability of a relay is confirmed, and the run is complete."""
    assert [(r.item, r.reason) for r in run.records if r.verdict is not Verdict.CONFIRMED] == []
    assert {record.probe for record in run.records} == {probe.id for probe in OWN}
    assert run.footer is not None
    assert run.footer.exit_code == 0


@pytest.mark.parametrize("capability", DIFFERENCES)
def test_a_difference_is_found_at_its_capability(run: Run, capability: str) -> None:
    """By its fault kind, and with the values of both sides."""
    scenario, kind, change = DIFFERENCES[capability]
    records = judged(run, {capability}, partial(changed, scenario, change))
    wrong = [record for record in records if record.verdict is Verdict.CONTRADICTED]
    assert [record.fault_kind for record in wrong] == [f"relay.{kind}"]
    sides = (
        "by the client",
        "by the upstream",
        "the client left",
        "the gateway adds",
        "twice",
        "expected the upstream's",
    )
    assert any(side in wrong[0].reason for side in sides)


def test_pictures_of_another_request_are_found(run: Run) -> None:
    """Of two requests of the same moment, each receives the picture of the other."""

    def swapped(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
        evidence = captured["relay_together"]
        first, second, *rest = evidence.exchanges
        pair = (replace(first, upstream=second.upstream), replace(second, upstream=first.upstream))
        return {**captured, "relay_together": replace(evidence, exchanges=(*pair, *rest))}

    (record,) = judged(run, {"relay.own_answer"}, swapped)
    assert (record.verdict, record.fault_kind) == (Verdict.CONTRADICTED, "relay.mixed_up")


def test_a_request_that_is_forwarded_late_is_found(run: Run) -> None:
    """Although each event is passed on at once."""

    def late(exchange: Exchange) -> Exchange:
        arrivals = tuple(Arrival(end, ms + 300) for end, ms in exchange.last.arrivals)
        last = replace(exchange.last, arrivals=arrivals, elapsed_ms=exchange.last.elapsed_ms + 300)
        behind = tuple(replace(upstream, started=upstream.started + 0.3) for upstream in exchange.upstream)
        return replace(exchange, attempts=(last,), upstream=behind)

    records = judged(run, {"relay.delay"}, partial(changed, "relay_slow_stream~images", late))
    assert [record.fault_kind for record in records if record.verdict is Verdict.CONTRADICTED] == ["relay.slow"]


def test_an_answer_that_fails_at_once_is_no_lack_of_patience(run: Run) -> None:
    """A gateway whose answer comes after the upstream's has waited."""

    def failed(exchange: Exchange) -> Exchange:
        late = exchange.upstream[0].ended_at - exchange.last.started + 0.1
        return replace(exchange, attempts=(replace(exchange.last, status=500, elapsed_ms=1000 * late),))

    (record,) = judged(run, {"relay.upstream.late"}, partial(changed, "relay_late", failed))
    assert (record.verdict, record.caused_by) == (Verdict.UNPROVEN, "relay.status")


def test_an_id_that_leads_nowhere_is_found(run: Run) -> None:
    """The client's id is another one, and no response has it."""

    def renamed(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
        evidence = captured["relay_response"]
        answer = sent(in_json(id="resp_of_the_upstream"))(evidence.exchanges[0])
        lost = replace(evidence.exchanges[1], attempts=(replace(evidence.exchanges[1].last, status=404),))
        return {**captured, "relay_response": replace(evidence, exchanges=(answer, lost))}

    (record,) = judged(run, {"relay.ids"}, renamed)
    assert (record.verdict, record.fault_kind) == (Verdict.CONTRADICTED, "relay.id_changed")


def test_every_probe_of_a_relay_has_a_difference() -> None:
    """None is left without a proof."""
    alone = {"relay.own_answer", "relay.ids"}
    assert {probe.capability for probe in OWN} == DIFFERENCES.keys() | alone


def test_every_probe_has_a_relay_with_its_fault() -> None:
    """`benchmarks/relay.py` audits each of them."""
    assert {probe.capability for probe in OWN} == {fault.capability for fault in FAULTS.values()}
    assert len(FAULTS) >= 100


def test_nothing_to_compare_is_never_judged(run: Run) -> None:
    """Without the upstream's log, no capability of a relay is green or red."""

    def bare(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
        def alone(exchange: Exchange) -> Exchange:
            return replace(exchange, relayed=False, upstream=())

        return {
            name: replace(evidence, exchanges=tuple(map(alone, evidence.exchanges)))
            for name, evidence in captured.items()
        }

    verdicts = {record.verdict for record in judged(run, {probe.capability for probe in OWN}, bare)}
    assert verdicts == {Verdict.UNPROVEN}


def test_a_run_is_judged_again_from_its_folder(run: Run) -> None:
    """With the same verdicts and sentences."""
    assert [(r.item, r.verdict, r.message) for r in rejudged(run).records] == [
        (r.item, r.verdict, r.message) for r in run.records
    ]


def test_no_file_of_a_run_has_a_key_of_either_side(run: Run) -> None:
    """Neither as it is, nor the invented ones that differ by one character."""
    contents = [path.read_bytes() for path in run.folder.rglob("*") if path.is_file()]
    found = [key for key in (CLIENT_KEY, UPSTREAM_KEY) for content in contents if key[:-1].encode() in content]
    assert contents
    assert found == []


SAMPLE: Final = ("drops_user",)


@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_of_a_real_relay_is_found(tmp_path: Path, name: str) -> None:
    """Over real sockets; the benchmark repeats all of them."""
    fault = FAULTS[name]
    run = audit_relay(tmp_path / "run", fault, (fault.capability,), max_requests=50)
    wrong = [record for record in run.records if record.verdict is Verdict.CONTRADICTED]
    assert {(record.capability, record.fault_kind) for record in wrong} == {(fault.capability, fault.kind)}
