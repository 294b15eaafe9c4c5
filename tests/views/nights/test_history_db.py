"""The history's database gives what the folders give, whatever happened to either, and costs nobody a night."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.history import main
from gateprobe.codec import form_of
from gateprobe.errors import BrokenRunError
from gateprobe.formats.html.history import write_history
from gateprobe.model import Observed, Verdict
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header
from gateprobe.views.nights import history_db as ledger
from gateprobe.views.nights.history import Night
from gateprobe.views.nights.history_db import LEDGER, opened
from gateprobe.views.nights.history_tables import FORMS
from gateprobe.views.nights.night_summary import read_night
from tests.support.runs import ACME, OPENAI, a_record, write_run

_OBSERVED: Final = (Observed.HONOURED, Observed.IGNORED, Observed.REFUSED)
WHOLE: Final = "whole.sqlite"
ROWS = st.lists(
    st.tuples(
        st.sampled_from((ACME, OPENAI)), st.sampled_from(("models.list", "images.generate.n")), st.integers(0, 2)
    ),
    max_size=5,
)
"""The records of a night: of which gateway, capability, and what was observed."""

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(0, 3), ROWS),
        st.tuples(st.just("remove"), st.integers(0, 3), st.just([])),
        st.tuples(st.just("cut"), st.integers(0, 60_000), st.just([])),
        st.tuples(st.just("forget"), st.just(0), st.just([])),
    ),
    max_size=8,
)


def an_evening(store: Path, number: int, rows: list[tuple[Any, str, int]]) -> Path:
    """Write a run; written twice, it takes the place of the first."""
    folder = store / f"2026-11-{number:02d}"
    folder.mkdir(parents=True, exist_ok=True)
    records = [a_record(gateway, name, _OBSERVED[seen], "as drawn") for gateway, name, seen in rows]
    header = Header(f"2026-11-{number:02d}T03:00:00Z", "0.1.0", ("acme",), "nightly")
    record.write(folder / "run.jsonl", header, records, Footer("", len(rows) % 2) if number else None)
    return folder


def by_folder(store: Path) -> list[Night]:
    """Read all nights line by line."""
    return [read_night(path.parent) for path in sorted(store.glob("*/run.jsonl"))]


def by_ledger(store: Path) -> list[Night]:
    """Read all nights through the database."""
    with opened(store) as found:
        return [found.night(path.parent) for path in sorted(store.glob("*/run.jsonl"))]


def kept(store: Path) -> list[str]:
    """Give the runs that the database holds."""
    with closing(sqlite3.connect(store / LEDGER)) as known:
        return [name for (name,) in known.execute("select folder from nights order by folder")]


@given(STEPS)
def test_whatever_happens_it_gives_what_the_folders_give(steps: list[tuple[str, int, list[Any]]]) -> None:
    """Runs written, judged again, pruned, a database cut short or thrown away: each reading is that of the folders."""
    with tempfile.TemporaryDirectory() as name:
        store = Path(name)
        for what, number, rows in steps:
            if what == "write":
                an_evening(store, number, rows)
            elif what == "remove":
                shutil.rmtree(store / f"2026-11-{number:02d}", ignore_errors=True)
            elif what == "cut" and (store / LEDGER).exists():
                os.truncate(store / LEDGER, min(number, (store / LEDGER).stat().st_size))
            else:
                (store / LEDGER).unlink(missing_ok=True)
            assert by_ledger(store) == by_folder(store)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of three nights, and their database as it should be."""
    store = tmp_path_factory.mktemp("nights")
    for number in range(3):
        an_evening(store, number, [(ACME, "models.list", number), (OPENAI, "models.list", 0)])
    assert by_ledger(store) == by_folder(store)
    shutil.copy(store / LEDGER, store / WHOLE)
    return store


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_changed_byte_is_no_history(three: Path, where: float, change: int) -> None:
    """Any byte of the database changed: the nights are those of the folders, and soon all of them are kept again."""
    whole = (three / WHOLE).read_bytes()
    at = int(where * len(whole))
    (three / LEDGER).write_bytes(whole[:at] + bytes([whole[at] ^ change]) + whole[at + 1 :])
    for _ in range(2):
        assert by_ledger(three) == by_folder(three)
    assert by_ledger(three) == by_folder(three)
    assert kept(three) == ["2026-11-00", "2026-11-01", "2026-11-02"]


def test_a_strangers_database_is_not_touched(three: Path) -> None:
    """What holds tables of somebody else's, and none of ours, stays as it is; the history is read from the folders."""
    with closing(sqlite3.connect(three / LEDGER)) as theirs, theirs:
        for table in [name for (name,) in theirs.execute("select name from sqlite_master where type = 'view'")]:
            theirs.execute(f'drop view "{table}"')
        theirs.executescript("drop table if exists runs; drop table if exists parts; create table mine (x);")
        theirs.execute("insert into mine values (7)")
    with opened(three) as through:
        nights = [through.night(path.parent) for path in sorted(three.glob("*/run.jsonl"))]
    assert nights == [read_night(path.parent) for path in sorted(three.glob("*/run.jsonl"))]
    with closing(sqlite3.connect(three / LEDGER)) as theirs:
        assert theirs.execute("select x from mine").fetchall() == [(7,)]


def test_a_view_that_lies_is_declared_anew(three: Path) -> None:
    """Where somebody changed what a view says, the database is no longer ours, and is built again."""
    shutil.copy(three / WHOLE, three / LEDGER)
    with closing(sqlite3.connect(three / LEDGER)) as known:
        known.executescript("drop view nights; create view nights as select 'nothing' as folder;")
    assert by_ledger(three) == by_folder(three)
    assert kept(three) == ["2026-11-00", "2026-11-01", "2026-11-02"]


