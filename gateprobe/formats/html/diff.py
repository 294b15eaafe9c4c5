"""The page of what changed between two runs; it lies in the newer run's folder and links to both reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.engine import render_template
from gateprobe.formats.nights import changes as change_words
from gateprobe.views.change_groups import grouped
from gateprobe.views.changes import ChangeKind, Diff

DIFF: Final = "diff.html"
_OPEN: Final = 8  # findings of one cause that are open; more are folded
_SHOWN: Final = (
    ChangeKind.WORSE,
    ChangeKind.UNSEEN,
    ChangeKind.BETTER,
    ChangeKind.DIFFERENT,
    ChangeKind.SEEN,
    ChangeKind.NEW,
    ChangeKind.GONE,
)


@bilingual
def render_diff(diff: Diff) -> str:
    """Draw a diff as one HTML page."""
    kinds = [(kind, len(changes), grouped(diff, kind)) for kind in _SHOWN if (changes := diff.of(kind))]
    return render_template(
        "diff.html.j2",
        ("diff.css",),
        diff=diff,
        headline=change_words.headline(diff),
        changes=change_words,
        outcome=_outcome(diff),
        kinds=kinds,
        kinds_shown={kind: str(kind).capitalize() for kind in _SHOWN},
        most=_OPEN,
        same=len(diff.of(ChangeKind.SAME)),
        evidence=len(diff.of(ChangeKind.EVIDENCE)),
        old_link=_relative(diff.old.folder, diff.new.folder),
        new_link="index.html",
    )


def write_diff(diff: Diff) -> Path:
    """Write the page of a diff into the newer run's folder; give its path."""
    path = diff.new.folder / DIFF
    files.write(diff.new.folder, path, render_diff(diff).encode())
    return path


def _relative(old: Path, new: Path) -> str:
    return Path(os.path.relpath(old / "index.html", new)).as_posix()


def _outcome(diff: Diff) -> str:
    if any(change.is_alarm for change in diff.changes):
        return "broken"
    return "incomplete" if diff.of(ChangeKind.WORSE, ChangeKind.UNSEEN) else "kept"
