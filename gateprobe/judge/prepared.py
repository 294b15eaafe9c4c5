"""Prepare the evidence of a gateway once for all its items: repeated obstacles, and repeats without outages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from gateprobe.evidence import Evidence, delivered
from gateprobe.gateway import Gateway
from gateprobe.judge.dead_links import with_dead_links
from gateprobe.judge.outage import without_outages
from gateprobe.judge.preconditions import no_api, nothing_answered
from gateprobe.judge.repeated import Repeated, repeated
from gateprobe.judge.repeated.refused import RefusedForm, refused_forms
from gateprobe.model import Finding
from gateprobe.probe import BOTH_SIDES, SURVEY
from gateprobe.record.repeats import views


@dataclass(frozen=True)
class Turn:
    """The evidence of one turn at an address, and what holds for all items of it, worked out once."""

    captured: Mapping[str, Evidence]
    address: str

    @cached_property
    def no_api(self) -> Finding | None:
        """The finding that no API is at the address; None where one is."""
        return no_api(self.captured.values(), self.address)

    @cached_property
    def silence(self) -> Finding | None:
        """The first obstacle where nothing was answered; None where something was."""
        return nothing_answered(self.captured.values())


@dataclass(frozen=True, slots=True)
class PreparedEvidence:
    """The evidence of one gateway, its repeated obstacles (`groups`), and its repeats without outages (`turns`)."""

    gateway: Gateway
    captured: Mapping[str, Evidence]
    groups: tuple[Repeated, ...]
    refused: tuple[RefusedForm, ...]
    turns: tuple[Turn, ...]

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
        refusals = {status for claim in gateway.claims.values() for status in claim.refusal_status}
        turns = tuple(
            Turn({**without_outages(with_dead_links(view), groups, refusals), **apart}, gateway.base_url)
            for view in views(judged)
        )
        if len(turns) > 1:
            groups = tuple(replace(group, overall=frozenset()) for group in groups)
        latest = PreparedEvidence(gateway, dict(captured), groups, refused_forms(judged, gateway), turns)
        _latest[:] = [latest]
    return latest


def _is_apart(scenario: str) -> bool:
    """Return whether a scenario is judged by itself: the survey and the scenarios of a relay."""
    return scenario == SURVEY or scenario.startswith(BOTH_SIDES)
