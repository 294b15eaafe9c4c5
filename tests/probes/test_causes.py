"""Causes are set where a request was made: a probe never states one of its own."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

import gateprobe
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Cause, Claim, Observed, Unobserved
from gateprobe.resources import PROBES
from tests.support.evidence.playing import judged, lost, module

ENGINE: Final = Path(gateprobe.__file__).parent
MAKING: Final = ("capture", "clients", "evidence", "judge", "plan", "provenance", "store", "stream")
"""The packages that make evidence and findings."""

ONLY: Final = PROBES / "support" / "unobservable.py"
"""The module that states what nobody outside can see."""


def _calls(path: Path) -> set[str]:
    """Return the names of the functions that a module calls."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_no_probe_states_a_cause() -> None:
    """What could not be observed is the judge's finding, an answer that did not come, or another one's fault."""
    stating = {
        path for path in PROBES.rglob("*.py") if _calls(path) & {"unobserved", "Unobserved", "failure", "Failure"}
    }
    assert stating == {ONLY}


def _names(path: Path) -> set[str]:
    """Return the attributes that a module reads, `Cause.UNOBSERVABLE` as its last name."""
    return {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}


def test_only_the_catalogue_s_module_states_that_nobody_can_see() -> None:
    """No other code that makes evidence or findings names the cause, so that no gateway can choose it."""
    making = [*PROBES.rglob("*.py"), *(path for part in MAKING for path in (ENGINE / part).rglob("*.py"))]
    assert {path for path in making if "UNOBSERVABLE" in _names(path)} == {
        ONLY,
        ENGINE / "judge" / "attribution.py",
        ENGINE / "judge" / "findings.py",
    }


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.HARNESS])
def test_whatever_a_gateway_brings_about_leaves_the_run_incomplete(cause: Cause) -> None:
    """Any cause of an answer that did not come, also one that old evidence calls unobservable, is a gap."""
    record = judged("picture_comes", lambda _request: lost(cause))
    assert (record.observed, record.incomplete) == (Observed.UNOBSERVED, True)
    assert record.cause is (Cause.PREREQUISITE if cause is Cause.UNOBSERVABLE else cause)


def test_what_nobody_can_see_is_the_catalogue_s() -> None:
    """The reason is the catalogue's, and each capability with such a reason is judged by such a probe."""
    hidden = {
        capability.id: capability.unobservable for capability in catalogue().by_id.values() if capability.unobservable
    }
    for capability, reason in hidden.items():
        finding = module("support.unobservable").unobservable(Claim(capability))
        assert isinstance(finding, Unobserved)
        assert (finding.cause, finding.reason) == (Cause.UNOBSERVABLE, reason)
    judged = {probe.capability for probe in probes() if "unobservable" in probe.judge.__code__.co_names}
    assert judged == set(hidden)
