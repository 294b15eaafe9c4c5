"""JUnit XML: whole output, outcomes, and text that XML forbids."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import pytest

from gateprobe.formats.junit import junit, render_junit
from gateprobe.model import Cause, Level, Observed, Stance, verdict_of
from gateprobe.record.file import Record, load
from gateprobe.record.options import RunOptions
from gateprobe.views.matrix import Matrix
from tests.support.runs import ACME, HOSTILE, a_record, write_run

GOLDEN: Final = (Path(__file__).parent / "golden" / "junit.xml").read_bytes().decode()


def test_the_whole_report(matrix: Matrix) -> None:
    """A suite for the gateway, a case for each record and for each cell that was not run."""
    assert junit(matrix) == GOLDEN


@pytest.mark.parametrize(
    ("record", "outcome"),
    [
        (a_record(ACME, "models.list", Observed.HONOURED, "listed"), []),
        (a_record(ACME, "models.list", Observed.MALFORMED, "no list"), ["failure"]),
        (a_record(ACME, "models.list", Observed.MALFORMED, "no list", level=Level.SHOULD), ["skipped"]),
        (a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT), ["error"]),
        (a_record(ACME, "models.list", Observed.UNOBSERVED, "unseen", cause=Cause.UNOBSERVABLE), ["skipped"]),
    ],
)
def test_the_outcome_agrees_with_the_exit_code(tmp_path: Path, record: Record, outcome: list[str]) -> None:
    """Only a contradicted must fails, only the unobserved errs; the rest passes or is skipped with its reason."""
    root = fromstring(render_junit(load(write_run(tmp_path / "run", (record,), (ACME,)))))  # noqa: S314 - our own output
    case = next(item for item in root.iter("testcase") if item.get("name") == record.item)
    assert [child.tag for child in case if child.tag != "properties"] == outcome


@pytest.mark.parametrize(
    ("observed", "outcome"),
    [(Observed.HONOURED, []), (Observed.IGNORED, ["failure"]), (Observed.UNOBSERVED, ["error"])],
)
def test_a_need_is_a_case(tmp_path: Path, observed: Observed, outcome: list[str]) -> None:
    """What makes the gate fail is a failure, also where no document promises it; what is not known is an error."""
    cause = Cause.TIMEOUT if observed is Observed.UNOBSERVED else None
    silent = replace(a_record(ACME, "images.edit", observed, "so", cause=cause), stance=Stance.SILENT)
    record = replace(silent, verdict=verdict_of(Stance.SILENT, observed))
    run = load(write_run(tmp_path / "run", (record,), (ACME,)))
    needy = replace(run, header=replace(run.header, options=RunOptions(needs=("images.edit",))))
    root = fromstring(render_junit(needy))  # noqa: S314 - our own output
    case = next(item for item in root.iter("testcase") if item.get("name") == "need images.edit@acme")
    assert [child.tag for child in case] == outcome
    assert [child.get("message") for child in case] == ["images.edit is needed: so"] * len(outcome)


def test_a_complaint_about_the_baseline_is_a_failure(tmp_path: Path) -> None:
    """A baseline that is out of date fails the run, and so has a suite that says why."""
    run = load(write_run(tmp_path / "run", (), (ACME,)))
    stale = replace(run, header=replace(run.header, complaints=("the baseline accepts x@acme; take it out",)))
    root = fromstring(render_junit(stale))  # noqa: S314 - our own output
    suite = next(item for item in root.iter("testsuite") if item.get("name") == "baseline")
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    failure = next(suite.iter("failure"))
    assert failure.get("message") == "the baseline accepts x@acme; take it out"


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """A finding full of markup and control characters parses back as one attribute."""
    record = a_record(ACME, "models.list", Observed.MALFORMED, HOSTILE)
    root = fromstring(render_junit(load(write_run(tmp_path / "run", (record,), (ACME,)))))  # noqa: S314 - our own output
    failure = next(root.iter("failure"))
    assert failure.get("message") == "contradicted (must): " + HOSTILE.replace("\u202e", "\\u202e").replace(
        "\x1b", "\\x1b"
    )
