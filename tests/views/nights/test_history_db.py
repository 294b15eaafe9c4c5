"""The history's database gives what the folders give, whatever happened to either, and costs nobody a night."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.history import main
from gateprobe.errors import BrokenRunError
from gateprobe.formats.html.history import write_history
from gateprobe.model import Observed, Verdict
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header
from gateprobe.views.nights import history_db as module
from gateprobe.views.nights.history import Night
from gateprobe.views.nights.history_db import FILE, opened
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


def by_database(store: Path) -> list[Night]:
    """Read all nights through the database."""
    with opened(store) as database:
        return [database.night(path.parent) for path in sorted(store.glob("*/run.jsonl"))]


def stored(store: Path) -> list[str]:
    """Return the runs that the database holds."""
    with closing(sqlite3.connect(store / FILE)) as known:
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
            elif what == "cut" and (store / FILE).exists():
                os.truncate(store / FILE, min(number, (store / FILE).stat().st_size))
            else:
                (store / FILE).unlink(missing_ok=True)
            assert by_database(store) == by_folder(store)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of three nights, and their database as it should be."""
    store = tmp_path_factory.mktemp("nights")
    for number in range(3):
        an_evening(store, number, [(ACME, "models.list", number), (OPENAI, "models.list", 0)])
    assert by_database(store) == by_folder(store)
    shutil.copy(store / FILE, store / WHOLE)
    return store


@pytest.mark.parametrize("damage", ["cut", "overwritten", "emptied", "no database"])
def test_a_damaged_database_is_built_anew(three: Path, damage: str) -> None:
    """Cut, overwritten, emptied or no database: the nights are those of the folders, and are stored again."""
    whole = (three / WHOLE).read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:middle],
        "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
        "emptied": b"",
        "no database": b"no database" * 1000,
    }
    (three / FILE).write_bytes(damaged[damage])
    assert by_database(three) == by_folder(three)
    assert stored(three) == ["2026-11-00", "2026-11-01", "2026-11-02"]


def test_another_version_is_built_anew(three: Path) -> None:
    """A database of another schema version is replaced."""
    shutil.copy(three / WHOLE, three / FILE)
    with closing(sqlite3.connect(three / FILE)) as other:
        other.executescript("drop view verdicts; drop table gateways; pragma user_version = 99;")
    assert by_database(three) == by_folder(three)
    with closing(sqlite3.connect(three / FILE)) as known:
        assert known.execute("pragma user_version").fetchone() == (module.VERSION,)


def test_a_database_of_another_program_is_not_touched(three: Path) -> None:
    """A database that gateprobe did not make stays as it is; the history is read from the folders."""
    (three / FILE).unlink()
    with closing(sqlite3.connect(three / FILE)) as foreign, foreign:
        foreign.execute("create table mine as select 7 as x")
    assert by_database(three) == by_folder(three)
    with closing(sqlite3.connect(three / FILE)) as foreign:
        assert foreign.execute("select x from mine").fetchall() == [(7,)]


