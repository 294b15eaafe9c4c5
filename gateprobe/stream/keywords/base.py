"""What the incremental judges of the vocabulary's keywords have in common.

What each keyword means is said in `schemas/vocabulary/stream.schema.json` and `docs/streams.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from gateprobe.stream.model import NOTHING_KNOWN, Asked

if TYPE_CHECKING:
    from gateprobe.model import Json
    from gateprobe.stream.keywords.grouping import Group

ANY: Final = "*"
"""Stands for every event type that is not named."""

GROUPS: Final = 4096
"""How many groups a clause follows; no real stream has a tenth of it, and a hostile one must not fill the memory."""

TEXT_LIMIT: Final = 64 * 1024 * 1024
"""How many bytes of joined deltas are followed per group; beyond, the group is no longer compared."""


class Doubt(StrEnum):
    """Why a violation in a recording may be the recorder's doing and not the gateway's."""

    NONE = "none"
    SHORTENED = "shortened"
    """A picture is so small that somebody must have shortened it."""
    TRIMMED = "trimmed"
    """Events are missing; where several numbers in a row are gone as well, a recording was trimmed."""
    ABRIDGED = "abridged"
    """So much of a text is missing that a recording was trimmed, even where it was numbered anew."""
    MISFILED = "misfiled"
    """It is a whole answer of another endpoint, so a recording was filed under the wrong one."""


class Broken(NamedTuple):
    """A rule, the number of the event that breaks it (None for the whole stream), and one sentence."""

    rule: str
    event: int | None
    message: str
    doubt: Doubt = Doubt.NONE


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the events: the request, and whether the stream was resumed in its middle."""

    asked: Asked = NOTHING_KNOWN
    resumed: bool = False
    types_kept: int = 512


Watch = Callable[[int, "dict[str, Json]", "list[Broken]"], None]
Definition = Any


class Keyword(Protocol):
    """One clause of a document, being judged."""

    def watches(self, kind: str) -> list[Watch]:
        """Give what is to be called for events of a type."""

    def end(self, broken: list[Broken]) -> None:
        """Report what only the end shows."""


def said(by: list[str], group: Group) -> str:
    """Name a group in a message: `output_index 1`, or `the stream` where there is only one."""
    if not by:
        return "the stream"
    values = group if isinstance(group, tuple) else (group,)
    return ", ".join(f"{name} {value}" for name, value in zip(by, values, strict=False))
