"""JUnit XML: whole output, outcomes, and text that XML forbids."""

from __future__ import annotations

from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import pytest

from gateprobe.model import Cause, Level, Observed
from gateprobe.record import Record, load
from gateprobe.reporting.junit import junit, render_junit
from gateprobe.reporting.matrix import Matrix
from tests.reporting.runs import ACME, HOSTILE, a_record, write_run

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
    case = next(one for one in root.iter("testcase") if one.get("name") == record.item)
    assert [child.tag for child in case if child.tag != "properties"] == outcome


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """A finding full of markup and control characters parses back as one attribute."""
    record = a_record(ACME, "models.list", Observed.MALFORMED, HOSTILE)
    root = fromstring(render_junit(load(write_run(tmp_path / "run", (record,), (ACME,)))))  # noqa: S314 - our own output
    failure = next(root.iter("failure"))
    assert failure.get("message") == "contradicted (must): " + HOSTILE.replace("\u202e", "\\u202e").replace(
        "\x1b", "\\x1b"
    )
