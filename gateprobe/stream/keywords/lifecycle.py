"""The keyword `lifecycles`: how a response, an item, a part or a call goes from its first event to its last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateprobe.message import Message, message
from gateprobe.stream.keywords.base import GROUPS, Breach, describe_group
from gateprobe.stream.keywords.grouping import grouper
from gateprobe.text import either

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Group
    from gateprobe.stream.model import RequestFacts


@dataclass(slots=True)
class _State:
    """How far one group is: how often each step was taken, and the latest step."""

    taken: list[int]
    at: int = -1
    excused: set[int] = field(default_factory=set)


class Lifecycles:
    """One lifecycle, for all its groups."""

    def __init__(self, definition: Definition, context: Context) -> None:
        self._definition = definition
        self._resumed = context.resumed
        self._by = definition["by"]
        self._group = grouper(self._by)
        self._steps: list[dict[str, Any]] = definition["steps"]
        self._maxima = [_maximum(step.get("max"), context.request) for step in self._steps]
        self._groups: dict[Group, _State] = {}

    def watches(self, event_type: str) -> list[Watch]:
        """Watch the steps' types, and the event at which every group must be finished."""
        watches = [self._take(event_type, at) for at, step in enumerate(self._steps) if event_type in step["types"]]
        if "unfinished" in self._definition and event_type in self._definition["complete"]["types"]:
            watches.append(self._complete(event_type))
        return watches

    def _take(self, event_type: str, at: int) -> Watch:
        groups, group_of, maximum = self._groups, self._group, self._maxima[at]

        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            group = group_of(event)
            if group is None:
                return
            state = groups.get(group)
            if state is None:
                if len(groups) >= GROUPS:
                    return
                state = groups[group] = self._opened(at)
            taken = state.taken
            taken[at] += 1
            if state.at == at and (maximum is None or taken[at] <= maximum):
                return
            self._judge(event_type, at, group, state, number, breaches)

        return watch

    def _opened(self, at: int) -> _State:
        """Open a group; in a resumed stream its beginning may lie before the first event."""
        state = _State([0] * len(self._steps))
        if self._resumed:
            state.excused.update(range(at))
        return state

    def _judge(
        self, event_type: str, at: int, group: Group, state: _State, number: int, breaches: list[Breach]
    ) -> None:
        definition, step, maximum = self._definition, self._steps[at], self._maxima[at]
        if maximum is not None and state.taken[at] > maximum:
            repeated = message(
                "{event} comes {times}, expected at most {maximum} ({place})",
                event=event_type,
                times=_times(state.taken[at]),
                maximum=maximum,
                place=self._place(group),
            )
            breaches.append(Breach(step.get("repeated", definition["repeated"]), number, repeated))
        elif at < state.at:
            late = message(
                "{event} comes after {later} ({place})",
                event=event_type,
                later=either(self._steps[state.at]["types"]),
                place=self._place(group),
            )
            breaches.append(Breach(definition["late"], number, late))
        if at <= state.at:
            return
        for before in range(state.at + 1, at):
            rule = self._steps[before].get("missing", definition.get("missing"))
            self._require(rule, event_type, before, group, number, breaches)
        state.at = at

    def _complete(self, event_type: str) -> Watch:
        shared = self._definition["complete"]["by"]
        common = grouper(shared)
        rule = self._definition["unfinished"]

        def watch(number: int, event: dict[str, Json], breaches: list[Breach]) -> None:
            completed = common(event)
            if completed is None:
                return
            for group in self._groups:
                if not shared or (group[0] if isinstance(group, tuple) else group) == completed:
                    for at in range(len(self._steps)):
                        self._require(rule, event_type, at, group, number, breaches)

        return watch

    def _require(
        self,
        rule: str | None,
        event_type: str,
        at: int,
        group: Group,
        number: int,
        breaches: list[Breach],
    ) -> None:
        """Report a step that had to be taken before this event and was not, once."""
        step, state = self._steps[at], self._groups[group]
        if not step.get("min") or state.taken[at] or at in state.excused:
            return
        state.excused.add(at)
        if rule is not None:
            missing = message(
                "{event} comes without {expected} before it ({place})",
                event=event_type,
                expected=either(step["types"]),
                place=self._place(group),
            )
            breaches.append(Breach(rule, number, missing))

    def _place(self, group: Group) -> Message:
        if not self._by:
            return message("{name}", name=self._definition["name"])
        return message("{name}, {group}", name=self._definition["name"], group=describe_group(self._by, group))

    def end(self, breaches: list[Breach]) -> None:
        """Do nothing: a stream that was cut is a matter of its terminal event."""


def _maximum(limit: int | dict[str, Any] | None, request: RequestFacts) -> int | None:
    """Return a step's maximum: fixed, or as many as were asked for but no fewer than `least`."""
    if not isinstance(limit, dict):
        return limit
    number = request.partial_images
    return int(limit["otherwise"] if number is None else max(limit["least"], number))


def _times(count: int) -> Message:
    if count == 1:
        return message("once")
    return message("twice") if count == 2 else message("{number} times", number=count)
