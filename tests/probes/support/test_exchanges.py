"""What probes share: steps of a scenario, colours of pictures."""

from __future__ import annotations

import importlib
from types import ModuleType

from gateprobe.build import responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Cause, Claim, Observed, Unobserved
from tests.support.evidence.evidence_builders import evidence, exchange, refusing, text_response, with_json

CLAIM = Claim("responses.text")


def _reading() -> ModuleType:
    probes()
    return importlib.import_module("gateprobe.probes.support.exchanges")


def _asked(note: str = "") -> Exchange:
    return exchange(responses(reference(), "Hello.", note=note))


def test_a_step_that_was_not_reached_says_what_ended_the_scenario() -> None:
    """A probe about a later step is told of the refusal that came before it."""
    finding = _reading().step(evidence(refusing(400, "no pictures here")(_asked("draw"))), "by picture id", CLAIM)
    assert finding.observed is Observed.REFUSED
    assert "no pictures here" in finding.reason


def test_a_step_after_a_good_one_that_never_came_is_a_prerequisite() -> None:
    """Where all that came was fine and the step is missing, nothing is held against the gateway."""
    finding = _reading().step(evidence(with_json(_asked("draw"), text_response())), "by picture id", CLAIM)
    assert isinstance(finding, Unobserved)
    assert finding.cause is Cause.PREREQUISITE
