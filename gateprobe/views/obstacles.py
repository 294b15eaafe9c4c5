"""Obstacles: what kept a run from observing something, what it lacks, and what nobody outside can observe. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from gateprobe.message import Message
from gateprobe.model import Cause, Level
from gateprobe.record.file import Record
from gateprobe.views.causes import CauseGroup
from gateprobe.views.matrix import Matrix


def obstacles(records: Iterable[Record], causes: Iterable[CauseGroup]) -> tuple[tuple[Record, ...], ...]:
    """Group records of what could have been observed and was not, by gateway, cause and message.

    Groups stand in the order of the run; the first record of each is at the highest level in it. What is hidden behind
    one of the `causes` is left out: that cause names it.
    """
    hidden = {(cell.gateway, cell.capability.id) for group in causes for cell in group.hidden}
    groups: dict[tuple[str, Cause | None, Message], list[Record]] = {}
    for record in records:
        if record.incomplete and (record.gateway, record.capability) not in hidden:
            groups.setdefault((record.gateway, record.cause, record.message), []).append(record)
    return tuple(tuple(sorted(group, key=lambda record: list(Level).index(record.level))) for group in groups.values())


def unobservable(matrix: Matrix) -> dict[str, tuple[str, ...]]:
    """Return the capabilities that this run lists and nobody outside can observe, by the catalogue's reason."""
    groups: dict[str, list[str]] = {}
    for row in matrix.rows():
        listed = any(record.cause is Cause.UNOBSERVABLE for cell in row.cells for record in cell.records)
        if row.capability.unobservable and listed:
            groups.setdefault(row.capability.unobservable, []).append(row.capability.id)
    return {reason: tuple(names) for reason, names in groups.items()}


def not_installed(records: Iterable[Record]) -> dict[str, tuple[str, ...]]:
    """Return the capabilities that were not tested for want of an installation, by the command that installs it."""
    groups: dict[str, dict[str, None]] = {}
    for record in records:
        if record.install:
            groups.setdefault(record.install, {})[record.capability] = None
    return {command: tuple(names) for command, names in groups.items()}
