"""A request that fails between answers to the same request is flaky; an outage or a single failure is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateprobe.evidence import BodyReader
from gateprobe.gateway import find, reference
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.model import Tier, Verdict
from gateprobe.plan.planning import Item
from gateprobe.record.file import Record
from tests.support.evidence.attempts import envelope
from tests.support.evidence.evidence_builders import honest
from tests.support.evidence.troubled import Becomes, cut, lost, status

GATEWAY = replace(find("openai"), embedded=True)
(ITEM,) = (Item(probe, GATEWAY, None) for probe in probes() if probe.id == "square_is_drawn")
NO_KEY = status(403, envelope("This account is disabled.", None, "account_disabled"))
BEGAN = datetime.fromisoformat("2026-11-30T12:00:00+00:00")


def _reader(data: bytes) -> BodyReader:
    return lambda _sha256: data


def in_turns(*turns: Becomes | None) -> Record:
    """Judge several repeats of a request for a square, 5 s apart, some of which fail."""
    (name,) = (run.id for run in ITEM.scenario_runs)
    (exchange,) = honest("openai", tier=Tier.NIGHTLY)[name].exchanges
    captured = {}
    for number, becomes in enumerate(turns, 1):
        last, data = becomes(exchange) if becomes else (exchange.last, exchange.body)
        last = replace(last, started_at=(BEGAN + timedelta(seconds=5 * number)).isoformat(timespec="milliseconds"))
        turn = name if number == 1 else f"{name}.r{number}"
        made = replace(exchange, attempts=(last,), read=_reader(data), scenario_run=turn)
        captured[turn] = replace(honest("openai", tier=Tier.NIGHTLY)[name], exchanges=(made,))
    return judge(ITEM, reference(), captured)


@pytest.mark.parametrize("becomes", [NO_KEY, status(503), lost(), cut(900)], ids=["403", "503", "reset", "cut"])
def test_two_of_six_that_fail_between_answers_are_flaky(becomes: Becomes) -> None:
    """The record is called flaky, with both numbers."""
    record = in_turns(None, None, becomes, None, None, becomes)
    assert (record.flaky, record.fault_kind) == (True, "gateway.flaky")
    assert record.reason.startswith("4 of 6 honoured")
    assert "flaky: 2 of 6 right requests" in record.reason


def test_failures_in_one_stretch_are_not_flaky() -> None:
    """An outage during two repeats does not change the verdict, and the reason states it."""
    record = in_turns(None, None, status(503), status(503), None, None)
    assert (record.verdict, record.flaky) == (Verdict.CONFIRMED, False)
    assert "2 of 6 repeats observed nothing" in record.reason


def test_a_single_failure_is_not_flaky() -> None:
    """One refusal of the key among six answers is stated, and does not change the verdict."""
    record = in_turns(None, None, NO_KEY, None, None, None)
    assert (record.verdict, record.flaky) == (Verdict.CONFIRMED, False)
    assert "1 of 6 repeats observed nothing" in record.reason
