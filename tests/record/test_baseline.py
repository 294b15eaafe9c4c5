"""A baseline file: read whole or refused with one sentence, written so that it reads back the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed, Verdict
from gateprobe.record.baseline import BaselineError, dumps, load, loads, of_run
from gateprobe.record.options import Accepted
from tests.support.runs import ACME, HOSTILE, a_record

FILE = """\
[[accepted]]
item = "n_is_honoured[2]@acme"
reason = "we ask for one picture at a time"
expires = 2027-01-31

[[accepted]]
item = "models_list@acme"
reason = "ticket 4711"
"""


def test_a_file_is_read() -> None:
    """Item and reason are needed, the last day is not; a TOML date is as good as text."""
    entries = (
        Accepted("n_is_honoured[2]@acme", "we ask for one picture at a time", "2027-01-31"),
        Accepted("models_list@acme", "ticket 4711"),
    )
    assert loads(FILE, "b.toml") == loads(FILE.replace("2027-01-31", '"2027-01-31"'), "b.toml") == entries
    assert [item.gateway for item in entries] == ["acme", "acme"]
    assert loads("", "b.toml") == ()


def test_the_last_day_counts() -> None:
    """What expires on a day is accepted on that day, and not on the next."""
    accepted = Accepted("a@b", "so", "2027-01-31")
    assert [accepted.holds_on(day) for day in ("2027-01-31", "2027-02-01")] == [True, False]
    assert Accepted("a@b", "so").holds_on("2999-01-01")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("accepted = 3", "b.toml, line 1: accepted is 3; expected a list of tables, [[accepted]]."),
        ("accepted = ['a@b']", "expected a table with item and reason"),
        ("[[accepted]]\nitem = 'a@b'\n", 'lacks "reason", why it is accepted'),
        ("[[accepted]]\nitem = 'a'\nreason = 'x'\n", "expected the exact name that reports give"),
        ("[[accepted]]\nitem = '*@b'\nreason = 'x'\n", "expected the exact name that reports give"),
        ("[[accepted]]\nitem = 'a@b'\nreason = ''\n", "expected why it is accepted"),
        ("[[accepted]]\nitem = 'a@b'\nreason = 'x'\nexpire = 2027-01-01\n", 'did you mean "expires"?'),
        ("[[accepted]]\nitem = 'a@b'\nreason = 'x'\nexpires = '2027-02-30'\n", "2027-02-30 is no day of the calendar"),
        ("[[accepted]]\nitem = 'a@b'\nreason = 'x'\nexpires = 2027-01-01T00:00:00\n", "expected the last day"),
        (FILE + FILE, "b.toml, line 9: n_is_honoured[2]@acme is accepted twice"),
        ("[[accept]]\n", 'did you mean "accepted"?'),
        ("item =", "b.toml: not TOML"),
    ],
)
def test_a_slip_is_one_sentence(text: str, sentence: str) -> None:
    """The sentence names the file, the line and what was expected there."""
    with pytest.raises(BaselineError) as caught:
        loads(text, "b.toml")
    message = str(caught.value) + "."
    assert sentence in message
    assert message.startswith("b.toml")
    assert "\n" not in message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The path and the reason are said."""
    with pytest.raises(BaselineError, match=r"the baseline .*none\.toml cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_run_is_written_as_a_baseline() -> None:
    """What fails is accepted, with what was observed as its reason, and so is a lesser one that hides something."""
    broken = a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2, received 1", value=2)
    lesser = a_record(ACME, "models.list", Observed.IGNORED, "none listed", level=Level.SHOULD)
    record = a_record(ACME, "models.list", Observed.HONOURED, "listed")
    (entry,) = of_run([broken, lesser, record], "2026-11-21")
    assert entry == Accepted("images_generate_n[2]@acme", "observed 2026-11-21: asked for 2, received 1")
    hides = replace(record, verdict=Verdict.UNPROVEN, cause=Cause.PREREQUISITE, caused_by=lesser.capability)
    assert [item.item for item in of_run([lesser, hides], "2026-11-21")] == [lesser.item]
    (hostile,) = of_run([replace(broken, message=verbatim(HOSTILE * 9))], "2026-11-21")
    assert loads(dumps([hostile]), "b.toml") == (hostile,)
    assert of_run([broken], "2026-11-21", "ticket 1", "2027-01-31") == (Accepted(entry.item, "ticket 1", "2027-01-31"),)


_REASONS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Cn", "Co"]), min_size=1)


@given(st.lists(_REASONS.filter(lambda text: text.strip() == text and len(text) < 100), max_size=4), st.booleans())
def test_what_is_written_is_read_back(reasons: list[str], dated: bool) -> None:  # noqa: FBT001 - a drawn value
    """Whatever a reason holds, the file gives it back."""
    wrote = tuple(
        Accepted(f"probe[{at}]@acme", reason, "2027-01-31" if dated else "") for at, reason in enumerate(reasons)
    )
    assert loads(dumps(wrote), "b.toml") == wrote
