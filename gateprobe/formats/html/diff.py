"""The page of what changed between two runs; it lies in the newer run's folder and links to both reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gateprobe.formats import changes as change_words
from gateprobe.formats.html.engine import render_template
from gateprobe.views.change_groups import grouped
from gateprobe.views.changes import Diff, Kind

DIFF: Final = "diff.html"
_OPEN: Final = 8  # findings of one cause that are open; more are folded
_SHOWN: Final = (Kind.WORSE, Kind.UNSEEN, Kind.BETTER, Kind.DIFFERENT, Kind.SEEN, Kind.NEW, Kind.GONE)


def render_diff(found: Diff) -> str:
    """Draw a diff as one HTML page."""
    kinds = [(kind, len(changes), grouped(found, kind)) for kind in _SHOWN if (changes := found.of(kind))]
    return render_template(
        "diff.html.j2",
        ("diff.css",),
        diff=found,
        headline=change_words.headline(found),
        changes=change_words,
        outcome=_outcome(found),
        kinds=kinds,
        most=_OPEN,
        same=len(found.of(Kind.SAME)),
        evidence=len(found.of(Kind.EVIDENCE)),
        old_link=_relative(found.old.folder, found.new.folder),
        new_link="index.html",
    )


def write_diff(found: Diff) -> Path:
    """Write the page of a diff into the newer run's folder; give its path."""
    path = found.new.folder / DIFF
    path.write_text(render_diff(found), "utf-8")
    return path


def _relative(old: Path, new: Path) -> str:
    return Path(os.path.relpath(old / "index.html", new)).as_posix()


def _outcome(found: Diff) -> str:
    if any(change.is_alarm for change in found.changes):
        return "broken"
    return "incomplete" if found.of(Kind.WORSE, Kind.UNSEEN) else "kept"
