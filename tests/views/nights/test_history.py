"""Many nights: flapping told from broken, outages that are no verdict, and pages that stay small."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.errors import BrokenRunError
from gateprobe.formats.html.history import render_history, write_history
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed, Verdict
from gateprobe.plan.price import Price
from gateprobe.plan.spending import Spending
from gateprobe.record.file import Footer, load, write
from gateprobe.views.nights.history import Night, Track, TrackState, history
from gateprobe.views.nights.night_summary import night_of, read_night
from tests.support.runs import ACME, OPENAI, a_record, write_run

pytestmark = pytest.mark.slow

SPENT: Final = Spending(30, Price(0.624, documented=True), Price(0.00588, documented=False))
_LETTER: Final = {
    "k": Verdict.CONFIRMED,
    "x": Verdict.CONTRADICTED,
    "e": Verdict.UNDECLARED,
    "?": Verdict.UNPROVEN,
    "-": None,
}


def _track(nights: str) -> Track:
    return Track("acme", "models.list", Level.MUST, tuple(_LETTER[letter] for letter in nights))


@pytest.mark.parametrize(
    ("nights", "state"),
    [
        ("kkkkkk", TrackState.STEADY),
        ("kkkkkx", TrackState.FRESH),
        ("kkkkxx", TrackState.BROKEN),
        ("x", TrackState.BROKEN),
        ("kkkx?x", TrackState.BROKEN),
        ("kkkxx?", TrackState.BROKEN),
        ("kkkkk?", TrackState.UNSEEN),
        ("kkkk-k", TrackState.STEADY),
        ("kkxxkk", TrackState.MENDED),
        ("kxkxkx", TrackState.FLAPPING),
        ("xkxkkkkkkkkkkkkkkkkk", TrackState.CHANGED),
        ("kkkeee", TrackState.CHANGED),
        ("------", TrackState.NEVER),
        ("-?-??", TrackState.NEVER),
        ("k????k", TrackState.STEADY),
    ],
)
def test_the_state_of_a_track(nights: str, state: TrackState) -> None:
    """Two contradicted nights are broken, three turns are flapping, and an outage is neither."""
    assert _track(nights).state is state


def test_since_when() -> None:
    """A track says since which night it bears what was last observed, outages passed over."""
    assert [_track(nights).since for nights in ("kkxxx", "kkx?x", "kkkkk", "-----")] == [2, 2, 0, 4]


@given(st.text("kxe?-", min_size=1, max_size=40), st.sets(st.integers(0, 39)))
def test_stretches_cover_every_night(nights: str, out: set[int]) -> None:
    """The lines of a map add up to all nights, in order and without overlap; one that is out goes on as before."""
    track = _track(nights)
    assert tuple(verdict for verdict, _, count in track.stretches() for _ in range(count)) == track.verdicts
    redrawn = [verdict for verdict, _, count in track.stretches(out) for _ in range(count)]
    assert len(redrawn) == len(track.verdicts)
    for at, (drawn, verdict) in enumerate(zip(redrawn, track.verdicts, strict=True)):
        assert drawn is (redrawn[at - 1] if at in out and at and redrawn[at - 1] else verdict)


def test_an_outage_is_one_column() -> None:
    """A night on which nothing of a gateway was observed is a band over all its rows, and cuts no line."""
    names = ("models.list", "images.generate")
    nights = [_night(day, Verdict.UNPROVEN if day == 2 else Verdict.CONFIRMED, names) for day in (1, 2, 3)]
    timeline = history(nights)
    assert timeline.out("gateway-0") == (1,)
    text = render_history(timeline)
    assert '<path class="out" d="M1 0h1v24h-1z"/>' in text
    assert 'd="m0 6h3m-3 12h3"' in text


def _night(day: int, verdict: Verdict, capabilities: tuple[str, ...] = ("models.list",), gateways: int = 1) -> Night:
    keys = [(f"gateway-{number}", name) for number in range(gateways) for name in capabilities]
    started = f"2026-{1 + day // 28:02d}-{1 + day % 28:02d}T03:00:00Z"
    levels = dict.fromkeys(keys, Level.MUST)
    return Night(started[:10], started, "0.1.0", "nightly", 0, dict.fromkeys(keys, verdict), levels, {})


def test_nights_are_put_in_order() -> None:
    """Nights may come in any order; the history is by time."""
    timeline = history([_night(2, Verdict.CONTRADICTED), _night(1, Verdict.CONFIRMED)])
    assert timeline.tracks["gateway-0"][0].verdicts == (Verdict.CONFIRMED, Verdict.CONTRADICTED)


def test_the_worst_record_speaks_for_a_night(tmp_path: Path) -> None:
    """Of several values of one capability, the contradicted one is what the night is remembered by."""
    night = night_of(load(write_run(tmp_path / "run")))
    assert night.verdicts["acme", "images.generate.n"] is Verdict.CONTRADICTED


def test_reading_a_night_is_the_same_as_loading_its_run(tmp_path: Path) -> None:
    """The short way gives what the long way gives."""
    folder = write_run(tmp_path / "run")
    assert read_night(folder) == night_of(load(folder))


def test_a_broken_night_is_one_sentence(tmp_path: Path) -> None:
    """A line that is none is named with its file and number."""
    folder = write_run(tmp_path / "run")
    with (folder / "run.jsonl").open("a") as file:
        file.write("{\n")
    with pytest.raises(BrokenRunError, match=r"run\.jsonl, line 15: "):
        read_night(folder)


def test_a_folder_of_runs_becomes_a_page(tmp_path: Path) -> None:
    """The page over all runs names what broke, links to each run, and is drawn twice the same."""
    for day in ("20", "21"):
        broken = a_record(ACME, "models.list", Observed.IGNORED, "no list")
        write_run(tmp_path / f"2026-11-{day}", (broken,), (ACME,))
    text = write_history(tmp_path).read_text("utf-8")
    assert "acme: 1 capability broken (1 must)." in text
    assert 'href="2026-11-20/index.html"' in text
    assert write_history(tmp_path).read_text("utf-8") == text


def test_time_and_price_are_drawn(tmp_path: Path) -> None:
    """What a picture took and cost stands on the page with its unit, an estimate with `~`; a run without has none."""
    for day, spent in (("20", {}), ("21", {"acme": SPENT})):
        folder = write_run(tmp_path / f"2026-11-{day}")
        run = load(folder)
        write(folder / "run.jsonl", run.header, run.records, Footer("2026-11-21T10:00:00Z", 1, {}, spent))
    assert read_night(folder).spent == {"acme": SPENT}
    text = write_history(tmp_path).read_text("utf-8")
    assert "Price of one picture <b>~0.0059 USD</b>" in text
    assert "Spent on a night <b>0.62 USD</b>" in text
    assert "measured on 1 night" in text


def test_who_is_not_asked_any_more_is_said() -> None:
    """The section of a gateway that the last night passed over says since when, and links to its last report."""
    old, new = _night(1, Verdict.CONTRADICTED, gateways=2), _night(2, Verdict.CONFIRMED)
    text = render_history(history([old, new]))
    assert text.count("Not tested since 2026-01-02 03:00 UTC.") == 1
    assert f'href="{old.folder}/index.html#gateway-1/models.list"' in text


def test_where_we_changed_is_marked() -> None:
    """A night that other probes judged than the one before is marked on every map."""
    nights = [replace(_night(day, Verdict.CONFIRMED), judged_by="new" if day > 2 else "old") for day in (1, 2, 3, 4)]
    assert history(nights).gateprobe_changes == (2,)
    assert 'class="ours" d="M2 0V' in render_history(history(nights))


def test_what_is_never_observed_is_no_row() -> None:
    """What nobody can observe is named once and drowns nothing."""
    never = replace(_night(1, Verdict.UNPROVEN), folder="x")
    text = render_history(history([never]))
    assert "Never observed: models.list." in text
    assert '<th scope="col">Last observed</th>' not in text


def test_no_run_is_a_page_too(tmp_path: Path) -> None:
    """An empty folder says that nobody was asked, and is not green."""
    text = write_history(tmp_path).read_text("utf-8")
    assert "0 runs of 0 gateways" in text
    assert '<h1 class="incomplete">No gateway was asked yet.</h1>' in text


def test_a_year_of_twenty_gateways_stays_small() -> None:
    """Twenty gateways over 365 nights with a turn every week are a page of less than 2 MB."""
    verdicts = [Verdict.CONFIRMED] * 6 + [Verdict.CONTRADICTED]
    names = catalogue().ids
    nights = [
        Night(
            f"{day:03d}",
            f"2026-01-01T{day:05d}",
            "0.1.0",
            "nightly",
            0,
            {(f"g{number}", name): verdicts[day % 7] for number in range(20) for name in names[:20]}
            | {(f"g{number}", name): Verdict.CONFIRMED for number in range(20) for name in names[20:]},
            {(f"g{number}", name): Level.MUST for number in range(20) for name in names},
            {f"g{number}": 1.0 + day % 3 for number in range(20)},
        )
        for day in range(365)
    ]
    assert len(render_history(history(nights)).encode()) < 2_000_000


def test_the_shipped_sample_is_no_night(tmp_path: Path) -> None:
    """The run that is shipped to be looked at is not counted among the nights."""
    write_run(tmp_path / "sample")
    write_run(tmp_path / "2026-11-21")
    text = write_history(tmp_path).read_text("utf-8")
    assert "1 run of" in text
    assert "sample/index.html" not in text


def test_embedded_runs_are_named_first(tmp_path: Path) -> None:
    """A history with runs of embedded references says in how many no vendor was called."""
    write_run(tmp_path / "one")
    write_run(tmp_path / "two", embedded=False)
    assert "In 1 of 2 runs gateprobe served the gateways itself" in write_history(tmp_path).read_text("utf-8")


def test_the_headline_names_a_gateway_once() -> None:
    """A gateway with something newly contradicted and something long broken is named once, with both numbers."""
    names = ("models.list", "images.generate")
    first, second = (_night(day, Verdict.CONTRADICTED, names) for day in (1, 2))
    steady = replace(first, verdicts={**first.verdicts, ("gateway-0", "models.list"): Verdict.CONFIRMED})
    headline = '<h1 class="broken">gateway-0: 1 capability newly broken and 1 broken (2 musts).</h1>'
    assert headline in render_history(history([steady, second]))


@pytest.mark.parametrize(
    ("nights", "headline"),
    [
        ("kk", '<h1 class="kept">Every gateway is steady.</h1>'),
        ("xkk", '<h1 class="kept">Nothing is broken or flapping.</h1>'),
        ("k?", '<h1 class="incomplete">gateway-0: nothing could be observed since 2026-01-03 03:00 (1 night).</h1>'),
        ("?", '<h1 class="incomplete">gateway-0: nothing could be observed so far (1 night).</h1>'),
        (
            "xx?",
            "gateway-0: 1 capability broken (1 must), and nothing could be observed since 2026-01-04 03:00 (1 night).",
        ),
    ],
)
def test_what_was_not_observed_last_is_not_steady(nights: str, headline: str) -> None:
    """After an outage the page is amber and says so: what is unproven is never green."""
    verdicts = [_LETTER[letter] or Verdict.UNPROVEN for letter in nights]
    assert headline in render_history(history([_night(day, bore) for day, bore in enumerate(verdicts, 1)]))


def test_one_capability_that_was_not_observed_last_is_not_steady_either() -> None:
    """Where only some of a gateway could not be observed, they are counted."""
    first, second = (_night(day, Verdict.CONFIRMED, ("models.list", "images.generate")) for day in (1, 2))
    partly = replace(second, verdicts={**second.verdicts, ("gateway-0", "models.list"): Verdict.UNPROVEN})
    headline = '<h1 class="incomplete">gateway-0: 1 capability not observed lately.</h1>'
    assert headline in render_history(history([first, partly]))


@pytest.mark.parametrize(
    ("nights", "sentence"),
    [
        ("kkx", "broken since 2026-01-04 03:00 (1 night)"),
        ("kxx", "broken since 2026-01-03 (2 nights)"),
        ("kx?x", "broken since 2026-01-03 (2 nights, 1 not observed)"),
        ("kxk?k", "kept since 2026-01-04 (2 nights, 1 not observed)"),
    ],
)
def test_a_night_that_saw_nothing_is_not_counted(nights: str, sentence: str) -> None:
    """How long a verdict has stood counts the nights that observed it, of those that asked."""
    text = render_history(
        history([_night(day, _LETTER[letter] or Verdict.ABSENT) for day, letter in enumerate(nights, 1)])
    )
    assert f"<td>{sentence}</td>" in text


def test_an_outage_is_one_sentence() -> None:
    """Of a gateway that is out, the page says since when, why and how it was before, and lists no row for each."""
    names = ("models.list", "images.generate")
    nights = [_night(day, Verdict.UNPROVEN if day > 3 else Verdict.CONFIRMED, names) for day in (1, 2, 3, 4, 5)]
    nights = [replace(night, causes={"gateway-0": Cause.NETWORK} if at > 2 else {}) for at, night in enumerate(nights)]
    text = render_history(history(nights))
    assert "Nothing could be observed since 2026-01-05 (network, 2 nights)." in text
    assert "Last seen 2026-01-04, when nothing was broken or flapping." in text
    assert "when last seen, 2 steady." in text
    assert '<th scope="col">Last observed</th>' not in text


def test_what_was_broken_before_an_outage_is_listed() -> None:
    """What was contradicted when it was last seen stands in the table of a gateway that is out."""
    nights = [_night(day, Verdict.UNPROVEN if day > 2 else Verdict.CONTRADICTED) for day in (1, 2, 3)]
    text = render_history(history(nights))
    assert "before that:" in text
    assert "<td>broken since 2026-01-02 (2 nights)</td>" in text


def test_the_cause_of_an_outage_is_read(tmp_path: Path) -> None:
    """A night keeps why nothing of a gateway was observed: the cause of most, what follows from others passed over."""
    causes = (Cause.NETWORK, Cause.NETWORK, Cause.PREREQUISITE, Cause.PREREQUISITE, Cause.PREREQUISITE)
    names = ("models.list", "images.generate", "images.generate.n", "images.edit", "stream.order")
    out = [
        a_record(ACME, name, Observed.UNOBSERVED, "no connection", cause=cause)
        for name, cause in zip(names, causes, strict=True)
    ]
    listed = a_record(OPENAI, "models.list", Observed.HONOURED, "listed")
    late = a_record(OPENAI, "images.edit", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)
    folder = write_run(tmp_path / "run", (*out, listed, late), (ACME, OPENAI))
    assert read_night(folder).causes == {"acme": Cause.NETWORK}
    assert read_night(folder) == night_of(load(folder))


def test_a_cause_that_is_none_is_a_broken_run(tmp_path: Path) -> None:
    """A cause beyond the closed list is one sentence, as anywhere else."""
    late = a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)
    path = write_run(tmp_path / "run", (late,), (ACME,)) / "run.jsonl"
    path.write_text(path.read_text("utf-8").replace('"cause":"timeout"', '"cause":"weather"'), "utf-8")
    with pytest.raises(BrokenRunError, match="line 2"):
        read_night(path.parent)


def test_who_is_not_asked_any_more_is_no_headline() -> None:
    """A gateway that was left out is told in the table, and neither reddens the page nor names its headline."""
    old, new = _night(1, Verdict.CONTRADICTED, gateways=2), _night(2, Verdict.CONFIRMED)
    text = render_history(history([old, new]))
    assert '<h1 class="kept">Nothing is broken or flapping.</h1>' in text
    assert '<td class="gone">not tested since 2026-01-02 03:00 UTC; then 1 capability broken (1 must)</td>' in text


def test_a_map_bears_dates() -> None:
    """Above and below a map, up to five nights are dated, the first and the last among them."""
    text = render_history(history([_night(day, Verdict.CONFIRMED) for day in range(1, 28)]))
    days = "".join(f"<span>2026-01-{day:02d}</span>" for day in (2, 8, 15, 22, 28))
    assert text.count(f'<p class="dates" aria-hidden="true">{days}</p>') == 2


def test_many_that_are_not_well_are_counted() -> None:
    """Of more gateways than a headline holds, it counts those that are not well and names three."""
    text = render_history(history([_night(day, Verdict.CONTRADICTED, gateways=5) for day in (1, 2)]))
    headline = "5 of 5 gateways are not well: gateway-0, gateway-1, gateway-2 and 2 others."
    assert f'<h1 class="broken">{headline}</h1>' in text


def test_what_is_never_observed_is_counted_beside_what_is_steady() -> None:
    """A gateway is steady in what was observed: how much of it never was stands beside."""
    night = _night(1, Verdict.CONFIRMED, ("models.list", "images.generate"))
    partly = replace(night, verdicts={**night.verdicts, ("gateway-0", "models.list"): Verdict.UNPROVEN})
    text = render_history(history([partly]))
    assert '<td class="kept">steady; 1 of 2 capabilities never observed</td>' in text
    assert "1 run of 1 gateway, of 2026-01-02 03:00 UTC." in text
