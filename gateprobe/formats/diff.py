"""A diff as text and as Markdown: the paragraph first, then every change but the unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.formats.markdown import inert, table
from gateprobe.formats.words import GLYPH, count
from gateprobe.text import printable
from gateprobe.views.changes import Change, Diff, Kind

_QUIET: Final = (Kind.EVIDENCE, Kind.SAME)
_WIDE: Final = 400


def diff_text(found: Diff) -> str:
    """Write a diff as plain text, a line for each change."""
    lines = [found.paragraph, "", *map(_line, _loud(found)), *_counted(found)]
    return "\n".join(printable(line, _WIDE) for line in lines) + "\n"


def diff_markdown(found: Diff) -> str:
    """Write a diff as Markdown, a row for each change."""
    lines = [f"## gateprobe diff: {inert(found.paragraph)}", ""]
    if loud := tuple(_loud(found)):
        heads = ("change", "item", "level", "before", "now", "whose doing", "reason")
        lines += [*table(heads, map(_row, loud)), ""]
    return "\n".join([*lines, *_counted(found)]) + "\n"


def _loud(found: Diff) -> Iterator[Change]:
    return (change for change in found.changes if change.kind not in _QUIET)


def _line(change: Change) -> str:
    record = change.record
    became = f"{_before(change)} → {_now(change)}"
    return f"  {change.kind}: {record.item} [{record.level}] {became}, {change.doing}: {record.reason}"


def _row(change: Change) -> tuple[str, ...]:
    record = change.record
    return (
        str(change.kind),
        inert(record.item),
        str(record.level),
        _before(change),
        _now(change),
        change.doing.removeprefix("by "),
        inert(record.reason),
    )


def _before(change: Change) -> str:
    return f"{GLYPH[change.old.verdict]} {change.old.verdict}" if change.old else "–"


def _now(change: Change) -> str:
    return f"{GLYPH[change.new.verdict]} {change.new.verdict}" if change.new else "–"


def _counted(found: Diff) -> Iterator[str]:
    """Say how many are not listed, so that nothing leaves the total."""
    same, evidence = (len(found.of(kind)) for kind in (Kind.SAME, Kind.EVIDENCE))
    are, differ = "is" if same == 1 else "are", "differs" if evidence == 1 else "differ"
    all_ = count(len(found.changes), "item")
    yield f"Of {all_}, {same} {are} the same and {evidence} {differ} in their evidence alone."
