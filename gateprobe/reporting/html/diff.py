"""The page of what changed between two runs; it lies in the newer run's folder and links to both reports."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from gateprobe.reporting.changes import Diff, Kind
from gateprobe.reporting.html.engine import render_template
from gateprobe.reporting.roots import by_cause
from gateprobe.reporting.words import count

DIFF: Final = "diff.html"
_SHOWN: Final = (Kind.WORSE, Kind.UNSEEN, Kind.BETTER, Kind.DIFFERENT, Kind.SEEN, Kind.NEW, Kind.GONE)


def render_diff(found: Diff) -> str:
    """Draw a diff as one HTML page."""
    groups = [(kind, changes) for kind in _SHOWN if (changes := found.of(kind))]
    return render_template(
        "diff.html.j2",
        ("diff.css",),
        diff=found,
        headline=_headline(found),
        outcome=_outcome(found),
        groups=groups,
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


def _headline(found: Diff) -> str:
    """Say what became of the gateways; what a document did, or we, is counted apart: it is no news of theirs."""
    worse, unseen, better = (
        sum(change.is_theirs for change in found.of(kind)) for kind in (Kind.WORSE, Kind.UNSEEN, Kind.BETTER)
    )
    ours = len(found.of(Kind.WORSE)) - worse
    beside = f" {count(ours, 'is', 'are')} contradicted now by our doing, or a document's." if ours else ""
    if worse:
        causes = _causes(found)
        by = f", by {count(causes, 'cause')}" if worse > 1 else ""
        return f"{count(worse, 'finding')} got worse{by}.{beside}"
    if unseen:
        return f"Nothing got worse, but {count(unseen, 'finding')} could not be made again.{beside}"
    return (f"{count(better, 'finding')} got better." if better else "Nothing got worse.") + beside


def _causes(found: Diff) -> int:
    """Count the causes of what got worse, as the report of the newer run counts them."""
    broken = [change.record for change in found.of(Kind.WORSE) if change.is_theirs]
    names = dict.fromkeys(one.gateway for one in broken)
    return sum(len(by_cause(one for one in broken if one.gateway == name)) for name in names)


def _outcome(found: Diff) -> str:
    if any(change.is_alarm for change in found.changes):
        return "broken"
    return "incomplete" if found.of(Kind.WORSE, Kind.UNSEEN) else "kept"
