"""Probes of tasks are satisfied by honest relays, in each dialect as far as its document speaks of it."""

from __future__ import annotations

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.evidence import Delivered, Evidence, Exchange, deliver
from gateprobe.gateway import find
from gateprobe.library import probes
from gateprobe.model import Claim, Observed, Seen, Stance, Tier, Verdict
from gateprobe.plan.planning import items_for
from gateprobe.record.file import Record
from gateprobe.reference import Fault, serve
from gateprobe.reference.http.exchange import Answer, IncomingRequest
from tests.evidence.test_delivery import GATEWAY, LINK, ordered, polled
from tests.support.relays.tasks import gateway_file, relay

HONEST: Final = (
    "order_is_answered_with_a_task",
    "order_names_its_location",
    "order_says_when_to_poll",
    "polls_are_answered",
    "task_can_be_polled",
    "states_are_documented",
    "states_come_in_order",
    "finished_task_is_final",
    "finished_task_is_kept",
    "other_key_reads_no_task",
    "unknown_task_is_not_found",
    "failed_task_gives_its_reason",
    "repeated_order_is_one_task",
)
"""The probes of tasks."""

PROBES: Final = {probe.id: probe for probe in probes() if probe.id in HONEST}


def records_of(folder: Path, dialect: str, fault: Fault | None = None) -> dict[str, Record]:
    """Audit a relay by its file, which promises all that the probes of tasks judge; return the records by probe."""
    capabilities = tuple(dict.fromkeys(PROBES[name].capability for name in HONEST))
    claims = {name: Claim(name, Stance.OFFERED) for name in capabilities}
    with serve(relay(dialect), faults=[fault] if fault is not None else []) as served:
        gateway = replace(gateway_file(dialect), base_url=served.url, claims=claims)
        target = Target(gateway, served.key)
        finished = audit([target], Settings(Tier.NIGHTLY), folder, select=ItemFilter(capabilities))
    return {record.probe: record for record in finished.run.records}


@pytest.mark.slow
def test_an_honest_relay_satisfies_every_probe(tmp_path: Path) -> None:
    """One dialect has the headers and checks orders at once, another fails a wrong order's task."""
    records = records_of(tmp_path / "a", "sub2api")
    honoured = {name for name, record in records.items() if record.observed is Observed.HONOURED}
    assert honoured == set(HONEST) - {"failed_task_gives_its_reason"}
    late = records_of(tmp_path / "b", "toapis")
    assert late["failed_task_gives_its_reason"].observed is Observed.HONOURED
    contradicted = {name for name, record in late.items() if record.verdict is Verdict.CONTRADICTED}
    assert contradicted == {"order_names_its_location", "order_says_when_to_poll"}  # this dialect has no such headers


@pytest.mark.slow
def test_another_status_than_404_is_told(tmp_path: Path) -> None:
    """A task that does not exist is refused with 400."""

    def refuse(_sent: IncomingRequest, answer: Answer) -> Answer:
        return replace(answer, status=400) if answer.status == 404 else answer

    record = records_of(tmp_path, "sub2api", Fault("test", "", answer=refuse))["unknown_task_is_not_found"]
    assert record.fault_kind == "errors.status_wrong"


def test_nothing_is_asked_about_tasks_that_no_file_declares() -> None:
    """OpenAI's audit has no item about tasks."""
    assert items_for(find("openai"), [PROBES[name] for name in HONEST], Tier.DEEP) == ()


def test_an_order_that_is_held_is_told(delivered: Delivered) -> None:
    """The time to the answer counts against the documented seconds, or ten."""
    assert delivered.order is not None
    attempt = replace(delivered.order.last, elapsed_ms=4000.0)
    held = replace(delivered, order=replace(delivered.order, attempts=(attempt,)))
    evidence = Evidence("relay", "orders", None, (held,))
    judge = PROBES["order_is_answered_with_a_task"].judge
    assert judge(evidence, Claim("task.order", Stance.OFFERED)).observed is Observed.HONOURED
    finding = judge(evidence, Claim("task.order", Stance.OFFERED, (2,)))
    assert isinstance(finding, Seen)
    assert finding.fault_kind == "task.not_given"


@pytest.fixture
def delivered() -> Exchange:
    """Return an order whose task was done at its first poll."""
    order = ordered()
    return deliver(order, polled("completed", order, result={"images": [{"url": LINK}]}), GATEWAY)


def test_an_unknown_name_has_the_form_of_the_known_one() -> None:
    """Length, beginning, and the kind of each character are kept."""
    unknown_name = importlib.import_module("gateprobe.probes.scenarios.tasks").unknown_name
    name = unknown_name("task_AB12cd-34", 1)
    assert name != "task_AB12cd-34"
    assert (len(name), name[:6], name[-3]) == (14, "task_A", "-")
    assert name == unknown_name("task_AB12cd-34", 1)
