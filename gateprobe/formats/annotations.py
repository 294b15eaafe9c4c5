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

from gateprobe.errors import ExitCode
from gateprobe.formats.answer import need_reason, one_line
from gateprobe.formats.findings import explanation, record_word
from gateprobe.message import Message
from gateprobe.model import Verdict
from gateprobe.record.file import Record, Run
from gateprobe.record.gate import Met
from gateprobe.text import printable
from gateprobe.views.answer import Answer, answer_of

_MOST: Final = 10
_LONG: Final = 400  # characters of one message
_DATA: Final = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_TITLE: Final = _DATA | {":": "%3A", ",": "%2C"}


class Severity(StrEnum):
    """The commands, the most urgent first."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Remark:
    """An annotation: how urgent it is, what it is about, and one sentence."""

    kind: Severity
    title: str
    message: str


def github(run: Run) -> str:
    """Return a run's annotations as workflow commands, a line each, the answer first of its kind."""
    every = tuple(remarks(run, answer_of(run)))
    lines = [line for kind in Severity for line in _lines(kind, [remark for remark in every if remark.kind is kind])]
    return "".join(f"{line}\n" for line in lines)


def remarks(run: Run, answer: Answer) -> Iterator[Remark]:
    """Return every remark about a run: the answer, the needs, the complaints, then records by their attention."""
    yield Remark(_kind(run, answer), "answer", one_line(answer))
    for need in answer.needs:
        if need.met is not Met.THERE:
            kind = Severity.ERROR if need.met is Met.MISSING else Severity.WARNING
            yield Remark(kind, f"{need.capability} of {need.gateway} is needed and {need.met}", need_reason(need))
    for complaint in run.header.complaints:
        yield Remark(Severity.ERROR, "baseline", complaint)
    yield from _of_records(sorted(run.records, key=lambda record: record.attention))


def _kind(run: Run, answer: Answer) -> Severity:
    if run.footer is None or answer.exit_code in (ExitCode.CONTRADICTED, ExitCode.FAILED):
        return Severity.ERROR
    return Severity.NOTICE if answer.exit_code is ExitCode.OK else Severity.WARNING


def _of_records(records: list[Record]) -> Iterator[Remark]:
    same = Counter(_obstacle(record) for record in records if record.incomplete)
    for record in records:
        reason = explanation(record)
        if record.fails:
            yield Remark(Severity.ERROR, f"{record.item} is {record_word(record)}", reason)
        elif record.verdict is Verdict.CONTRADICTED:
            kind = Severity.NOTICE if record.accepted or record.advisory else Severity.WARNING
            yield Remark(kind, f"{record.item} is {record_word(record)} ({record.level})", reason)
        elif record.settled:
            yield Remark(Severity.NOTICE, f"{record.item} could not be observed ({record.cause})", reason)
        elif record.incomplete and (many := same.pop(_obstacle(record), 0)):
            who = record.item if many == 1 else f"{many} probes of {record.gateway}"
            yield Remark(Severity.WARNING, f"{who} could not be observed ({record.cause})", reason)


def _obstacle(record: Record) -> tuple[str, Message]:
    return record.gateway, record.message


def _lines(kind: Severity, remarks: list[Remark]) -> Iterator[str]:
    shown = remarks if len(remarks) <= _MOST else remarks[: _MOST - 1]
    for remark in shown:
        title, message = printable(f"gateprobe: {remark.title}", 120), printable(remark.message, _LONG)
        yield f"::{kind} title={_escaped(title, _TITLE)}::{_escaped(message, _DATA)}"
    if len(shown) < len(remarks):
        yield f"::{kind} title=gateprobe::and {len(remarks) - len(shown)} more; the report names them all"


def _escaped(text: str, signs: dict[str, str]) -> str:
    return "".join(signs.get(character, character) for character in text)
