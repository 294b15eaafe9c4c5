"""The page over many nights: a list of the runs, what is not steady in words, and a heat map for each gateway."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.formats.html.bilingual import bilingual
from gateprobe.formats.html.charts import TALL, Chart, bar_chart, line_chart
from gateprobe.formats.html.engine import render_template
from gateprobe.formats.words import GLYPH, STATE, count, few, joined, of_state
from gateprobe.language import in_each_language, translated
from gateprobe.message import sentence
from gateprobe.model import Level, Verdict
from gateprobe.views import states
from gateprobe.views.nights.history import History, Night, Track, TrackState, history
from gateprobe.views.nights.history_db import opened

HISTORY: Final = "history.html"
ENDED: Final[Mapping[int | None, str]] = {
    0: "all well",
    1: "broken",
    10: "incomplete",
    11: "gateprobe failed",
    None: "died",
}
"""How a run ended, in words, by its exit code."""

SAMPLE: Final = "sample"
"""The folder of the run that is shipped to be looked at: nobody's night."""

ROW: Final = 12
"""The height of a heat map's row, in its own units; a night is one unit wide."""

_THICK: Final[Mapping[Verdict, int]] = {
    Verdict.CONTRADICTED: 10,
    Verdict.UNPROVEN: 7,
    Verdict.UNDECLARED: 5,
    Verdict.CONFIRMED: 3,
    Verdict.ABSENT: 1,
}
"""How thick each verdict is drawn, so that it is told apart without colour."""

_URGENT: Final = (TrackState.BROKEN, TrackState.FRESH)
_NAMED: Final = 3  # gateways of which the headline says how they stand; of more it counts them
_WIDE: Final = 6  # gateways whose maps are open; more are folded
_ANY: Final = 100_000  # lower than any map
_LISTED: Final = 60  # nights that are listed; the heat maps hold all
_TICKS: Final = 5  # nights that are dated under a map, at most


@dataclass(frozen=True, slots=True)
class Map:
    """One gateway's heat map: a path for each verdict, over all its rows, and one for the nights it was out.

    `words` says what it shows.
    """

    gateway: str
    tracks: tuple[Track, ...]
    unsteady: tuple[Track, ...]
    paths: Mapping[Verdict, str]
    out: str
    height: int
    words: str
    charts: tuple[Chart, ...]
    never: tuple[str, ...]
    is_out: str
    """Since when nothing of it was observed, and why, in words; empty where something was when it was last asked."""
    seen: str
    """The night on which something was last observed, where nothing is now."""
    left: Night | None
    """The last night on which it was asked, where later ones have passed it over."""

    @property
    def urgency(self) -> tuple[bool, bool, bool, bool]:
        """Where it stands among the others: what is broken before what is out, who was left out last."""
        urgent = any(track.state in _URGENT for track in self.unsteady)
        flaps = any(track.state is TrackState.FLAPPING for track in self.unsteady)
        return self.left is not None, not urgent, not self.is_out, not flaps

    @property
    def outcome(self) -> str:
        """Its colour: green only where everything that was ever observed was observed last, and stands."""
        if any(track.state in _URGENT for track in self.unsteady):
            return "broken"
        return "incomplete" if _not_well(self) else "kept"

    @property
    def stands(self) -> str:
        """How it stands, in words."""
        calm = sentence("nothing is broken or flapping") if self.unsteady else sentence("steady")
        how = _not_well(self) or calm
        if not self.never:
            return how
        of = count(len(self.tracks), "capability", "capabilities")
        return sentence("{state}; {number} of {all} never observed", state=how, number=len(self.never), all=of)


@bilingual
def render_history(past: History) -> str:
    """Draw a history as one HTML page; it lies beside the runs' folders and links into them."""
    maps = tuple(_map(past, gateway) for gateway in past.tracks)
    return render_template(
        "history.html.j2",
        ("history.css",),
        history=past,
        maps=maps,
        overview=sorted(maps, key=_urgency),
        ticks=_ticks(past),
        headline=_headline(maps),
        outcome=_outcome(maps),
        listed=tuple(reversed(past.nights))[:_LISTED],
        glyph={verdict: GLYPH[states.State(verdict)] for verdict in Verdict},
        row=ROW,
        told=_track_state,
        embedded=sum(night.embedded for night in past.nights),
        thick=_THICK,
        tall=TALL + 2,
        ours="".join(f"M{at} 0V{_ANY}" for at in past.gateprobe_changes),
        ended=ENDED,
        wide=len(maps) <= _WIDE,
    )


