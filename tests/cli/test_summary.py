"""What the terminal says of a run: one unit for every count, and lines at the level that they deserve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.cli.summary import summary
from gateprobe.formats.gateway_answer import compatibility
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Footer, Record, Run, load
from gateprobe.views.matrix import read_matrix
from gateprobe.views.tally import tally
from tests.support.runs import ACME, a_record, write_run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write and load a run of OpenAI and Acme."""
    return load(write_run(tmp_path / "run"))


def _lines(run: Run) -> list[str]:
    return summary(run, Path("index.html")).splitlines()


def _counts(run: Run) -> str:
    """Return the line with the counts of Acme, which follows the one that says what draws there."""
    draws, counts = (line for line in _lines(run) if line.startswith("acme: "))
    assert draws.startswith("acme: Draws by POST ")
    return counts


def _late(capability: str, level: Level) -> Record:
    return a_record(ACME, capability, Observed.UNOBSERVED, "no byte came", cause=Cause.TIMEOUT, level=level)


def test_every_count_is_of_capabilities(run: Run) -> None:
    """Capabilities are counted as the report counts them; the number of probes stands beside them."""
    acme = _counts(run)
    assert acme.startswith("acme: 1 of 5 documented capabilities is broken (1 must), by 1 of 7 probes; of ")
    assert _lines(run)[-1] == "1 of 2 gateways breaks a promise at level must: Acme Images. (exit 1)"


def test_the_letters_are_explained_once(run: Run) -> None:
    """The letters that an audit prints while it judges are explained in one line."""
    legend = "Letters: . kept, X broken, F flaky, u answered though not promised, a not offered, ? not observed"
    assert _lines(run).count(legend) == 1


def test_a_group_stands_at_its_highest_level(tmp_path: Path) -> None:
    """One line for all that the same thing hid; that one of them is a must is not lost in it."""
    records = (
        _late("models.list", Level.INFO),
        _late("images.generate.n", Level.MUST),
        _late("images.edit", Level.SHOULD),
        a_record(ACME, "images.generate", Observed.HONOURED, "a picture came", level=Level.SHOULD),
    )
    run = load(write_run(tmp_path / "run", records, (ACME,)))
    assert "  not observed (timeout)  3 probes of acme: no byte came" in _lines(run)
    lesser = replace(run, records=tuple(record for record in run.records if record.level is not Level.MUST))
    assert "  not observed (timeout) [should]  2 probes of acme: no byte came" in _lines(lesser)


def test_a_lesser_contradiction_is_no_promise_kept(tmp_path: Path) -> None:
    """Exit 0 is not said to be more than it is: what is contradicted in no must stands in the last line."""
    lesser = a_record(ACME, "models.list", Observed.MALFORMED, "no list", level=Level.SHOULD)
    kept = load(write_run(tmp_path / "run", (lesser,), (ACME,), Footer("2026-11-21T09:40:34Z", 0)))
    assert _lines(kept)[-1] == (
        "Every must that was tested is kept, except for 1 lesser fault of Acme Images. (exit 0)"
    )


def test_compatibility_is_of_all_that_openai_documents(run: Run) -> None:
    """What was not observed stays in the denominator, as on the page."""
    acme = _counts(run)
    assert acme.endswith(f"; {compatibility(tally(read_matrix(run), 'acme'))}")
    assert acme.endswith("; 1 of 5 as OpenAI documents, 3 different and 1 not observed")


@pytest.mark.parametrize(
    ("records", "line"),
    [
        (
            (a_record(ACME, "models.list", Observed.HONOURED, "2 models"),),
            "acme: 1 selected probe of 1 capability, 1 kept; ",
        ),
        (
            (
                a_record(ACME, "models.list", Observed.HONOURED, "2 models"),
                a_record(ACME, "images.generate.n", Observed.HONOURED, "1 picture", value=1),
                a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2, received 1", value=2),
            ),
            "acme: 3 selected probes of 2 capabilities, 1 kept and 1 broken (1 must); 1 unlike OpenAI; ",
        ),
        ((), "acme: no probe was selected; "),
    ],
)
def test_a_selection_is_counted_by_what_was_selected(tmp_path: Path, records: tuple[Record, ...], line: str) -> None:
    """Of selected probes, the line counts their capabilities; all others are one number."""
    run = load(write_run(tmp_path / "run", records, (ACME,), capture=False))
    options = replace(run.header.options, selected=("models_are_listed@acme",))
    selected = replace(run, header=replace(run.header, options=options))
    acme = next(shown for shown in _lines(selected) if shown.startswith("acme: "))
    counts = tally(read_matrix(run), "acme")
    assert acme == f"{line}{counts.not_run} of {counts.total} capabilities were not run"


OPEN = "3 of 4 probes have no answer"


def test_a_gateway_that_nothing_was_seen_of_has_one_line(tmp_path: Path) -> None:
    """The cause is told once, in its shortest words; what only follows from it is not told again."""
    down = "no connection to 127.0.0.1:1: connection refused"
    records = (
        a_record(ACME, "models.list", Observed.UNOBSERVED, f"4 in a row failed ({down})", cause=Cause.NETWORK),
        a_record(ACME, "images.generate.n", Observed.UNOBSERVED, down, cause=Cause.NETWORK),
        a_record(ACME, "usage.present", Observed.UNOBSERVED, "nothing was captured", cause=Cause.PREREQUISITE),
        a_record(ACME, "models.same_name_same_backend", Observed.UNOBSERVED, "unseen", cause=Cause.UNOBSERVABLE),
    )
    run = load(write_run(tmp_path / "run", records, (ACME,), Footer("2026-11-21T09:40:34Z", 10)))
    assert _lines(run) == [
        "Embedded references on loopback: no real gateway was asked, nothing was paid.",
        f"acme: none of 4 probes has an answer (network): {down}",
        "",
        "Letters: . kept, X broken, F flaky, u answered though not promised, a not offered, ? not observed",
        "Report: index.html",
        f"No must is broken, but nothing could be observed of Acme Images (network): {OPEN}. (exit 10)",
    ]
