"""A finding as two columns of a page, asked and received, with the commands that show the failure again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import orjson

from gateprobe.formats.html.exchanges import ScenarioRunView, StepView
from gateprobe.formats.html.pictures import SIDE, Thumbnail
from gateprobe.formats.reproduction import Reproduction, reproduction
from gateprobe.formats.words import count
from gateprobe.message import sentence
from gateprobe.model import Json
from gateprobe.record.file import Record
from gateprobe.text import shortened
from gateprobe.views.contrast import Contrast, EventRun, contrast

_LONG: Final = 90  # characters of one value
_MOST: Final = 4  # pictures of one side
_ACCEPTED: Final = "option.invalid_accepted"


@dataclass(frozen=True, slots=True)
class Frame:
    """The outline of the picture that was asked for, in the scale of a thumbnail."""

    width: int
    height: int
    label: str


@dataclass(frozen=True, slots=True)
class ContrastView:
    """Both sides of a finding: lines of text, pictures and events; and where its exchange is shown."""

    anchor: str
    asked: tuple[str, ...]
    received: tuple[str, ...]
    frame: Frame | None
    sent_pictures: tuple[Thumbnail, ...]
    received_pictures: tuple[Thumbnail, ...]
    expected_events: tuple[str, ...]
    events: tuple[str, ...]
    streams: bool
    commands: Reproduction | None


def contrast_view(record: Record, scenario_runs: Mapping[str, ScenarioRunView]) -> ContrastView | None:
    """Return both sides of the exchange that decided a record; None if there is no exchange or nothing to compare."""
    place = record.place
    scenario_run = scenario_runs.get(place.scenario_run) if place is not None else None
    if place is None or scenario_run is None or place.step >= len(scenario_run.steps):
        return None
    step = scenario_run.steps[place.step]
    sides = contrast(step.exchange, record.scope.option, step.timeline)
    refusal = record.fault_kind == _ACCEPTED
    pictures = not sides.streams
    view = ContrastView(
        anchor=scenario_run.to(place.step),
        asked=tuple(_asked(sides, refusal=refusal)),
        received=tuple(_received(sides, step, refusal=refusal)),
        frame=None if refusal or not pictures else _frame(sides),
        sent_pictures=_sent_pictures(step) if pictures else (),
        received_pictures=_received_pictures(step) if pictures else (),
        expected_events=tuple(map(_event, sides.expected_events)),
        events=tuple(map(_event, sides.events)) or ((sentence("no event"),) if sides.streams else ()),
        streams=sides.streams,
        commands=None if step.takes else reproduction(step.exchange, step.curl),
    )
    return view if view.asked or view.sent_pictures or view.received_pictures or view.streams else None


def _asked(sides: Contrast, *, refusal: bool) -> Iterable[str]:
    yield from (_fact(name, value) for name, value in sides.asked)
    if refusal:
        yield sentence("expected: a refusal (HTTP 400)")


def _received(sides: Contrast, step: StepView, *, refusal: bool) -> Iterable[str]:
    if refusal or sides.status is None or not 200 <= sides.status < 300:
        yield f"HTTP {sides.status}" if sides.status is not None else sentence("no answer")
    if step.finals and not sides.streams:
        yield count(len(step.finals), "picture")
    yield from (sentence("the answer says {fact}", fact=_fact(name, value)) for name, value in sides.answered)


def _sent_pictures(step: StepView) -> tuple[Thumbnail, ...]:
    before = (
        (replace(step.before, label=sentence("before: {label}", label=step.before.label)),)
        if step.before is not None
        else ()
    )
    return (step.inputs or before)[:_MOST]


def _received_pictures(step: StepView) -> tuple[Thumbnail, ...]:
    changed = (step.changed,) if step.changed is not None else ()
    return (*step.finals[: _MOST - len(changed)], *changed)


def _frame(sides: Contrast) -> Frame | None:
    if sides.size is None:
        return None
    width, height = sides.size
    scale = SIDE / max(width, height, 1)
    return Frame(
        max(round(width * scale), 1),
        max(round(height * scale), 1),
        sentence("asked for {size}", size=f"{width}x{height}"),
    )


def _fact(name: str, value: Json) -> str:
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"{name} {shortened(text, _LONG)}"


def _event(event: EventRun) -> str:
    if event.more:
        return sentence("… {number} more", number=event.times) if event.times > 1 else "…"
    return f"{event.name} ×{event.times}" if event.times > 1 else event.name
