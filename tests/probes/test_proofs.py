"""Every probe is satisfied by an honest gateway and contradicts its own faulty persona, with the kind of its fault."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest

from gateprobe.audit.gateways.targets import DOCUMENTED
from gateprobe.gateway import fault_kinds, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Cause, Level, Observed, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.record.file import Record
from gateprobe.reference import FAULTS
from tests.clients.test_probes import PROBES as OF_CLIENTS
from tests.probes.test_tasks import HONEST as OF_TASKS
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.evidence_builders import honest, records_of
from tests.support.evidence.playing import Gives, judged, lost
from tests.support.proofs.probe_proofs import COMMAND, Expected, Proof, main, proofs_of, row_of, rows, stored

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]

WITHOUT_PERSONA: Final = {
    "first_event_comes_soon": "its persona would make every stream wait for ten seconds",
    "kept_alive_answer_is_json": "its persona would have to break off after an answer that is whole",
    "pictures_skip_nothing": "leaving an event out that no client needs is no fault; tests/probes/streams does so",
    "sequence_numbers_have_no_gap": "counting by twos is no fault; tests/probes/streams does so",
}
"""Probes whose fault no persona is given, and why; tests/probes and tests/market break answers by hand for them."""

HONEST_ELSEWHERE: Final = {
    "generator_is_the_api": "tests/provenance/test_probes.py",
    "kept_alive_answer_is_json": "tests/market/test_probes.py",
    "link_expires": "tests/probes/scenarios/test_images.py",
    "picture_comes_by_chat": "tests/probes/test_chat.py",
    "reference_is_used": "tests/market/test_audits.py",
    "signed_model_is_the_one_asked_for": "tests/provenance/test_probes.py",
    "throttled_requests_are_told_when": "tests/probes/test_transport.py",
    "transparent_background_is_drawn": "tests/market/test_audits.py",
    **dict.fromkeys(OF_TASKS, "tests/probes/test_tasks.py"),
}
"""Probes that no embedded persona satisfies, and the tests in which an honest gateway does."""

TIMED: Final = {"streams_are_not_held_back_whole": "tests/probes/streams/test_held_back.py"}
"""Probes that a persona satisfies only where the machine is slow, and the tests in which an honest gateway does."""

PROBES_OF_CLIENTS: Final = frozenset(OF_CLIENTS.values())
"""Probes that need a client's package; `tests/clients/test_probes.py` tests each."""

UNOBSERVABLE: Final = frozenset(probe.id for probe in probes() if catalogue()[probe.capability].unobservable)
"""Probes of what nobody outside can see: no gateway gives them anything to judge."""

PROVED: Final = sorted({probe.id for probe in probes()} - UNOBSERVABLE - WITHOUT_PERSONA.keys())


@pytest.fixture(scope="module")
def honest_records() -> dict[str, list[Record]]:
    """Return what every probe reports of every honest persona."""
    records: dict[str, list[Record]] = {}
    for persona in DOCUMENTED:
        for record in records_of(persona):
            records.setdefault(record.probe, []).append(record)
    return records


def test_every_probe_is_satisfied_by_an_honest_persona(honest_records: dict[str, list[Record]]) -> None:
    """One persona at least honours it, or is confirmed to decline it; the others are tested where stated."""
    satisfied = {
        name
        for name, records in honest_records.items()
        if any(record.observed is Observed.HONOURED or record.verdict is Verdict.CONFIRMED for record in records)
    }
    expected = HONEST_ELSEWHERE.keys() | PROBES_OF_CLIENTS | UNOBSERVABLE
    assert {probe.id for probe in probes()} - satisfied - TIMED.keys() == expected


@pytest.mark.parametrize("persona", DOCUMENTED)
def test_no_persona_is_contradicted(persona: str) -> None:
    """What a document says is what its persona does, so that no probe of any surface contradicts it."""
    records = records_of(persona)
    assert [(record.item, record.reason) for record in records if record.verdict is Verdict.CONTRADICTED] == []
    unseen = [record for record in records if record.observed is Observed.UNOBSERVED and record.level is Level.MUST]
    assert [(record.item, record.reason) for record in unseen if record.incomplete] == []


def test_the_plan_says_what_is_bought() -> None:
    """Each scenario buys and asks, on an honest gateway, exactly what it says."""
    captured = honest("openai")
    items = items_for(reference(), probes(), Tier.DEEP)
    for scenario_run in {
        scenario_run.id: scenario_run for item in items for scenario_run in item.scenario_runs
    }.values():
        exchanges = captured[scenario_run.id].exchanges
        bought = sum(exchange.request.images for exchange in exchanges if exchange.ok)
        assert (scenario_run.id, len(exchanges), bought) == (
            scenario_run.id,
            scenario_run.scenario.requests,
            scenario_run.images,
        )


def test_the_nightly_audit_of_openai_stays_within_its_share() -> None:
    """Smoke buys one picture and a night at most 36, a quarter of what its items would buy each for itself."""
    for tier, most, times in ((Tier.SMOKE, 1, 4), (Tier.NIGHTLY, 36, 4)):
        items = items_for(reference(), probes(), tier)
        bought = sum(scenario_run.images for scenario_run in scenario_runs_of(items))
        assert bought <= most
        assert bought * times <= sum(scenario_run.images for item in items for scenario_run in item.scenario_runs)


