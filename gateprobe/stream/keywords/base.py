"""What the incremental judges of the vocabulary's keywords share.

The meaning of each keyword is defined in `schemas/vocabulary/stream.schema.json` and `docs/streams.md`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from gateprobe.message import Message, Value, message
from gateprobe.stream.model import UNKNOWN_REQUEST, RequestFacts

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
    RETRIEVED = "retrieved"
    """A response lacks a picture, which it may where it was fetched again."""
    MISFILED = "misfiled"
    """It is a whole answer of another endpoint, so a recording was filed under the wrong one."""


class Breach(NamedTuple):
    """A rule, the number of the event that breaks it (None for the whole stream), and one sentence.

    `fault` is the kind of fault, where this breach shows another than its rule.
    """

    rule: str
    event: int | None
    message: Message
    doubt: Doubt = Doubt.NONE
    fault_kind: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the events: the request, and whether the stream was resumed in its middle."""

    request: RequestFacts = UNKNOWN_REQUEST
    resumed: bool = False
    cached_types: int = 512


Watch = Callable[[int, "dict[str, Json]", "list[Breach]"], None]
"""Judge an event: its number, its value, and the list to append breaches to."""

Definition = Any


class Keyword(Protocol):
    """One clause of a document, being judged."""

    def watches(self, event_type: str) -> list[Watch]:
        """Return what is to be called for events of a type."""

    def end(self, breaches: list[Breach]) -> None:
        """Report what only the end shows."""


def describe_group(by: list[str], group: Group) -> Value:
    """Return the name of a group for a message: `output_index 1`, or `the stream` where there is only one."""
    if not by:
        return message("the stream")
    values = group if isinstance(group, tuple) else (group,)
    return tuple(f"{name} {value}" for name, value in zip(by, values, strict=False))
