"""Badges: whole output, and a colour that never says more than the run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson
import pytest

from gateprobe.formats.badge import Badge, badge_of, render_badge, render_shields, svg
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Footer, Record, load
from gateprobe.record.options import RunOptions
from gateprobe.views.matrix import Matrix, read_matrix
from tests.support.runs import ACME, a_record, write_run

GREEN: Final = "#17693b"
GOLDEN: Final = (Path(__file__).parent / "golden" / "badge.svg").read_bytes().decode()


def test_the_whole_picture(matrix: Matrix) -> None:
    """A label with the tier, a fraction with its denominator, and the colour of the outcome."""
    assert svg(badge_of(matrix)) == GOLDEN


@pytest.mark.parametrize(
    ("record", "footer", "message", "green"),
    [
        (a_record(ACME, "models.list", Observed.HONOURED, "listed"), Footer("", 0), "1/5 kept", True),
        (a_record(ACME, "models.list", Observed.HONOURED, "listed"), None, "1/5 kept, ended early", False),
        (a_record(ACME, "models.list", Observed.IGNORED, "no"), Footer("", 1), "0/5 kept, 1 broken", False),
        (
            a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT),
            Footer("", 10),
            "0/5 kept, incomplete",
            False,
        ),
    ],
)
def test_green_is_earned(tmp_path: Path, record: Record, footer: Footer | None, message: str, *, green: bool) -> None:
    """Only a run that ended, broke nothing and left nothing open is green."""
    badge = badge_of(read_matrix(load(write_run(tmp_path / "run", (record,), (ACME,), footer))))
    assert (badge.message, badge.colour == GREEN) == (message, green)


def test_a_lesser_contradiction_is_not_green(tmp_path: Path) -> None:
    """A contradicted should shows in words and colour."""
    records = (
        a_record(ACME, "models.list", Observed.HONOURED, "listed"),
        a_record(ACME, "images.generate.n", Observed.IGNORED, "one came", level=Level.SHOULD),
    )
    badge = badge_of(read_matrix(load(write_run(tmp_path / "run", records, (ACME,), Footer("", 0)))))
    answer = "Every must that was tested is kept, except for 1 lesser fault of Acme Images. (exit 0)"
    assert badge == Badge("gateprobe embedded smoke", "1/5 kept, some broken", "#7d5000", answer)


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    """The endpoint for a badge service and the picture hold the same message."""
    run = load(write_run(tmp_path / "run"))
    endpoint = orjson.loads(render_shields(run))
    assert f">{endpoint['message']}</text>" in render_badge(run)


def test_a_profile_is_named(tmp_path: Path) -> None:
    """A fraction stands with the profile that it is of, where the run was held to one."""
    run = load(write_run(tmp_path / "run"))
    dated = replace(run, header=replace(run.header, options=RunOptions(profile="2026.11")))
    assert badge_of(read_matrix(dated)).label == "gateprobe embedded smoke 2026.11"


def test_a_badge_of_a_relay_run_says_so(matrix: Matrix) -> None:
    """Its promises are others than those of an audit from outside."""
    options = replace(matrix.run.header.options, relay=True)
    relay = replace(matrix, run=replace(matrix.run, header=replace(matrix.run.header, options=options)))
    assert badge_of(relay).label.startswith("gateprobe relay ")
    assert not badge_of(matrix).label.startswith("gateprobe relay ")
