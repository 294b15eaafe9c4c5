"""Annotations for a CI service: what fails as errors, what is open as warnings, what is accepted as notices.

The form is that of GitHub's workflow commands (GitHub Docs, "Workflow commands for GitHub Actions"): one line each,
with `%`, line ends and, in a title, `:` and `,` escaped. GitHub shows ten of each kind for a step; the tenth counts
the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateprobe.model import Verdict
from gateprobe.record.file import Record, Run
from gateprobe.record.gate import Met, answers, needs_of
from gateprobe.text import printable

_MOST: Final = 10
_LONG: Final = 400  # characters of one message
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_TITLE: Final = _DATA | {":": "%3A", ",": "%2C"}


class Kind(StrEnum):
    """The commands, the most urgent first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Remark:
    """What it is about, and one sentence."""

    kind: Kind
    title: str
    message: str


def github(run: Run) -> str:
    """Write a run's annotations as workflow commands, a line each; empty where there is nothing to say."""
    found = tuple(remarks(run))
    lines = [line for kind in Kind for line in _lines(kind, [one for one in found if one.kind is kind])]
    return "".join(f"{line}\n" for line in lines)


def remarks(run: Run) -> Iterator[Remark]:
    """Give every remark about a run: the needs first, then complaints, then records by their attention."""
    for need in answers(run.records, run.header.gateways, needs_of(run)):
        if need.met is not Met.THERE:
            kind = Kind.ERROR if need.met is Met.MISSING else Kind.WARNING
            yield Remark(kind, f"{need.capability} of {need.gateway} is needed and {need.met}", need.reason)
    for complaint in run.header.complaints:
        yield Remark(Kind.ERROR, "baseline", complaint)
    yield from _of_records(sorted(run.records, key=lambda one: one.attention))
    if run.footer is None:
        yield Remark(Kind.ERROR, "the audit died", "the run has no footer: it ended before its time")


def _of_records(records: list[Record]) -> Iterator[Remark]:
    same = Counter((one.gateway, one.reason) for one in records if one.incomplete)
    for one in records:
        if one.fails:
            yield Remark(Kind.ERROR, f"{one.item} is contradicted", one.explanation)
        elif one.verdict is Verdict.CONTRADICTED:
            kind = Kind.NOTICE if one.accepted or one.advisory else Kind.WARNING
            yield Remark(kind, f"{one.item} is contradicted ({one.level})", one.explanation)
        elif one.settled:
            yield Remark(Kind.NOTICE, f"{one.item} could not be observed ({one.cause})", one.explanation)
        elif one.incomplete and (many := same.pop((one.gateway, one.reason), 0)):
            who = one.item if many == 1 else f"{many} probes of {one.gateway}"
            yield Remark(Kind.WARNING, f"{who} could not be observed ({one.cause})", one.explanation)


def _lines(kind: Kind, found: list[Remark]) -> Iterator[str]:
    shown = found if len(found) <= _MOST else found[: _MOST - 1]
    for one in shown:
        title, message = printable(f"gateprobe: {one.title}", 120), printable(one.message, _LONG)
        yield f"::{kind} title={_escaped(title, _TITLE)}::{_escaped(message, _DATA)}"
    if len(shown) < len(found):
        yield f"::{kind} title=gateprobe::and {len(found) - len(shown)} more; the report names them all"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(character, character) for character in text)
