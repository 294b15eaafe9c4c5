"""Every probe of usage and price: satisfied by an honest gateway, not by a faulty one."""

from __future__ import annotations

from typing import Final

import pytest

from gateprobe.model import Json, Observed
from gateprobe.probe import Probe
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.cases import Faulty, Honest, probes_of, rows
from tests.support.evidence.playing import Answer, Gives, judged, offering

MODULES: Final = ("usage",)
PRICED: Final = offering({"usage.price": ({"quality": "low", "size": "1024x1024", "usd": 0.006},)})

HONEST: Final[dict[str, Honest]] = {
    "paid_answers_report_usage": Honest(also=("cheap_picture", "streamed_picture")),
    "parts_of_usage_add_up": Honest(also=("cheap_picture", "streamed_picture")),
    "tokens_are_plausible": Honest(also=("cheap_picture", "picture_of_size~1024x1536")),
    "price_is_the_documented_one": Honest(also=("cheap_picture",), gateway=PRICED),
}


def _usage(**changed: Json) -> Gives:
    return bad.answering(lambda body: body | {"usage": {**body["usage"], **changed}})


IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
FAULTY: Final[dict[str, tuple[Faulty, ...]]] = {
    "paid_answers_report_usage": (
        Faulty(
            bad.answering(lambda body: {k: v for k, v in body.items() if k != "usage"}),
            IGNORED,
            "1 of 2",
            "usage.missing",
        ),
        Faulty(_usage(total_tokens=0), MALFORMED, "total_tokens` of a paid answer is 0", "usage.missing"),
    ),
    "parts_of_usage_add_up": (
        Faulty(_usage(total_tokens=7), MALFORMED, "is not total 7", "usage.inconsistent"),
        Faulty(
            _usage(output_tokens_details={"text_tokens": None, "image_tokens": 196}),
            MALFORMED,
            "`usage` of POST /images/generations: `output_tokens_details.text_tokens` is null",
            "usage.missing",
        ),
        Faulty(
            _usage(output_tokens_details={"text_tokens": 1, "image_tokens": 1}),
            MALFORMED,
            "output: text 1 + image 1",
            "usage.inconsistent",
        ),
        Faulty(
            bad.answering(lambda body: body | {"usage": {"prompt_tokens": 1}}),
            MALFORMED,
            "`input_tokens` is missing",
            "usage.missing",
        ),
    ),
    "usage_of_a_picture_is_complete": (
        Faulty(bad.answering(lambda body: body | {"usage": None}), IGNORED, "no usage", "usage.missing"),
        Faulty(_usage(input_tokens_details=None), MALFORMED, "input_tokens_details", "usage.missing"),
        Faulty(
            _usage(input_tokens=0, total_tokens=196, input_tokens_details={"text_tokens": 0, "image_tokens": 0}),
            MALFORMED,
            "counted as 0",
            "usage.missing",
        ),
    ),
    "token_counts_are_whole_numbers": (
        Faulty(
            _usage(output_tokens=196.5),
            MALFORMED,
            "`usage.output_tokens` is 196.5, not a whole number",
            "usage.missing",
        ),
        Faulty(_usage(input_tokens=-1), MALFORMED, "`usage.input_tokens` is -1", "usage.missing"),
        Faulty(_usage(input_tokens="12"), MALFORMED, '`usage.input_tokens` is "12"', "usage.missing"),
    ),
    "tokens_are_plausible": (
        Faulty(_usage(output_tokens=7024), MALFORMED, "7,024 output tokens for 1024x1024 in low", "usage.implausible"),
    ),
    "price_is_the_documented_one": (Faulty(_usage(output_tokens=7024), MALFORMED, "0.2107 USD", "usage.implausible"),),
}

OURS: Final = probes_of(MODULES)


def test_a_text_model_s_details_are_not_of_text_and_image() -> None:
    """A relay that adds empty fields to the details of a Response's usage is not wrong: they are no part of it."""
    usage = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    usage_told: Json = {**usage, "input_tokens_details": {"text_tokens": None, "image_tokens": None}}
    answer = Answer({"object": "response", "status": "completed", "output": [], "usage": usage_told})
    record = judged("parts_of_usage_add_up", bad.always(answer), also=("red_square_plain",))
    assert record.observed is Observed.HONOURED, record.reason


@pytest.mark.parametrize("probe", OURS, ids=lambda probe: str(probe.id))
def test_an_honest_gateway_satisfies_the_probe(probe: Probe) -> None:
    """What OpenAI does, and what a document shows, is honoured."""
    case = HONEST.get(probe.id, Honest())
    observed, reason = case.observed(probe.id, case.gives)
    assert observed is Observed.HONOURED, reason


@pytest.mark.parametrize(("probe_id", "fault"), rows(FAULTY))
def test_a_faulty_gateway_does_not(probe_id: str, fault: Faulty) -> None:
    """What a faulty gateway does is told as what it is, with the figures."""
    record = HONEST.get(probe_id, Honest()).record(probe_id, fault.gives)
    assert (record.observed, record.fault_kind) == (fault.observed, fault.kind), record.reason
    assert fault.statement in record.reason


def test_no_cell_is_empty() -> None:
    """Each probe of these surfaces has a faulty gateway that it finds."""
    assert {probe.id for probe in OURS} == set(FAULTY)