def write_history(reports: Path) -> Path:
    """Read every run in a folder, but for the sample that is no night, write the page there, and return its path.

    Raises:
        BrokenRunError: a run's file is not what it should be.
    """
    with opened(reports) as database:
        past = history(database.night(folder) for folder in files.runs(reports) if folder.name != SAMPLE)
    page = reports / HISTORY
    files.write(reports, page, render_history(past).encode())
    return page


def _map(past: History, gateway: str) -> Map:
    tracks = past.tracks[gateway]
    last, out = past.last_tested(gateway), past.out(gateway)
    was = past.tracks_before_outage(gateway)
    unsteady = sorted(
        (track for track in was if track.state not in (TrackState.STEADY, TrackState.NEVER)),
        key=lambda track: (list(TrackState).index(track.state), track.capability),
    )
    numbers = {state: sum(track.state is state for track in was) for state in TrackState}
    seen = len(was[0].verdicts) - 1
    return Map(
        gateway=gateway,
        tracks=tracks,
        unsteady=tuple(unsteady),
        paths=_paths(tracks, out),
        out="".join(f"M{at} 0h1v{ROW * len(tracks)}h-1z" for at in out),
        height=ROW * len(tracks),
        words=sentence(
            "{capabilities} over {nights}: {seen}{states}",
            capabilities=count(len(tracks), "capability", "capabilities"),
            nights=count(len(past.nights), "night"),
            seen=sentence("when last seen, ") if last in out and seen >= 0 else "",
            states=joined([of_state(number, state) for state, number in numbers.items() if number]),
        ),
        charts=_charts(past, gateway, out),
        never=tuple(track.capability for track in tracks if track.state is TrackState.NEVER),
        is_out=_since_out(past, gateway, seen + 1) if last in out else "",
        seen=_when(past, seen) if last in out and seen >= 0 else "",
        left=past.nights[last] if last < len(past.nights) - 1 else None,
    )


def _charts(past: History, gateway: str, out: Collection[int]) -> tuple[Chart, ...]:
    """Return charts of verdicts, time and price over the nights, where something was measured."""
    spendings = past.spent(gateway)
    last = next((spending for spending in reversed(spendings) if spending is not None), None)
    charts = (
        bar_chart(
            sentence("Verdicts"),
            past.counts(gateway, Verdict.CONTRADICTED),
            tuple(None if unseen is None else unseen - never for unseen, never in _unseen(past, gateway)),
            out,
        ),
        line_chart(sentence("Seconds for one picture"), past.seconds(gateway), "s", 2),
        line_chart(
            sentence("Price of one picture"),
            [None if night is None or not night.pictures else night.each.usd for night in spendings],
            "USD",
            4,
            estimated=last is not None and not last.each.documented,
        ),
        line_chart(
            sentence("Spent on a night"),
            [None if night is None else night.total.usd for night in spendings],
            "USD",
            2,
            estimated=last is not None and not last.total.documented,
        ),
    )
    return tuple(chart for chart in charts if chart is not None)


def _unseen(past: History, gateway: str) -> Iterator[tuple[int | None, int]]:
    """Yield how many capabilities were not observed on a night, and how many of these never are."""
    never = [track.verdicts for track in past.tracks[gateway] if track.state is TrackState.NEVER]
    for at, unseen in enumerate(past.counts(gateway, Verdict.UNPROVEN)):
        yield unseen, sum(verdicts[at] is Verdict.UNPROVEN for verdicts in never)


def _paths(tracks: Iterable[Track], out: Collection[int]) -> dict[Verdict, str]:
    """Return every stretch of each verdict as a line that starts where the last one ended."""
    drawn: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    ends = dict.fromkeys(Verdict, (0, 0))
    for row, track in enumerate(tracks):
        y = row * ROW + ROW // 2
        for bore, first, nights in track.stretches(out):
            if bore is not None:
                x, above = ends[bore]
                drawn[bore].append(f"m{first - x} {y - above}h{nights}")
                ends[bore] = first + nights, y
    return {verdict: "".join(lines) for verdict, lines in drawn.items()}


def _since_out(past: History, gateway: str, first: int) -> str:
    """Return since when nothing of a gateway was observed, the last cause, and the number of nights."""
    out = [at for at in past.out(gateway) if at >= first]
    cause = past.nights[out[-1]].causes.get(gateway)
    nights = count(len(out), "night")
    why = sentence("{cause}, {nights}", cause=translated(str(cause)), nights=nights) if cause else nights
    if first == 0:
        return sentence("so far ({reason})", reason=why)
    return sentence("since {time} ({reason})", time=_when(past, out[0]), reason=why)