def test_the_second_reading_opens_no_run(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database holds is not read line by line again."""
    store, whole = three, (three / WHOLE).read_bytes()
    (store / LEDGER).write_bytes(whole)
    expected = by_folder(store)
    monkeypatch.setattr(
        "gateprobe.views.nights.history_readers.read_night", lambda folder: pytest.fail(f"{folder} was read")
    )
    assert by_ledger(store) == expected
    assert (store / LEDGER).read_bytes() == whole


def test_the_page_is_the_same_with_and_without(tmp_path: Path) -> None:
    """The page of the history is the same to the byte: built for the first time, from the database, from another."""
    for number in (1, 2, 3):
        an_evening(tmp_path, number, [(ACME, "models.list", number % 2), (ACME, "images.generate.n", 1)])
    first = write_history(tmp_path).read_bytes()
    assert write_history(tmp_path).read_bytes() == first
    (tmp_path / LEDGER).write_bytes(b"no database" * 1000)
    assert write_history(tmp_path).read_bytes() == first
    assert kept(tmp_path) == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_it_can_be_asked_in_sql(tmp_path: Path) -> None:
    """A view of the nights, and one for each mapping in them: verdicts and levels by gateway and capability."""
    write_run(tmp_path / "one")
    (night,) = by_ledger(tmp_path)
    with closing(sqlite3.connect(tmp_path / LEDGER)) as known:
        asked = "select gateway, capability, value from verdicts where folder = 'one'"
        found = {(gateway, name): Verdict(value) for gateway, name, value in known.execute(asked)}
        seconds = dict(known.execute("select gateway, value from seconds"))
        (tier,) = known.execute("select tier from nights").fetchone()
    assert (found, seconds, tier) == (night.verdicts, night.seconds, night.tier)


def test_what_stays_the_same_is_stored_once(tmp_path: Path) -> None:
    """A gateway that bears the same night after night takes the room of one night; what is pruned leaves nothing."""
    for number in range(1, 5):
        an_evening(tmp_path, number, [(ACME, "models.list", 0), (OPENAI, "models.list", int(number == 4))])
    by_ledger(tmp_path)
    parts = "select count(*) from parts"
    with closing(sqlite3.connect(tmp_path / LEDGER)) as known:
        assert known.execute(parts).fetchone() == (5,), "three kinds of verdicts, and two of levels"
    shutil.rmtree(tmp_path / "2026-11-04")
    by_ledger(tmp_path)
    with closing(sqlite3.connect(tmp_path / LEDGER)) as known:
        assert known.execute(parts).fetchone() == (4,)


def test_somebody_else_at_work_holds_nobody_up(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the database, the folders are read, and the database is left as it is."""
    store, whole = three, (three / WHOLE).read_bytes()
    (store / LEDGER).write_bytes(whole)
    monkeypatch.setattr("gateprobe.views.nights.history_tables._PATIENCE", 0.0)
    with closing(sqlite3.connect(store / LEDGER, isolation_level=None)) as other:
        other.execute("begin exclusive")
        assert by_ledger(store) == by_folder(store)
    assert (store / LEDGER).read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no database can be written, the nights come from their folders, time after time."""
    an_evening(tmp_path, 1, [(ACME, "models.list", 0)])
    monkeypatch.setattr(ledger, "LEDGER", "missing/history.sqlite")
    assert by_ledger(tmp_path) == by_ledger(tmp_path) == by_folder(tmp_path)


def test_a_broken_run_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    """A run that is none raises as it does without a database; what was read before it need not be read again."""
    an_evening(tmp_path, 1, [])
    an_evening(tmp_path, 2, []).joinpath("run.jsonl").write_text("{")
    with pytest.raises(BrokenRunError, match="2026-11-02"):
        by_ledger(tmp_path)
    assert kept(tmp_path) == ["2026-11-01"]


def test_a_short_year_is_the_same_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    """The benchmark of a year, for three nights of two gateways: the same nights, and the same page to the byte."""
    main(3, 2)
    assert "the nights are the same, and the page to the byte" in capsys.readouterr().out


@dataclass(frozen=True)
class Inner:
    """A field of a field."""

    verdict: Verdict | None
    names: tuple[str, ...]


@dataclass(frozen=True)
class Outer:
    """What a night may come to hold."""

    inner: Mapping[str, Inner]
    pairs: Mapping[tuple[str, str], float]


NAMES = st.text(max_size=4)
INNER = st.builds(Inner, st.none() | st.sampled_from(Verdict), st.lists(NAMES, max_size=3).map(tuple))
OUTER = st.builds(
    Outer,
    st.dictionaries(NAMES, INNER, max_size=3),
    st.dictionaries(st.tuples(NAMES, NAMES), st.floats(allow_nan=False, allow_infinity=False), max_size=3),
)


@given(OUTER)
def test_plain_and_back(value: Outer) -> None:
    """Whatever a dataclass holds is the same after it was JSON, in the same order."""
    form = form_of(Outer)
    back = form.load(orjson.loads(orjson.dumps(form.dump(value))))
    assert back == value
    assert list(back.pairs) == list(value.pairs)


@pytest.mark.parametrize("kind", [set[str], Mapping[int, str], MappingProxyType, str | int])
def test_a_type_without_a_plain_form(kind: object) -> None:
    """A field that could not be read back is refused where it is declared, not where it is lost."""
    with pytest.raises(TypeError, match="has no plain form"):
        form_of(kind)


def test_every_field_of_a_night_has_a_form() -> None:
    """Whatever a night holds can be kept."""
    assert set(FORMS) == {field.name for field in fields(Night)}
