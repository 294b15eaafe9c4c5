"""The events of an audit, in the order in which they come; a listener receives each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gateprobe.audit.settings import Settings
from gateprobe.capture import CaptureEvent
from gateprobe.plan.planning import Item
from gateprobe.record.file import Record, Run


@dataclass(frozen=True, slots=True)
class Started:
    """The run folder is open and nothing has been sent yet; `items` will be judged."""

    folder: Path
    items: tuple[Item, ...]
    settings: Settings


@dataclass(frozen=True, slots=True)
class Noticed:
    """The first free requests showed what a user needs to know of gateways that are audited further."""

    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CaptureStarted:
    """Requests are about to be sent; `totals` is the number of scenarios by gateway."""

    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Captured:
    """The evidence of these gateways is on disk."""

    gateways: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """An item was judged."""

    record: Record


@dataclass(frozen=True, slots=True)
class Finished:
    """The audit ended; without a footer in the run, it was stopped before it was judged."""

    run: Run
    exit_code: int


Event = Started | Noticed | CaptureStarted | CaptureEvent | Captured | Judged | Finished
Listener = Callable[[Event], None]