def _ticks(past: History) -> tuple[tuple[int, str], ...]:
    """Return the dates of some nights, evenly spread; the times, where all were on one day."""
    nights = past.nights
    last = len(nights) - 1
    places = dict.fromkeys(round(last * part / (_TICKS - 1)) for part in range(_TICKS)) if len(nights) > 1 else [0]
    one_day = bool(nights) and nights[0].started_at[:10] == nights[-1].started_at[:10]
    text = slice(11, 16) if one_day else slice(10)
    return tuple((at, nights[at].started_at[text]) for at in places) if nights else ()


@in_each_language
def _headline(maps: Sequence[Map]) -> str:
    """Return what is not well, gateway by gateway."""
    current = [map_ for map_ in maps if map_.left is None]
    unwell = [(map_, words) for map_ in sorted(current, key=_urgency) if (words := _not_well(map_))]
    if not unwell:
        if not maps:
            return sentence("No gateway was asked yet.")
        unsteady = any(map_.unsteady for map_ in maps)
        return sentence("Nothing is broken or flapping.") if unsteady else sentence("Every gateway is steady.")
    if len(unwell) > _NAMED:
        named = few([map_.gateway for map_, _ in unwell])
        of = count(len(current), "gateway")
        return sentence("{number} of {gateways} are not well: {names}.", number=len(unwell), gateways=of, names=named)
    parts = [sentence("{gateway}: {state}", gateway=map_.gateway, state=words) for map_, words in unwell]
    return sentence("{text}.", text=translated("; ").join(parts))


def _urgency(map_: Map) -> tuple[bool, bool, bool, bool]:
    return map_.urgency


@in_each_language
def _not_well(map_: Map) -> str:
    """Return the counts of broken, flapping and unobserved capabilities of a gateway; empty where there is none."""
    words = (
        (TrackState.FRESH, translated("newly broken")),
        (TrackState.BROKEN, translated("broken")),
        (TrackState.FLAPPING, translated("flapping")),
    )
    number = {state: sum(track.state is state for track in map_.unsteady) for state in TrackState}
    parts = [(number[state], described) for state, described in words if number[state]]
    parts_shown = [
        sentence("{number} {state}", number=some if at else count(some, "capability", "capabilities"), state=described)
        for at, (some, described) in enumerate(parts)
    ]
    musts = sum(track.state in _URGENT and track.level is Level.MUST for track in map_.unsteady)
    if musts:
        last = sum(number[state] > 0 for state in _URGENT) - 1
        parts_shown[last] += sentence(" ({text})", text=count(musts, "must"))
    if map_.is_out:
        unseen_now = sentence("nothing could be observed {since}", since=map_.is_out)
        return translated(", and ").join([*filter(None, [joined(parts_shown)]), unseen_now])
    if number[TrackState.UNSEEN]:
        unseen = (
            count(number[TrackState.UNSEEN], "capability", "capabilities")
            if not parts
            else str(number[TrackState.UNSEEN])
        )
        parts_shown.append(sentence("{number} {state}", number=unseen, state=translated(TrackState.UNSEEN)))
    return joined(parts_shown)


def _outcome(maps: Sequence[Map]) -> str:
    """Return the headline's colour: the worst of the gateways that the last night asked."""
    outcomes = {map_.outcome for map_ in maps if map_.left is None}
    worst = (outcome for outcome in ("broken", "incomplete") if outcome in outcomes)
    return next(worst, "kept" if outcomes else "incomplete")


def _track_state(past: History, track: Track) -> str:
    """Return since when a track has its last observed verdict, and on how many of the nights that asked it."""
    if not track.seen:
        return translated(TrackState.NEVER)
    first, (last, verdict) = track.since, track.seen[-1]
    asked = [at for at, observed in enumerate(track.verdicts) if observed is not None and at >= first]
    bore = sum(at >= first for at, _ in track.seen)
    unseen = sentence(", {number} not observed", number=len(asked) - bore) if bore < len(asked) else ""
    since = sentence(
        "{state} since {time} ({nights}{unseen})",
        state=translated(STATE[states.State(verdict)]),
        time=_when(past, first),
        nights=count(bore, "night"),
        unseen=unseen,
    )
    if last == asked[-1]:
        return since
    return sentence("{since}; last seen {time}", since=since, time=_when(past, last))


def _when(past: History, place: int) -> str:
    """Return a night's day, with its time where it was on the day of the last one."""
    night, last = past.nights[place].started_at, past.nights[-1].started_at
    return night[:10] if night[:10] != last[:10] else f"{night[:10]} {night[11:16]}"
