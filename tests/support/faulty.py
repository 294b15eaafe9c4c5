"""What a faulty answer looks like to a probe: the shape of a row, and the changes that many rows share."""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.model import Json, Observed
from tests.support.evidence_builders import (
    Captured,
    Change,
    answering,
    as_base64,
    events_of,
    everywhere,
    painted,
    probe_of,
    text_response,
    with_events,
)

IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
UNOBSERVED = Observed.UNOBSERVED


@dataclass(frozen=True)
class Row:
    """A probe, what breaks an honest answer, and what the probe has to say then."""

    probe: str
    change: Change
    observed: Observed
    value: Json = None

    @property
    def id(self) -> str:
        """The row's name in a test's output."""
        return self.probe if self.value is None else f"{self.probe}-{self.value}"


def relevant(captured: Captured, probe: str, value: Json) -> Captured:
    """Give the evidence that a probe needs at least; a red square where it needs nothing by name."""
    scenario_runs = [scenario_run.id for scenario_run in probe_of(probe).scenario_runs(reference(), value)] or [
        "red_square_stream"
    ]
    return {name: captured[name] for name in scenario_runs}


def only(note: str, change: Change) -> Change:
    """Change the exchange with a note, and leave the others as they are."""
    return lambda one: change(one) if one.request.note == note else one


def sent(option: str, change: Change) -> Change:
    """Change the exchanges whose tool was sent with an option, and leave the others as they are."""

    def has(one: Exchange) -> bool:
        return any(option in tool for tool in one.request.json.get("tools", ()))

    return lambda one: change(one) if has(one) else one


def streaming(change: Change) -> Change:
    """Change streams, and leave all else as it is."""
    return lambda one: change(one) if one.is_stream else one


def drop(*types: str) -> Change:
    """Take events out of a stream."""
    return streaming(lambda one: with_events(one, [event for event in events_of(one) if event["type"] not in types]))


def repeat(kind: str) -> Change:
    """Send the events of a type twice."""

    def change(one: Exchange) -> Exchange:
        told = events_of(one)
        return with_events(one, [event for each in told for event in [each] * (1 + (each["type"] == kind))])

    return streaming(change)


def insert(event: dict[str, Json], before: str) -> Change:
    """Put an event before the first of a type."""

    def change(one: Exchange) -> Exchange:
        told = events_of(one)
        at = next((place for place, each in enumerate(told) if each["type"] == before), len(told))
        return with_events(one, [*told[:at], event, *told[at:]])

    return streaming(change)


def last(change: Change, *, of: int) -> Change:
    """Change the step with a number alone."""
    return lambda one: change(one) if one.step == of else one


NO_PICTURE = answering(text_response("I cannot draw."))
"""Only words come, completed."""

WORDS = answering(text_response())
"""The word `ready` comes, whatever was asked."""

OTHER_PICTURE = everywhere("result", as_base64(painted("yellow", (512, 512))))
"""A yellow PNG of 512x512 comes, whatever was asked."""
