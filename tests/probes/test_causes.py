"""Causes are set where a request was made: a probe never states one of its own."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Cause, Claim, Unobserved
from gateprobe.resources import PROBES
from tests.support.evidence.playing import module

ONLY: Final = PROBES / "support" / "unobservable.py"
"""The module that states what nobody outside can see."""


def _calls(path: Path) -> set[str]:
    """Return the names of the functions that a module calls."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8")))
    return {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}


def test_no_probe_states_a_cause() -> None:
    """What could not be observed is the judge's finding, an answer that did not come, or another one's fault."""
    stating = {path for path in PROBES.rglob("*.py") if _calls(path) & {"unobserved", "Unobserved"}}
    assert stating == {ONLY}


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
