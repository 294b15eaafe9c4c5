"""What the newest clients have that gateprobe does not know, less the exceptions that have a reason."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from docs.tools.sdk.surfaces import Fact

FILE: Final = Path(__file__).with_name("exceptions.toml")


@dataclass(frozen=True, slots=True)
class ListedException:
    """Facts that stay unknown, as patterns, and the reason."""

    facts: tuple[str, ...]
    reason: str

    def covers(self, fact: Fact) -> bool:
        """Return whether a fact is one of them."""
        return any(fnmatchcase(str(fact), pattern) for pattern in self.facts)


def compared() -> dict[str, str]:
    """Return the newest version of each client that was compared, by language."""
    return dict(_data()["compared"])


def exceptions() -> tuple[ListedException, ...]:
    """Return the listed exceptions."""
    return tuple(ListedException(tuple(row["facts"]), row["reason"]) for row in _data()["exceptions"])


def unlisted(unknown: Iterable[Fact]) -> list[Fact]:
    """Return the unknown facts that no exception covers."""
    listed = exceptions()
    return [fact for fact in unknown if not any(each.covers(fact) for each in listed)]


def complaint(facts: Iterable[Fact]) -> str:
    """Return what to do about facts that are new; empty where there are none."""
    lines = [f"  {fact}" for fact in facts]
    if not lines:
        return ""
    todo = (
        "Request fields and values: let the reference take them (gateprobe/reference) and write a probe, or list them.",
        "Answers and events: name them in schemas/. Models: probes/model-facts.toml.",
        f"What is left out is listed with its reason in docs/tools/sdk/{FILE.name}.",
        "Then set the version there, and run python -m docs.tools.protocol_page.",
    )
    return "\n".join((f"{len(lines)} things in OpenAI's client are new:", *lines, *todo))


def _data() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text("utf-8"))