def test_the_second_reading_opens_no_run(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the database holds is not read line by line again."""
    store, whole = three, (three / WHOLE).read_bytes()
    (store / FILE).write_bytes(whole)
    expected = by_folder(store)
    monkeypatch.setattr(
        "gateprobe.views.nights.history_db.read_night", lambda folder: pytest.fail(f"{folder} was read")
    )
    assert by_database(store) == expected
    assert (store / FILE).read_bytes() == whole


def test_the_page_is_the_same_with_and_without(tmp_path: Path) -> None:
    """The page of the history is the same to the byte: built for the first time, from the database, from another."""
    for number in (1, 2, 3):
        an_evening(tmp_path, number, [(ACME, "models.list", number % 2), (ACME, "images.generate.n", 1)])
    first = write_history(tmp_path).read_bytes()
    assert write_history(tmp_path).read_bytes() == first
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    assert write_history(tmp_path).read_bytes() == first
    assert stored(tmp_path) == ["2026-11-01", "2026-11-02", "2026-11-03"]


def test_it_can_be_asked_in_sql(tmp_path: Path) -> None:
    """There are views of the nights, of each gateway's nights, and of the verdicts by gateway and capability."""
    write_run(tmp_path / "one")
    (night,) = by_database(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as known:
        asked = "select gateway, capability, verdict from verdicts where folder = 'one'"
        verdicts = {(gateway, name): Verdict(value) for gateway, name, value in known.execute(asked)}
        seconds = dict(known.execute("select gateway, seconds from gateway_nights where seconds is not null"))
        (tier,) = known.execute("select tier from nights").fetchone()
    assert (verdicts, seconds, tier) == (night.verdicts, night.seconds, night.tier)


def test_what_stays_the_same_is_stored_once(tmp_path: Path) -> None:
    """A gateway that bears the same night after night takes the room of one night; what is pruned leaves nothing."""
    for number in range(1, 5):
        an_evening(tmp_path, number, [(ACME, "models.list", 0), (OPENAI, "models.list", int(number == 4))])
    by_database(tmp_path)
    bearings = "select count(*) from bearings"
    with closing(sqlite3.connect(tmp_path / FILE)) as known:
        assert known.execute(bearings).fetchone() == (2,), "both on three nights, one on the last"
    shutil.rmtree(tmp_path / "2026-11-04")
    by_database(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as known:
        assert known.execute(bearings).fetchone() == (1,)


def test_somebody_else_at_work_holds_nobody_up(three: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process holds the database, the folders are read, and the database is left as it is."""
    store, whole = three, (three / WHOLE).read_bytes()
    (store / FILE).write_bytes(whole)
    monkeypatch.setattr("gateprobe.views.nights.history_db._PATIENCE", 0.0)
    with closing(sqlite3.connect(store / FILE, isolation_level=None)) as other:
        other.execute("begin exclusive")
        assert by_database(store) == by_folder(store)
    assert (store / FILE).read_bytes() == whole


def test_a_folder_that_cannot_be_written_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no database can be written, the nights come from their folders, time after time."""
    an_evening(tmp_path, 1, [(ACME, "models.list", 0)])
    monkeypatch.setattr(module, "FILE", "missing/history.sqlite")
    assert by_database(tmp_path) == by_database(tmp_path) == by_folder(tmp_path)


def test_a_broken_run_is_named_and_the_others_are_stored(tmp_path: Path) -> None:
    """A run that is none raises as it does without a database; what was read before it need not be read again."""
    an_evening(tmp_path, 1, [])
    an_evening(tmp_path, 2, []).joinpath("run.jsonl").write_text("{")
    with pytest.raises(BrokenRunError, match="2026-11-02"):
        by_database(tmp_path)
    assert stored(tmp_path) == ["2026-11-01"]


@pytest.mark.slow
def test_a_short_year_is_the_same_either_way(capsys: pytest.CaptureFixture[str]) -> None:
    """The benchmark of a year, for three nights of two gateways: the same nights, and the same page to the byte."""
    main(3, 2)
    assert "the nights are the same, and the page to the byte" in capsys.readouterr().out


ENDLESS: Final = "with recursive n(i) as (select 1 union all select i + 1 from n)"


def hot_journal(database: Path, other: Path) -> bytes:
    """Return a journal that SQLite rolls back, and that names another file as the journal of several databases."""
    magic, page = bytes.fromhex("d9d505f920a163d7"), database.read_bytes()[:4096]
    head = magic + struct.pack(">IIIII", 1, 0, struct.unpack(">I", page[28:32])[0], 512, 4096)
    record = struct.pack(">I", 1) + page + struct.pack(">I", sum(page[at] for at in range(4096 - 200, 0, -200)))
    name = bytes(other)
    tail = struct.pack(">I", (1 << 30) // 4096 + 1) + name + struct.pack(">II", len(name), sum(name)) + magic
    return head.ljust(512, b"\0") + record + tail


def test_no_journal_deletes_a_file(three: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """SQLite deletes the file that a hot journal names, so such a database is not opened."""
    other = tmp_path_factory.mktemp("outside") / "letter.txt"
    other.write_text("dear", "utf-8")
    before = by_folder(three)
    assert by_database(three) == before
    (three / f"{FILE}-journal").write_bytes(hot_journal(three / FILE, other))
    assert by_database(three) == before
    assert other.read_text("utf-8") == "dear"


@pytest.mark.parametrize(
    "statement",
    [
        "drop view nights; create view nights as ENDLESS select max(i) from n",
        "create trigger grow after insert on runs begin insert into bearings (entries) values (zeroblob(1000)); end",
        "alter table runs rename to old; create view runs as ENDLESS select i as folder, i as stamp from n",
    ],
)
def test_only_our_tables_are_used(three: Path, statement: str) -> None:
    """A database with other views or triggers is rebuilt: a foreign view could run forever, or a trigger could grow."""
    assert by_database(three) == by_folder(three)
    with closing(sqlite3.connect(three / FILE)) as known:
        known.executescript(statement.replace("ENDLESS", ENDLESS))
        hostile = known.execute("select sql from sqlite_master order by name").fetchall()
    assert by_database(three) == by_folder(three)
    with closing(sqlite3.connect(three / FILE)) as known:
        assert known.execute("select sql from sqlite_master order by name").fetchall() != hostile
