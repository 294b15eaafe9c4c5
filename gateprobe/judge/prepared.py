"""Prepare the evidence of a gateway once for all its items: repeated obstacles, and repeats without outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from gateprobe.evidence import Evidence, delivered
from gateprobe.gateway import Gateway
from gateprobe.judge.dead_links import with_dead_links
from gateprobe.judge.outage import without_outages
from gateprobe.judge.repeated import Repeated, repeated
from gateprobe.judge.repeated.refused import RefusedForm, refused_forms
from gateprobe.probe import BOTH_SIDES, SURVEY
from gateprobe.record.repeats import views


@dataclass(frozen=True, slots=True)
class PreparedEvidence:
    """The evidence of one gateway, its repeated obstacles (`groups`), and its repeats without outages (`turns`)."""

    gateway: Gateway
    captured: Mapping[str, Evidence]
    groups: tuple[Repeated, ...]
    refused: tuple[RefusedForm, ...]
    turns: tuple[Mapping[str, Evidence], ...]

    def is_for(self, captured: Mapping[str, Evidence], gateway: Gateway) -> bool:
        """Return whether this was prepared from the same evidence of the same gateway."""
        same = self.gateway is gateway and self.captured.keys() == captured.keys()
        return same and all(self.captured[name] is captured[name] for name in captured)


_latest: list[PreparedEvidence] = []
"""A cache of one entry: the items of a gateway are judged one after the other, with the same evidence."""


def prepare(captured: Mapping[str, Evidence], gateway: Gateway) -> PreparedEvidence:
    """Return the prepared evidence of a gateway; reuse the previous result if the evidence is the same."""
    latest = _latest[0] if _latest else None
    if latest is None or not latest.is_for(captured, gateway):
        apart = {name: evidence for name, evidence in captured.items() if _is_apart(name)}
        judged = {name: delivered(evidence, gateway) for name, evidence in captured.items() if name not in apart}
        groups = repeated(judged, gateway)
        turns = tuple({**without_outages(with_dead_links(view), groups), **apart} for view in views(judged))
        if len(turns) > 1:
            groups = tuple(replace(group, overall=frozenset()) for group in groups)
        latest = PreparedEvidence(gateway, dict(captured), groups, refused_forms(judged, gateway), turns)
        _latest[:] = [latest]
    return latest


def _is_apart(scenario: str) -> bool:
    """Return whether a scenario is judged by itself: the survey and the scenarios of a relay."""
    return scenario == SURVEY or scenario.startswith(BOTH_SIDES)
