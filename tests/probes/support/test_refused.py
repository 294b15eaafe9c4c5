"""Refusals of several requests, and names of models."""

from __future__ import annotations

import importlib
from types import ModuleType

import pytest

from gateprobe.build import responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Cause, Claim, Observed, Seen, Unobserved
from tests.support.evidence.evidence_builders import exchange, refusing, text_response, with_json

CLAIM = Claim("responses.text")


def _reading() -> ModuleType:
    probes()
    return importlib.import_module("gateprobe.probes.support.refused")


def _asked(note: str = "") -> Exchange:
    return exchange(responses(reference(), "Hello.", note=note))


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("gpt-5.5", True),
        ("gpt-5.5-2026-04-23", True),
        ("openai/gpt-5.5", True),
        ("gpt-5.5-mini", False),
        ("gpt-5.5-2026", False),
        ("gpt-5", False),
        (None, False),
        (5.5, False),
    ],
)
def test_a_model_is_named_by_itself_or_a_snapshot(answer: object, right: bool) -> None:  # noqa: FBT001 - a table
    """A dated snapshot, and a path that ends in the model, name the model; a sister model does not."""
    assert _reading().names(answer, "gpt-5.5") is right


def _refused(*exchanges: Exchange, named: str = "") -> Seen | Unobserved:
    finding: Seen | Unobserved = _reading().all_refused(exchanges, CLAIM, named)
    return finding


def test_one_accepted_request_is_enough() -> None:
    """If one of several wrong requests is accepted, the rest does not count."""
    accepted = with_json(_asked("the size x"), text_response())
    finding = _refused(refusing()(_asked("the size 0x0")), accepted)
    assert finding.observed is Observed.IGNORED
    assert "the size x" in finding.reason


def test_a_missing_route_is_no_refusal_of_a_parameter() -> None:
    """HTTP 404 says that nobody is there, unless it names what was asked for."""
    assert _refused(refusing(404, "Not Found")(_asked())).observed is Observed.REFUSED
    assert _refused(refusing(404, "no model abc")(_asked()), named="abc").observed is Observed.HONOURED


def test_an_outage_among_refusals_leaves_the_question_open() -> None:
    """A 503 among refusals is no refusal, and turns nothing green."""
    finding = _refused(refusing()(_asked()), refusing(503, "try later")(_asked()))
    assert isinstance(finding, Unobserved)
    assert finding.cause is Cause.UPSTREAM
