"""`compare`, `diff` and `history` through the real command: pages, words, exit codes, and no socket."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.model import Observed
from gateprobe.record.file import Footer
from tests.support.runs import ACME, OPENAI, a_record, write_run

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
Sentence = Callable[[subprocess.CompletedProcess[str]], str]


@pytest.fixture
def two_nights(tmp_path: Path) -> tuple[Path, Path]:
    """Write a night in which everything is well, and one in which a must is broken."""
    for name, observed in (("old", Observed.HONOURED), ("new", Observed.IGNORED)):
        write_run(tmp_path / name, (a_record(ACME, "models.list", observed, "so it was"),), (ACME,), Footer("", 0))
    return tmp_path / "old", tmp_path / "new"


@pytest.mark.parametrize(
    ("options", "code"),
    [((), 0), (("--fail-on", "worse"), 1), (("--fail-on", "contradicted"), 1), (("--fail-on", "incomplete"), 1)],
)
def test_diff_says_what_changed(
    offline: Command, two_nights: tuple[Path, Path], options: tuple[str, ...], code: int
) -> None:
    """The paragraph comes first; the exit code is by policy alone."""
    done = offline("diff", *two_nights, *options)
    assert (done.stdout.splitlines()[0], done.returncode, done.stderr) == (
        "Since 2026-11-21 09:40, models_list@acme got worse.",
        code,
        "",
    )


def test_nothing_worse_is_no_failure(offline: Command, two_nights: tuple[Path, Path]) -> None:
    """A night that got better, or stayed, does not fail."""
    old, new = two_nights
    assert offline("diff", new, old, "--fail-on", "worse").returncode == 0


def test_diff_draws_a_page(offline: Command, two_nights: tuple[Path, Path]) -> None:
    """The page is written into the newer run's folder, and its path printed."""
    done = offline("diff", *two_nights, "--format", "html")
    assert (done.stdout.strip(), done.returncode) == (str(two_nights[1] / "diff.html"), 0)
    assert (two_nights[1] / "diff.html").is_file()


def test_compare_draws_a_page(offline: Command, two_nights: tuple[Path, Path], tmp_path: Path) -> None:
    """Runs stand side by side, a gateway under the name that it was given."""
    done = offline("compare", *two_nights, "--alias", "acme=A", "--rank", "promise")
    text = (tmp_path / "compare.html").read_text("utf-8")
    assert (done.stdout.strip(), done.returncode, "acme" in text) == ("compare.html", 0, False)


def test_compare_orders_by_needs(offline: Command, two_nights: tuple[Path, Path], tmp_path: Path) -> None:
    """With a need, the night in which it was at work comes first, and the page states the rule."""
    assert offline("compare", two_nights[1], two_nights[0], "--need", "models.list").returncode == 0
    text = (tmp_path / "compare.html").read_text("utf-8")
    assert text.index("1 of 1 needed capabilities work") < text.index("0 of 1 needed capabilities work")
    assert "most of models.list first, then in the given order" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--alias", "acmee=A"), 'No run holds a gateway "acmee"; did you mean acme?'),
        (("--need", "models.lst"), 'No run knows the capability "models.lst"'),
    ],
)
def test_a_comparison_that_would_mislead_is_refused(
    offline: Command, one_sentence: Sentence, two_nights: tuple[Path, Path], options: tuple[str, ...], said: str
) -> None:
    """A mistyped alias would publish a name, a mistyped need would order by nothing: both are wrong use."""
    done = offline("compare", *two_nights, *options)
    assert done.returncode == 2
    assert said in one_sentence(done)


def test_history_draws_a_page(offline: Command, two_nights: tuple[Path, Path], tmp_path: Path) -> None:
    """All runs of a folder are one page there."""
    done = offline("history", two_nights[0].parent)
    assert (done.stdout.strip(), done.returncode) == (str(tmp_path / "history.html"), 0)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("diff", "here", "there"), "here holds no run.jsonl"),
        (("compare", "here"), "here holds no run.jsonl"),
        (("compare", "here", "--alias", "A"), '"A" is no alias; write NAME=ALIAS'),
        (("history", "nowhere"), "nowhere is not there; give the folder that contains the runs"),
        (("history", "."), ". holds no run yet; `gateprobe night --store .` makes one"),
        (("prune", "nowhere"), "nowhere is not there; give the folder that contains the runs"),
    ],
)
def test_wrong_use_is_one_sentence(
    offline: Command, one_sentence: Sentence, arguments: tuple[str, ...], said: str
) -> None:
    """What is not there is said in one sentence, with exit 2."""
    done = offline(*arguments)
    assert said in one_sentence(done)
    assert done.returncode == 2


def test_one_run_twice_is_no_comparison(
    offline: Command, one_sentence: Sentence, two_nights: tuple[Path, Path]
) -> None:
    """The same run under two names of its folder is refused in one sentence."""
    old, _ = two_nights
    done = offline("compare", old, old.parent / "new" / ".." / "old")
    assert (done.returncode, "a run is named twice" in one_sentence(done)) == (2, True)


def test_runs_of_other_gateways_have_no_difference(offline: Command, one_sentence: Sentence, tmp_path: Path) -> None:
    """Two runs without a gateway in common are not compared item by item; one sentence names both sides."""
    write_run(tmp_path / "a", (), (ACME,))
    write_run(tmp_path / "b", (), (OPENAI,))
    done = offline("diff", tmp_path / "a", tmp_path / "b")
    assert "the runs have no gateway in common: acme against openai" in one_sentence(done)
    assert done.returncode == 2


@pytest.mark.parametrize("name", ["history", "prune"])
def test_a_run_is_no_folder_of_runs(offline: Command, one_sentence: Sentence, tmp_path: Path, name: str) -> None:
    """Where a run is given in place of the folder that holds it, the sentence names that folder."""
    write_run(tmp_path / "reports" / "run")
    done = offline(name, "reports/run")
    assert one_sentence(done) == "gateprobe: reports/run is a run; give the folder that contains it: reports"
    assert done.returncode == 2


def test_a_folder_without_runs_has_nothing_to_prune(offline: Command, tmp_path: Path) -> None:
    """An empty folder is no mistake when old runs are thrown away, and is said to be empty."""
    (tmp_path / "nights").mkdir()
    done = offline("prune", "nights", "--older-than", "30")
    assert (done.returncode, done.stdout) == (0, "nights contains no run; there is nothing to delete\n")


@pytest.mark.parametrize(
    ("arguments", "times"),
    [(("compare",), 1), (("diff",), 2), (("report", "--format", "text"), 1), (("baseline",), 1)],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_torn_last_line_is_told_on_standard_error(
    offline: Command, two_nights: tuple[Path, Path], arguments: tuple[str, ...], times: int
) -> None:
    """What is drawn of a run whose last line was cut short is drawn of the rest, and says so beside the output."""
    _, new = two_nights
    lines = (new / "run.jsonl").read_bytes()
    (new / "run.jsonl").write_bytes(lines[:-9])
    done = offline(arguments[0], *[new, "old"][:times], *arguments[1:])
    assert done.returncode == 0, done.stderr
    warning = (
        f"Warning: {new}: the last line of run.jsonl is cut short and was skipped; `gateprobe judge` makes the run"
        " whole again"
    )
    assert done.stderr.splitlines().count(warning) == 1
