"""Each probe of clients is content with an honest gateway, and not with a faulty one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.clients import CLIENTS, OUTCOME_TYPE, Outcome
from gateprobe.clients.job import Task
from gateprobe.evidence import Evidence, Exchange, Failure
from gateprobe.library import probes
from gateprobe.message import message
from gateprobe.model import Cause, Observed
from gateprobe.record.file import Record
from gateprobe.request import Request
from tests.support.evidence.evidence_builders import exchange, record_of

READ = Outcome("POST /responses (made)", Task.RESPONSE, "1.2.3", pictures_read=1, pictures_sent=1)
REFUSED = Outcome("POST /responses (made)", Task.REFUSAL, "1.2.3", status=400, refused=400, message="No.")
PROBES = {name: f"{name}_reads_it" for name in CLIENTS}
PAIRS = [pytest.param(*pair, id=pair[0]) for pair in PROBES.items()]


def stored(outcome: Outcome) -> Exchange:
    """Return an outcome as a run keeps it."""
    return exchange(Request("POST", "/responses"), outcome.dumps(), content_type=OUTCOME_TYPE)


def judging(name: str, *outcomes: Outcome) -> Record:
    """Judge what a client made of answers."""
    scenario_run = CLIENTS[name].scenario_run
    return record_of(PROBES[name], {scenario_run: Evidence("made", scenario_run, None, tuple(map(stored, outcomes)))})


@pytest.mark.parametrize(("name", "probe"), PAIRS)
def test_answers_that_are_read_are_honoured(name: str, probe: str) -> None:
    """The sentence counts answers, pictures and refusals."""
    record = judging(name, READ, REFUSED)
    assert (record.probe, record.observed) == (probe, Observed.HONOURED)
    assert record.reason.endswith("1.2.3 read 2 of 2 answers (pictures: 1, refusals: 1)")


@pytest.mark.parametrize(("name", "probe"), PAIRS)
@pytest.mark.parametrize(
    ("wrong", "observed", "statement"),
    [
        (replace(READ, raised="ValueError: no"), Observed.MALFORMED, "fails on POST /responses (made): 'ValueError"),
        (replace(READ, pictures_read=0), Observed.IGNORED, "finds 0 of 1 pictures in POST /responses (made)"),
        (replace(REFUSED, status=None), Observed.MALFORMED, "reports the HTTP 400 of POST /responses (made) as"),
    ],
)
def test_one_answer_that_is_not_read_is_found(
    name: str, probe: str, wrong: Outcome, observed: Observed, statement: str
) -> None:
    """Among answers that were read, one that was not makes the finding."""
    record = judging(name, READ, wrong, REFUSED)
    assert (record.probe, record.observed) == (probe, observed)
    assert statement in record.reason


def test_an_answer_with_an_unknown_number_of_pictures_is_not_counted() -> None:
    """What cannot be counted is held against nobody."""
    assert judging("openai_node", replace(READ, pictures_sent=None, pictures_read=0)).observed is Observed.HONOURED


@pytest.mark.parametrize(("name", "probe"), PAIRS)
def test_where_no_client_read_anything_nothing_is_held_against_anyone(name: str, probe: str) -> None:
    """The run stays complete; where the client is not installed, the record has the command that installs it."""
    record = record_of(probe, {"words": Evidence("made", "words", None, (stored(READ),))})
    assert (record.observed, record.cause, record.incomplete) == (Observed.UNOBSERVED, Cause.PREREQUISITE, False)
    client = CLIENTS[name]
    missing = Failure(Cause.HARNESS, message("not installed"), optional=True, install=client.install)
    record = record_of(probe, {client.scenario_run: Evidence("made", client.scenario_run, None, (), missing)})
    assert (record.cause, record.install, record.incomplete) == (Cause.HARNESS, client.install, False)
    assert not record.failed_here


def test_other_probes_do_not_see_what_clients_read() -> None:
    """A replay is no answer of the gateway: it is in no selection but its own."""
    scenario_run = CLIENTS["openai_python"].scenario_run
    captured = {scenario_run: Evidence("made", scenario_run, None, (stored(READ),))}
    record = record_of("paid_answers_report_usage", captured)
    assert record.observed is Observed.UNOBSERVED
    assert record.evidence == ()


def test_every_client_has_its_probe() -> None:
    """No client is known that nobody judges, and each judges its own capability."""
    capabilities = {probe.id: probe.capability for probe in probes() if probe.module == "clients"}
    assert capabilities == {probe: f"clients.{name}" for name, probe in PROBES.items()}
