"""The page over a folder of nights: newest first, what each said, and nothing of a stranger's that acts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson
import pytest

from gateprobe.formats.html.nights import NightRow, folded, verdict, write_nights
from gateprobe.formats.nights.bullets import Bullet
from gateprobe.formats.nights.night_file import NightReport, read_night_report, write_night
from gateprobe.model import Observed
from gateprobe.record.file import load
from gateprobe.views.nights.gateway_nights import GatewayNight
from gateprobe.views.nights.night_comparison import FailOn, compare
from gateprobe.views.tally import Outcome
from tests.support.runs import ACME, HOSTILE, a_record, write_run

BROKEN: Final = a_record(ACME, "models.list", Observed.IGNORED, HOSTILE)
KEPT: Final = a_record(ACME, "models.list", Observed.HONOURED, "2 models are listed")


def two_nights(folder: Path) -> Path:
    """Write two nights, the second one worse, and an audit that died."""
    first = write_run(folder / "2026-11-20", (KEPT,), (ACME,))
    second = write_run(folder / "2026-11-21", (BROKEN,), (ACME,))
    write_run(folder / "2026-11-22", (KEPT,), (ACME,), None)
    for path, day in ((first, "2026-11-20"), (second, "2026-11-21")):
        text = (path / "run.jsonl").read_text("utf-8").replace("2026-11-21T09:40:00Z", f"{day}T02:00:00Z", 1)
        (path / "run.jsonl").write_text(text, "utf-8")
    write_night(compare([load(first)], load(second)), FailOn.WORSE)
    return folder


def test_newest_first_and_twice_the_same(tmp_path: Path) -> None:
    """Every run has a row with how it ended; drawn again, the page has the same bytes."""
    page = write_nights(two_nights(tmp_path))
    text = page.read_text("utf-8")
    places = [text.index(f"2026-11-{day}/index.html") for day in ("22", "21", "20")]
    assert (page.name, places) == ("index.html", sorted(places))
    assert all(f"<span>{word}</span></strong>" in text for word in ("died", "worse"))
    assert "gateprobe audit --resume 2026-11-22" in text
    assert "Last night: died." in text
    assert text.count("the last by gateprobe 0.1.0") == 1
    assert "from here on" not in text
    assert write_nights(tmp_path).read_text("utf-8") == text


def test_what_a_night_said_is_inert(tmp_path: Path) -> None:
    """A hostile sentence of a gateway is text on the page."""
    text = write_nights(two_nights(tmp_path)).read_text("utf-8")
    assert "<script>alert" not in text
    assert "\\u202e" in text
    assert "\u202e" not in text


def _report(alarms: tuple[str, ...], exit_code: int) -> NightReport:
    return NightReport("2026-11-21T02:00:00Z", None, None, "", "so", "", alarms, (), FailOn.WORSE, exit_code)


@pytest.mark.parametrize(
    ("policy", "audit", "alarms", "word", "outcome"),
    [
        (0, 0, (), "all well", "kept"),
        (0, 1, (), "nothing worse, but broken", "wanting"),
        (0, 10, (), "nothing worse, but incomplete", "wanting"),
        (1, 1, ("x@acme",), "worse", "broken"),
        (1, 1, (), "broken", "broken"),
        (10, 10, (), "incomplete", "incomplete"),
        (11, 11, (), "gateprobe failed", "broken"),
    ],
)
def test_what_a_policy_passes_over_is_not_called_well(
    policy: int, audit: int, alarms: tuple[str, ...], word: str, outcome: str
) -> None:
    """Green is only what the audit itself ended well; `--fail-on worse` changes the exit code, not the facts."""
    row = NightRow("x", "2026-11-21T02:00:00Z", "smoke", "0.1.0", 1, audit, _report(alarms, policy), diff=False)
    assert (row.word, row.outcome) == (word, outcome)


def test_a_broken_note_is_no_note(tmp_path: Path) -> None:
    """A run whose night.json is not what it should be is shown as an audit."""
    folder = two_nights(tmp_path) / "2026-11-21"
    report = read_night_report(folder)
    assert report is not None
    assert (report.alarms, report.fail_on, report.exit_code) == (("models_list@acme",), "worse", 1)
    for broken in (b"{", b"[]", b'{"paragraph": "x"}', orjson.dumps({"exit_code": "x"})):
        (folder / "night.json").write_bytes(broken)
        assert read_night_report(folder) is None
    assert "audit of 1 gateway." in write_nights(tmp_path).read_text("utf-8")


def test_an_empty_folder_has_a_page(tmp_path: Path) -> None:
    """Nothing yet is said; a folder that holds no run is passed over."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "run.jsonl").write_text("no run\n")
    assert "No night yet." in write_nights(tmp_path).read_text("utf-8")


def test_where_another_gateprobe_began_is_said(tmp_path: Path) -> None:
    """The version stands with the first night that it made, and not with every one."""
    folder = two_nights(tmp_path)
    path = folder / "2026-11-21" / "run.jsonl"
    path.write_text(path.read_text("utf-8").replace('"version":"0.1.0"', '"version":"0.2.0"', 1), "utf-8")
    text = write_nights(folder).read_text("utf-8")
    assert text.count("gateprobe 0.2.0 from here on") == 1
    assert text.count("gateprobe 0.1.0 from here on") == 1


def test_the_grid_has_a_row_for_each_provider(tmp_path: Path) -> None:
    """A row has the last night's numbers, what changed, and a link into the report of each night."""
    text = write_nights(two_nights(tmp_path)).read_text("utf-8")
    assert '<td class="broken">1 must broken</td><td>0 of 5 <small>1 broken</small></td>' in text
    assert 'href="2026-11-21/index.html#acme" title="2026-11-21 02:00 UTC: 1 must broken"' in text


def _night(day: int, word: str) -> NightRow:
    gateway = GatewayNight("acme", "Acme", Outcome.KEPT, 0, 1, 0, 5, 1, 5)
    changed = (Bullet(("Acme",), (word,)),) if word else ()
    report = replace(_report((), 0), compared_with="x", gateways=(gateway,), changed=changed)
    return NightRow(str(day), f"2026-11-{day:02}T02:00:00Z", "smoke", "0.1.0", 1, 0, report, diff=False)


def test_nights_without_a_change_are_folded() -> None:
    """Nights in a row on which nothing changed are one entry; the newest night and one that changed stand alone."""
    words = ["", "", "", "Kept again.", "", ""]
    rows = [_night(20 - at, word) for at, word in enumerate(words)]
    assert [len(nights) for nights in folded(rows)] == [1, 2, 1, 2]
    assert list(folded([])) == []


def test_a_provider_that_is_out_shows_that_alone() -> None:
    """An outage has no counts of promises beside it, and is no verdict."""
    out = replace(_night(1, "").report.gateways[0], outage="network", outcome=Outcome.INCOMPLETE)  # type: ignore[union-attr]  # set above
    assert verdict(out) == "out (network)"


def test_a_broken_must_and_a_flaky_one_are_told_apart() -> None:
    """The number of broken musts is that of the report; flaky ones stand beside it."""
    entry = GatewayNight("acme", "Acme", Outcome.BROKEN, 2, 1, 2, 5, 1, 5, flaky=1)
    assert verdict(entry) == "2 musts broken, 1 must flaky"
