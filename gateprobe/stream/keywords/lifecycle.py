"""The keyword `lifecycles`: how a response, an item, a part or a call goes from its first event to its last."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateprobe.stream.keywords.base import GROUPS, Broken, said
from gateprobe.stream.keywords.grouping import grouper

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.base import Context, Definition, Watch
    from gateprobe.stream.keywords.grouping import Group
    from gateprobe.stream.model import Asked


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
        self._most = [_most(step.get("max"), context.asked) for step in self._steps]
        self._groups: dict[Group, _State] = {}

    def watches(self, kind: str) -> list[Watch]:
        """Watch the steps' types, and the event at which every group must be finished."""
        found = [self._take(kind, at) for at, step in enumerate(self._steps) if kind in step["types"]]
        if "unfinished" in self._definition and kind in self._definition["complete"]["types"]:
            found.append(self._complete(kind))
        return found

    def _take(self, kind: str, at: int) -> Watch:
        groups, group_of, most = self._groups, self._group, self._most[at]

        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
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
            if state.at == at and (most is None or taken[at] <= most):
                return
            self._judge(kind, at, group, state, number, broken)

        return watch

    def _opened(self, at: int) -> _State:
        """Open a group; in a resumed stream its beginning may lie before the first event."""
        state = _State([0] * len(self._steps))
        if self._resumed:
            state.excused.update(range(at))
        return state

    def _judge(self, kind: str, at: int, group: Group, state: _State, number: int, broken: list[Broken]) -> None:
        definition, step = self._definition, self._steps[at]
        where = f"{definition['name']}, {said(self._by, group)}"
        most = self._most[at]
        if most is not None and state.taken[at] > most:
            rule = step.get("repeated", definition["repeated"])
            message = f"{kind} comes {_times(state.taken[at])} ({where}); at most {_times(most)} was expected"
            broken.append(Broken(rule, number, message))
        elif at < state.at:
            later = self._steps[state.at]["types"]
            seen = later[0] if len(later) == 1 else f"{later[0]} or the like"
            broken.append(Broken(definition["late"], number, f"{kind} comes after {seen} ({where})"))
        if at <= state.at:
            return
        for before in range(state.at + 1, at):
            self._skipped(kind, before, where, state, number, broken)
        state.at = at

    def _skipped(self, kind: str, before: int, where: str, state: _State, number: int, broken: list[Broken]) -> None:
        step = self._steps[before]
        if not step.get("min") or state.taken[before] or before in state.excused:
            return
        rule = step.get("missing", self._definition.get("missing"))
        state.excused.add(before)
        if rule is not None:
            wanted = " or ".join(step["types"])
            broken.append(Broken(rule, number, f"{kind} comes without {wanted} before it ({where})"))

    def _complete(self, kind: str) -> Watch:
        shared = self._definition["complete"]["by"]
        common = grouper(shared)

        def watch(number: int, event: dict[str, Json], broken: list[Broken]) -> None:
            mine = common(event)
            if mine is None:
                return
            for group, state in self._groups.items():
                if not shared or (group[0] if isinstance(group, tuple) else group) == mine:
                    self._unfinished(kind, group, state, number, broken)

        return watch

    def _unfinished(self, kind: str, group: Group, state: _State, number: int, broken: list[Broken]) -> None:
        for at, step in enumerate(self._steps):
            if step.get("min") and not state.taken[at] and at not in state.excused:
                state.excused.add(at)
                wanted = " or ".join(step["types"])
                where = f"{self._definition['name']}, {said(self._by, group)}"
                message = f"{kind} comes without {wanted} before it ({where})"
                broken.append(Broken(self._definition["unfinished"], number, message))

    def end(self, broken: list[Broken]) -> None:
        """Nothing: a stream that was cut is a matter of its terminal event."""


def _most(limit: int | dict[str, Any] | None, asked: Asked) -> int | None:
    """Work out a step's maximum: fixed, or as many as were asked for but no fewer than `least`."""
    if not isinstance(limit, dict):
        return limit
    number = asked.partial_images
    return int(limit["otherwise"] if number is None else max(limit["least"], number))


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
