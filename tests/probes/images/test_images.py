"""Every probe of the Images endpoints: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.build import generations
from gateprobe.model import Cause, Observed
from gateprobe.probe import Probe
from tests.probes.images import faulty_edits, faulty_generations, faulty_options, faulty_streams
from tests.probes.images.honest_gateways import HONEST, plain_base64
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty, Honest, probes_of, rows
from tests.support.evidence.painter import honest, linking
from tests.support.evidence.playing import GATEWAY, Answer, judged, offering

MODULES: Final = (
    *("images.generate", "images.forms", "images.missing", "images.sizes", "images.options", "images.stream"),
    "images.edit",
)

OURS: Final = probes_of(MODULES)

FAULTY: Final = faulty_generations.FAULTY | faulty_options.FAULTY | faulty_streams.FAULTY | faulty_edits.FAULTY


@pytest.mark.parametrize("probe", OURS, ids=lambda probe: str(probe.id))
def test_an_honest_gateway_satisfies_the_probe(probe: Probe) -> None:
    """An honest gateway is honoured."""
    case = HONEST.get(probe.id, Honest())
    observed, reason = case.observed(probe.id, case.gives)
    assert observed is Observed.HONOURED, reason


@pytest.mark.parametrize(("probe_id", "fault"), rows(FAULTY))
def test_a_faulty_gateway_does_not(probe_id: str, fault: Faulty) -> None:
    """What a faulty gateway does is reported as what it is: the observation, the fault kind and the figures."""
    record = HONEST.get(probe_id, Honest()).record(probe_id, fault.gives)
    assert (record.observed, record.fault_kind) == (fault.observed, fault.kind), record.reason
    assert fault.statement in record.reason
    assert record.place is not None


def test_one_picture_for_two_is_one_fault() -> None:
    """Whether pictures differ cannot be seen where 1 came; the probe of the count reports that."""
    promised = judged("pictures_of_n_differ", bad.asking(n=1), value=2, gateway=offering({"images.generate.n": (2,)}))
    assert (promised.observed, promised.caused_by) == (Observed.UNOBSERVED, "images.generate.n")
    assert promised.reason == "asked for 2 pictures to compare, received 1"


def test_one_canned_picture_is_no_mix_up() -> None:
    """Where all answers hold the same picture, none shows which request it belongs to."""
    canned = honest(generations(GATEWAY))
    record = judged("parallel_answers_are_not_mixed_up", lambda _request: canned)
    assert (record.observed, record.cause) == (Observed.UNOBSERVED, Cause.PREREQUISITE)
    assert record.reason == "all 8 answers hold the same picture, so mixed-up pictures cannot be recognised"


def test_links_of_parallel_answers_are_fetched_and_compared() -> None:
    """Pictures that simultaneous requests receive as links are fetched and compared."""
    record = judged("parallel_answers_are_not_mixed_up", linking)
    assert (record.observed, record.reason) == (Observed.HONOURED, "8 of 8 answers hold their own picture")
    assert judged("parallel_requests_are_answered", linking).observed is Observed.HONOURED


def test_partial_pictures_that_never_came_are_not_said_to_differ() -> None:
    """Where no partial picture came, none can be compared; a run is complete without."""
    record = judged("partials_differ_from_the_final_picture", bad.asking(partial_images=None), value=3)
    assert (record.observed, record.cause, record.optional) == (Observed.UNOBSERVED, Cause.PREREQUISITE, True)
    assert record.reason == "partial pictures: asked for 3, received none to compare"


@pytest.mark.parametrize("probe_id", ["link_gives_the_picture", "link_leads_out", "link_expires"])
def test_where_no_link_came_none_is_judged(probe_id: str) -> None:
    """A picture as base64 is another capability's fault; of links it shows nothing, and a run is complete without."""
    record = judged(probe_id, plain_base64, value=None if probe_id == "link_leads_out" else "drawn")
    assert (record.observed, record.cause, record.optional) == (Observed.UNOBSERVED, Cause.PREREQUISITE, True)
    assert record.reason == "no answer came with a link"


def test_a_refusal_under_200_is_another_capability_s_fault() -> None:
    """A refusal that its status hides is caused by the capability that judges statuses."""
    gives = bad.always(Answer({"error": {"message": "bad size"}}))
    finding = judged("invalid_size_is_refused", gives, value="512x512")
    assert (finding.observed, finding.caused_by) == (Observed.UNOBSERVED, "errors.not_in_200")


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
