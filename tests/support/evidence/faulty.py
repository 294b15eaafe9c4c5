"""Rows of faulty answers: a change of the evidence of `evidence_builders`, and what a probe must report of it.

Beside the shape of a row stand the changes that many rows share. `cases` is the same for gateways that are functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Json, Observed, Tier
from gateprobe.plan.planning import items_for
from gateprobe.record.file import Record
from tests.support.evidence.evidence_builders import (
    Captured,
    Change,
    answering,
    as_base64,
    broken,
    events_of,
    everywhere,
    honest,
    painted,
    probe_of,
    record_of,
    text_response,
    with_events,
)

IGNORED, MALFORMED, REFUSED = Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED
UNOBSERVED = Observed.UNOBSERVED


@dataclass(frozen=True)
class Row:
    """A probe, what breaks an honest answer, and the observation and fault kind that the probe must report then."""

    probe: str
    change: Change
    observed: Observed
    value: Json = None
    kind: str = ""

    @property
    def id(self) -> str:
        """The row's name in a test's output."""
        return self.probe if self.value is None else f"{self.probe}-{self.value}"


def honest_items(modules: Collection[str], without: Collection[str] = ()) -> list[Any]:
    """Return the probes of some modules, with their values, that OpenAI's persona must satisfy, as parameters."""
    items = items_for(reference(), probes(), Tier.DEEP)
    judged = [item for item in items if item.probe.module in modules and item.probe.id not in without]
    return [pytest.param(item.probe.id, item.value, id=f"{item.probe.id}-{item.value}") for item in judged]


def parameters(rows: Iterable[Row]) -> list[Any]:
    """Return rows as parameters of a test."""
    return [pytest.param(row, id=f"{row.id}-{place}") for place, row in enumerate(rows)]


def broken_record(row: Row) -> Record:
    """Return the record of a row: honest evidence, broken in one place."""
    captured = relevant(honest(), row.probe, row.value)
    return record_of(row.probe, broken(captured, row.change), value=row.value)


def unbroken(modules: Collection[str], rows: Iterable[Row]) -> set[str]:
    """Return the probes of some modules that no row breaks."""
    return {probe.id for probe in probes() if probe.module in modules} - {row.probe for row in rows}


def relevant(captured: Captured, probe: str, value: Json) -> Captured:
    """Return the evidence that a probe needs at least; a red square where it needs nothing by name."""
    scenario_runs = [scenario_run.id for scenario_run in probe_of(probe).scenario_runs(reference(), value)] or [
        "red_square_stream"
    ]
    return {name: captured[name] for name in scenario_runs}


def only(note: str, change: Change) -> Change:
    """Change the exchange with a note, and leave the others as they are."""
    return lambda exchange: change(exchange) if exchange.request.note == note else exchange


def sent(option: str, change: Change) -> Change:
    """Change the exchanges whose tool was sent with an option, and leave the others as they are."""

    def has(exchange: Exchange) -> bool:
        return any(option in tool for tool in exchange.request.json.get("tools", ()))

    return lambda exchange: change(exchange) if has(exchange) else exchange


def streaming(change: Change) -> Change:
    """Change streams, and leave all else as it is."""
    return lambda exchange: change(exchange) if exchange.is_stream else exchange


def drop(*types: str) -> Change:
    """Take events out of a stream."""
    return streaming(
        lambda exchange: with_events(exchange, [event for event in events_of(exchange) if event["type"] not in types])
    )


def repeat(kind: str) -> Change:
    """Send the events of a type twice."""

    def change(exchange: Exchange) -> Exchange:
        events = events_of(exchange)
        return with_events(exchange, [event for each in events for event in [each] * (1 + (each["type"] == kind))])

    return streaming(change)


def insert(event: dict[str, Json], before: str) -> Change:
    """Put an event before the first of a type."""

    def change(exchange: Exchange) -> Exchange:
        events = events_of(exchange)
        at = next((place for place, each in enumerate(events) if each["type"] == before), len(events))
        return with_events(exchange, [*events[:at], event, *events[at:]])

    return streaming(change)


def last(change: Change, *, of: int) -> Change:
    """Change the step with a number alone."""
    return lambda exchange: change(exchange) if exchange.step == of else exchange


NO_PICTURE = answering(text_response("I cannot draw."))
"""Only words come, completed."""

WORDS = answering(text_response())
"""The word `ready` comes, whatever was asked."""

OTHER_PICTURE = everywhere("result", as_base64(painted("yellow", (512, 512))))
"""A yellow PNG of 512x512 comes, whatever was asked."""
