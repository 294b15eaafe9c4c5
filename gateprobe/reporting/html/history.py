"""The page over many nights: a list of the runs, what is not steady in words, and a heat map for each gateway."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateprobe.model import Verdict
from gateprobe.reporting.history import History, State, Track, history
from gateprobe.reporting.html.engine import render_template
from gateprobe.reporting.ledger import opened
from gateprobe.reporting.words import GLYPH, count, few, joined

HISTORY: Final = "history.html"
SAMPLE: Final = "sample"
"""The folder of the run that is shipped to be looked at: nobody's night."""

ROW: Final = 12
"""The height of a heat map's row, in its own units; a night is one unit wide."""

_TALL: Final[Mapping[Verdict, int]] = {
    Verdict.CONTRADICTED: 10,
    Verdict.UNPROVEN: 7,
    Verdict.UNDECLARED: 5,
    Verdict.CONFIRMED: 3,
    Verdict.ABSENT: 1,
}
"""How tall each verdict is drawn, so that it is told apart without colour."""

_URGENT: Final = (State.BROKEN, State.FRESH)
_LISTED: Final = 60  # nights that are listed; the heat maps hold all


@dataclass(frozen=True, slots=True)
class Map:
    """One gateway's heat map: a path for each verdict, over all its rows. `words` says what it shows."""

    gateway: str
    tracks: tuple[Track, ...]
    unsteady: tuple[Track, ...]
    paths: Mapping[Verdict, str]
    height: int
    words: str
    line: str
    slowest: float


def render_history(found: History) -> str:
    """Draw a history as one HTML page; it lies beside the runs' folders and links into them."""
    maps = tuple(_map(found, gateway) for gateway in found.tracks)
    return render_template(
        "history.html.j2",
        ("history.css",),
        history=found,
        maps=maps,
        headline=_headline(maps),
        outcome="broken" if any(_has(one, state) for one in maps for state in _URGENT) else "kept",
        listed=tuple(reversed(found.nights))[:_LISTED],
        glyph=GLYPH,
        row=ROW,
        told=_told,
        embedded=sum(night.embedded for night in found.nights),
        sample=_sample,
    )


def write_history(reports: Path) -> Path:
    """Read every run in a folder, but for the sample that is no night, and write the page there; give its path.

    Raises:
        BrokenRun: a run's file is not what it should be.
    """
    with opened(reports) as ledger:
        folders = (path.parent for path in sorted(reports.glob("*/run.jsonl")))
        found = history(ledger.night(folder) for folder in folders if folder.name != SAMPLE)
    page = reports / HISTORY
    page.write_text(render_history(found), "utf-8")
    return page


def _map(found: History, gateway: str) -> Map:
    tracks = found.tracks[gateway]
    unsteady = sorted(
        (track for track in tracks if track.state is not State.STEADY),
        key=lambda track: (list(State).index(track.state), track.capability),
    )
    seconds = found.seconds(gateway)
    slowest = max((one for one in seconds if one is not None), default=0.0)
    states = [f"{sum(track.state is state for track in tracks)} {state}" for state in State]
    return Map(
        gateway=gateway,
        tracks=tracks,
        unsteady=tuple(unsteady),
        paths={verdict: _path(tracks, verdict) for verdict in Verdict},
        height=ROW * len(tracks),
        words=f"{count(len(tracks), 'capability', 'capabilities')} over {count(len(found.nights), 'night')}: "
        + joined([one for one in states if not one.startswith("0 ")]),
        line=_line(seconds, slowest),
        slowest=slowest,
    )


def _path(tracks: Iterable[Track], verdict: Verdict) -> str:
    """Draw every stretch of a verdict as a bar; stretches, not nights, so that a year stays small."""
    return "".join(_bars(tracks, verdict))


def _bars(tracks: Iterable[Track], verdict: Verdict) -> Iterator[str]:
    tall = _TALL[verdict]
    for at, track in enumerate(tracks):
        for bore, first, nights in track.stretches:
            if bore is verdict:
                yield f"M{first} {at * ROW + (ROW - tall) // 2}h{nights}v{tall}h-{nights}z"


def _sample(verdict: Verdict) -> str:
    tall = _TALL[verdict]
    return f"M0 {(ROW - tall) // 2}h12v{tall}h-12z"


def _line(seconds: tuple[float | None, ...], slowest: float) -> str:
    """Draw seconds night by night as a line, on a scale of 40; it breaks where nothing was measured."""
    drawn, down = [], False
    for at, one in enumerate(seconds):
        if one is not None:
            drawn.append(f"{'L' if down else 'M'}{at + 0.5:g} {40 - 38 * one / slowest if slowest else 40:.1f}")
        down = one is not None
    return "".join(drawn)


def _headline(maps: Iterable[Map]) -> str:
    """Say what is not well, each gateway once, by what is newest of it."""
    words = {State.FRESH: "contradicted last night", State.BROKEN: "broken", State.FLAPPING: "flapping"}
    named: dict[State, list[str]] = {state: [] for state in words}
    for one in maps:
        if state := next((state for state in words if _has(one, state)), None):
            named[state].append(one.gateway)
    said = [f"{few(names)} {words[state]}" for state, names in named.items() if names]
    return "; ".join(said) + "." if said else "Every gateway is steady."


def _has(one: Map, state: State) -> bool:
    return any(track.state is state for track in one.unsteady)


def _told(found: History, track: Track) -> str:
    """Say since when a track is as it is."""
    if not track.seen:
        return "never observed"
    place = track.since
    since = found.nights[place].started_at[:10]
    nights = len(track.verdicts) - place
    return f"{track.seen[-1][1]} since {since} ({count(nights, 'night')})"
