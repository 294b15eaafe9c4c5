"""The page over a folder of nights: what each said, newest first, with the way to its report and the history."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final
from urllib.parse import quote

import orjson

from gateprobe import files
from gateprobe.errors import BrokenRunError, ExitCode
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.diff import DIFF
from gateprobe.formats.html.engine import render_template
from gateprobe.formats.html.history import ENDED, HISTORY
from gateprobe.formats.nights.bullets import Bullet
from gateprobe.formats.nights.night_file import NightReport, read_night_report, told
from gateprobe.formats.words import GLYPH, count, few, listed
from gateprobe.language import translated
from gateprobe.message import sentence
from gateprobe.views.nights.gateway_nights import GatewayNight
from gateprobe.views.states import State
from gateprobe.views.tally import Outcome

NIGHTS: Final = "index.html"
_NIGHTS: Final = 10  # nights that the grid has a column for
_STATES: Final[Mapping[Outcome, State]] = {
    Outcome.DIED: State.NOT_RUN,
    Outcome.BROKEN: State.CONTRADICTED,
    Outcome.FLAKY: State.FLAKY,
    Outcome.FAILED: State.UNPROVEN,
    Outcome.INCOMPLETE: State.UNPROVEN,
    Outcome.UNTESTED: State.NOT_RUN,
    Outcome.WANTING: State.CONFIRMED,
    Outcome.KEPT: State.CONFIRMED,
}
VERDICTS: Final[Mapping[Outcome, str]] = {
    Outcome.DIED: "ended early",
    Outcome.BROKEN: "a need is missing",
    Outcome.FLAKY: "flaky",
    Outcome.FAILED: "a probe raised an error",
    Outcome.INCOMPLETE: "no must broken, partly not observed",
    Outcome.UNTESTED: "nothing promised was tested",
    Outcome.WANTING: "every must kept",
    Outcome.KEPT: "every tested promise kept",
}
_SHOWN: Final = 30  # nights whose paragraph is open; the older ones are folded
_LAST: Final = 65536  # bytes at the end of a run in which its last line is looked for


@dataclass(frozen=True, slots=True)
class NightRow:
    """One run: its folder, what its first and last lines say, what the night said, and whether it has a diff."""

    folder: str
    started_at: str
    tier: str
    version: str
    gateways: int
    exit_code: int | None
    report: NightReport | None
    diff: bool
    embedded: bool = False
    is_newer: bool = False
    """Whether another gateprobe was at work than in the run before."""

    @property
    def ended(self) -> int | None:
        """The exit code: by its policy where it was a night, else as an audit; None where it died."""
        return self.report.exit_code if self.report else self.exit_code

    @property
    def word(self) -> str:
        """How it ended. What a policy passes over is not called well."""
        if self.report and self.report.alarms:
            return sentence("worse")
        if self.report and self.ended == 0 and self.exit_code != 0:
            ended = translated(ENDED.get(self.exit_code, "failed"))
            return sentence("nothing worse, but {ended}", ended=ended)
        return translated(ENDED.get(self.ended, "failed"))

    @property
    def is_quiet(self) -> bool:
        """Whether the night was compared with the one before, and nothing changed."""
        if self.report is None or self.is_newer or not self.report.gateways:
            return False
        return self.report.compared_with is not None and not self.report.changed

    @property
    def glyph(self) -> str:
        """How it ended, as a sign."""
        return {"kept": "✓", "broken": "✗"}.get(self.outcome, "?" if self.ended else "!")

    @property
    def outcome(self) -> str:
        """The colour of the word: good only where the audit itself ended with 0."""
        if self.ended == ExitCode.OK:
            return "kept" if self.exit_code == ExitCode.OK else "wanting"
        return "incomplete" if self.ended == ExitCode.INCOMPLETE else "broken"


@dataclass(frozen=True, slots=True)
class NightCell:
    """One gateway on one night: a sign, its text, and the folder of the night's report."""

    folder: str
    day: str
    state: str
    glyph: str
    words: str


@dataclass(frozen=True, slots=True)
class GatewayRow:
    """One gateway over the nights that are shown, the newest first; its numbers are those of its last night."""

    last: GatewayNight
    current: bool
    cells: tuple[NightCell | None, ...]
    changed: tuple[str, ...]