@pytest.mark.parametrize("name", HONEST_ELSEWHERE | TIMED)
def test_those_that_no_persona_satisfies_are_tested_where_stated(name: str) -> None:
    """The file is there, and names the probe."""
    assert name in (ROOT / (HONEST_ELSEWHERE | TIMED)[name]).read_text("utf-8")


def test_what_nobody_can_see_is_never_judged(honest_records: dict[str, list[Record]]) -> None:
    """Its probes are unobservable on every persona."""
    records = [record for name in UNOBSERVABLE for record in honest_records[name]]
    assert {(record.observed, record.cause) for record in records} == {(Observed.UNOBSERVED, Cause.UNOBSERVABLE)}


@pytest.mark.parametrize("gives", [bad.always(lost()), bad.refusing(status=418)], ids=["breaks off", "refuses by 418"])
@pytest.mark.parametrize("name", sorted(UNOBSERVABLE))
def test_what_nobody_can_see_is_not_judged_by_what_went_wrong(name: str, gives: Gives) -> None:
    """Nor is it on a gateway that breaks off, or refuses by a wrong status."""
    record = judged(name, gives, also=("cheap_picture",))
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.UNOBSERVABLE)
    assert record.verdict is Verdict.UNPROVEN


@pytest.mark.parametrize("name", PROVED)
def test_every_probe_is_proved(name: str) -> None:
    """Its stored proof is contradicted with the expected observation, and not without the fault."""
    try:
        row = row_of(name)
    except LookupError as error:
        pytest.fail(error.args[0])
    proof = stored().get(name)
    assert proof, f"{name} has no stored proof; run `{COMMAND} --probe {name} --write`"
    assert proof.fault == row.defect, f"{name} was proved by {proof.fault}; run `{COMMAND} --probe {name} --write`"
    problem = proof.problem(row.probes[name])
    assert not problem, f"{name} {problem}; run `{COMMAND} --probe {name}`"


def test_each_probe_has_one_row() -> None:
    """No probe is proved twice, and no row names a probe, a fault or a kind that does not exist."""
    named = Counter(name for row in rows() for name in row.probes)
    assert [name for name, count in named.items() if count > 1] == []
    assert named.keys() <= {probe.id for probe in probes()}
    assert {fault for row in rows() for fault in row.faults} <= FAULTS.keys()
    assert {expected.kind for row in rows() for expected in row.probes.values()} <= fault_kinds().keys()


def test_stored_proofs_have_rows() -> None:
    """A probe that is gone leaves no proof behind."""
    assert stored().keys() <= set(PROVED), f"run `{COMMAND} --write`"


SAMPLE: Final = ("n_is_honoured", "mask_is_kept_to", "connection_survives_a_refusal", "link_expires", "tool_draws_n")


@pytest.mark.parametrize("name", SAMPLE)
def test_a_stored_proof_can_be_repeated(name: str) -> None:
    """A sample, over real sockets; the command repeats all of them."""
    row = row_of(name)
    proof = proofs_of(row)[name]
    assert proof.problem(row.probes[name]) == ""
    assert proof.item == stored()[name].item


EXPECTED = Expected(Observed.IGNORED, "param.n_ignored")
PROOF = Proof(
    "n_is_honoured[2]@openai", "param.n_ignored", "ignored", "param.n_ignored", "contradicted", "confirmed", ""
)


@pytest.mark.parametrize(
    ("proof", "problem"),
    [
        (PROOF, ""),
        (Proof(PROOF.item, "x", "ignored", "param.n_ignored", "confirmed", "confirmed", ""), "is confirmed"),
        (Proof(PROOF.item, "x", "refused", "param.n_ignored", "contradicted", "confirmed", ""), "observed refused"),
        (Proof(PROOF.item, "x", "ignored", "request.refused", "contradicted", "confirmed", ""), "fault kind request"),
        (Proof(PROOF.item, "x", "ignored", "", "contradicted", "confirmed", ""), "fault kind (none)"),
        (Proof(PROOF.item, "x", "ignored", "param.n_ignored", "contradicted", "contradicted", ""), "without the fault"),
    ],
)
def test_only_the_expected_contradiction_is_a_proof(proof: Proof, problem: str) -> None:
    """Another observation, another kind, or a contradiction without the fault proves nothing."""
    assert problem in proof.problem(EXPECTED)
    assert bool(problem) == bool(proof.problem(EXPECTED))


def test_a_probe_without_a_row_gets_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """The command says which row to write, writes nothing and exits 2."""
    before = stored()
    assert main(["--probe", next(iter(UNOBSERVABLE)), "--write"]) == 2
    assert "[[rows]]" in capsys.readouterr().err
    assert main(["--probe", "n_is_honored", "--write"]) == 2
    assert "did you mean n_is_honoured?" in capsys.readouterr().err
    assert stored() == before
