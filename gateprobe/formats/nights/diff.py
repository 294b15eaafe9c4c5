"""A diff as text and as Markdown: the paragraph first, then every change but the unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.findings import record_glyph, record_word
from gateprobe.formats.markdown import inert, table
from gateprobe.formats.nights.changes import doing, paragraph, why
from gateprobe.formats.words import count, few
from gateprobe.language import translated
from gateprobe.message import plural, sentence
from gateprobe.record.file import Record
from gateprobe.text import printable
from gateprobe.views.change_groups import grouped
from gateprobe.views.changes import UNCHANGED, Change, ChangeKind, Diff

_THERE: Final = (ChangeKind.NEW, ChangeKind.GONE)
_WIDE: Final = 400
HEADS: Final = ("change", "item", "level", "before", "now", "origin", "reason")
"""The heads of the table."""


def diff_text(diff: Diff) -> str:
    """Write a diff as plain text, a line for each change; of a whole gateway that was unseen, or is new, one line."""
    lines = [paragraph(diff), "", *_lines(diff), *_counted(diff)]
    return "\n".join(printable(line, _WIDE) for line in lines) + "\n"


def diff_markdown(diff: Diff) -> str:
    """Write a diff as Markdown, a row for each change."""
    lines = [f"## gateprobe diff: {inert(paragraph(diff))}", ""]
    if loud := tuple(_loud(diff)):
        heads = tuple(map(translated, HEADS))
        lines += [*table(heads, map(_row, loud)), ""]
    return "\n".join([*lines, *_counted(diff)]) + "\n"


def _loud(diff: Diff) -> Iterator[Change]:
    return (change for change in diff.changes if change.kind not in UNCHANGED)


def _lines(diff: Diff) -> Iterator[str]:
    for kind in ChangeKind:
        if kind in UNCHANGED:
            continue
        for group in grouped(diff, kind):
            if kind in _THERE:
                items = few([change.record.item for change in group.changes])
                yield f"  {translated(str(kind))}{translated(': ')}{items}"
            elif group.gateway:
                yield "  " + sentence(
                    "{kind}: {name}: {items}: {reason}",
                    kind=translated(str(kind)),
                    name=group.gateway,
                    items=count(len(group.changes), "item"),
                    reason=why(group),
                )
            else:
                yield from map(_line, group.changes)


def _line(change: Change) -> str:
    record = change.record
    became = f"{_before(change)} → {_now(change)}"
    return "  " + sentence(
        "{kind}: {item} [{level}] {became}, {origin}: {reason}",
        kind=translated(str(change.kind)),
        item=record.item,
        level=str(record.level),
        became=became,
        origin=doing(change),
        reason=record.reason,
    )


def _row(change: Change) -> tuple[str, ...]:
    record = change.record
    return (
        translated(str(change.kind)),
        inert(record.item),
        str(record.level),
        _before(change),
        _now(change),
        doing(change),
        inert(record.reason),
    )


def _before(change: Change) -> str:
    return _state(change.old)


def _now(change: Change) -> str:
    return _state(change.new)


def _state(record: Record | None) -> str:
    return f"{record_glyph(record)} {record_word(record)}" if record else "–"


def _counted(diff: Diff) -> Iterator[str]:
    """Return how many are not listed, so that nothing leaves the total."""
    same, evidence = (len(diff.of(kind)) for kind in (ChangeKind.SAME, ChangeKind.EVIDENCE))
    are = plural(same, "{number} is the same", "{number} are the same")
    differ = plural(evidence, "{number} differs in their evidence alone", "{number} differ in their evidence alone")
    yield sentence(
        "Of {items}, {same} and {evidence}.", items=count(len(diff.changes), "item"), same=are, evidence=differ
    )