def grid(rows: Sequence[NightRow]) -> tuple[GatewayRow, ...]:
    """Return a row for each gateway of the nights that are shown, the worst results first."""
    shown = [row for row in rows if row.report is not None and row.report.gateways][:_NIGHTS]
    by_night = [{entry.gateway: entry for entry in row.report.gateways} for row in shown if row.report is not None]
    names = dict.fromkeys(name for entries in by_night for name in entries)
    changed = {name: bullet.sentences for bullet in _changed(shown) for name in bullet.gateways}
    grid_rows = []
    for name in names:
        last = next(entries[name] for entries in by_night if name in entries)
        cells = tuple(
            _cell(row, entries[name]) if name in entries else None for row, entries in zip(shown, by_night, strict=True)
        )
        current = cells[0] is not None
        grid_rows.append(GatewayRow(last, current, cells, changed.get(name, ()) if current else ()))
    order = list(Outcome)
    return tuple(sorted(grid_rows, key=lambda row: (not row.current, order.index(row.last.outcome))))


def _changed(shown: Sequence[NightRow]) -> tuple[Bullet, ...]:
    return told(shown[0].report).changed if shown and shown[0].report is not None else ()


def _cell(row: NightRow, entry: GatewayNight) -> NightCell:
    state = State.UNPROVEN if entry.outage else _STATES[entry.outcome]
    return NightCell(row.folder, row.started_at, str(state), GLYPH[state], verdict(entry))


def folded(rows: Sequence[NightRow]) -> Iterator[tuple[NightRow, ...]]:
    """Yield groups of rows: consecutive nights without a change form one group; the newest row is always alone."""
    if rows:
        yield (rows[0],)
    for quiet, group in groupby(rows[1:], key=lambda row: (row.is_quiet, row.word)):
        nights = tuple(group)
        yield from (nights,) if quiet[0] and len(nights) > 1 else ((night,) for night in nights)


def verdict(entry: GatewayNight) -> str:
    """Return the result of a gateway on one night, in a few words; of an outage, only its cause."""
    if entry.outage:
        return sentence("out ({cause})", cause=translated(str(entry.outage)))
    parts = [sentence("{musts} broken", musts=count(entry.musts, "must"))] if entry.musts else []
    parts += [sentence("{musts} flaky", musts=count(entry.flaky, "must"))] if entry.flaky else []
    return listed(parts) or translated(VERDICTS[entry.outcome])


@bilingual
def render_nights(rows: tuple[NightRow, ...], *, history: bool) -> str:
    """Draw the page."""
    latest = rows[0] if rows else None
    return render_template(
        "nights.html.j2",
        ("nights.css",),
        rows=rows[:_SHOWN],
        older=rows[_SHOWN:],
        grid=grid(rows),
        folded=folded,
        verdict=verdict,
        most_nights=_NIGHTS,
        headline=_headline(latest) if latest else sentence("No night yet."),
        outcome=latest.outcome if latest else "incomplete",
        lead=(told(latest.report).chat or told(latest.report).paragraph) if latest and latest.report else "",
        bullets=told(latest.report).changed if latest and latest.report else (),
        told=told,
        few=few,
        history=HISTORY if history else "",
        diff=DIFF,
        href_of=quote,
    )


def _headline(latest: NightRow) -> str:
    """Name who is not well where the night said so; else how it ended."""
    headline = told(latest.report).headline if latest.report else ""
    return sentence("Last night: {state}.", state=headline or latest.word)


def write_nights(store: Path) -> Path:
    """Write the page over every run in a folder there; give its path."""
    rows = sorted(
        (row for folder in files.runs(store) if (row := _row(folder))), key=lambda row: row.started_at, reverse=True
    )
    older = [row.version for row in rows[1:]] + [rows[-1].version if rows else ""]
    rows = [replace(row, is_newer=row.version != before) for row, before in zip(rows, older, strict=False)]
    page = store / NIGHTS
    text = render_nights(tuple(rows), history=files.is_file(store, store / HISTORY))
    files.write(store, page, text.encode())
    return page


def _row(folder: Path) -> NightRow | None:
    """Read the first and the last line of a run; None where the first is none."""
    try:
        header, footer = map(orjson.loads, _ends(folder))
        return NightRow(
            folder=folder.name,
            started_at=str(header["started_at"]),
            tier=str(header["tier"]),
            version=str(header["version"]),
            gateways=len(header["gateways"]),
            exit_code=int(footer["exit_code"]) if footer.get("kind") == "footer" else None,
            report=read_night_report(folder),
            diff=files.is_file(folder, folder / DIFF),
            embedded=header.get("embedded") is True,
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError, BrokenRunError):
        return None


def _ends(folder: Path) -> tuple[bytes, bytes]:
    """Read the first and the last line of a run file, and of what stands between only a little."""
    path = folder / "run.jsonl"
    with files.open_file(folder, path) as file:
        first, size = file.readline(), file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _LAST))
        last = file.read().splitlines()[-1]
    return first, last if len(last) < _LAST - 1 else files.read(folder, path).splitlines()[-1]
