"""The history of a folder of runs in one SQLite file, so that a year of runs is not read line by line every night.

The file is a cache: a run is read when its `run.jsonl` is new or changed, by size, time and inode, and dropped when
it is gone. A damaged file, or one of another schema version, is replaced. One that is locked, cannot be written or
is another program's is left alone, and the history is held in memory.

Queries are served by views: `nights`, `gateway_nights` and `verdicts`. Equal verdicts of a gateway's capabilities are
stored once, however many nights they last.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from gateprobe import codec, files
from gateprobe.errors import BrokenRunError
from gateprobe.model import Cause, Level, Verdict
from gateprobe.plan.spending import Spending
from gateprobe.views.nights.history import Night
from gateprobe.views.nights.night_summary import read_night

FILE: Final = "history.sqlite"

VERSION: Final = 1
"""The schema's version; raise it where the tables change, or what `read_night` makes of a run."""

_APPLICATION: Final = 0x67706862  # "gphb", in the header of the file
_PATIENCE: Final = 5.0  # seconds to wait for another process
_MEMORY: Final = ":memory:"

SCHEMA: Final = f"""
begin;
create table runs (
  folder text primary key, stamp text not null, started_at text not null, version text not null, tier text not null,
  exit_code integer, embedded integer not null, judged_by text not null
) without rowid;
create table gateways (
  folder text not null, gateway text not null, bearing integer not null, seconds real, spent text, cause text,
  primary key (folder, gateway)
) without rowid;
create table bearings (id integer primary key, entries text not null unique);
create view nights as
  select folder, started_at, version, tier, exit_code, embedded, judged_by from runs;
create view gateway_nights as
  select folder, started_at, gateway, seconds, json_extract(spent, '$.pictures') as pictures,
    json_extract(spent, '$.total.usd') as usd, json_extract(spent, '$.each.usd') as usd_each, cause as cause_of_outage
  from runs join gateways using (folder);
create view verdicts as
  select folder, started_at, gateway, entry.key as capability,
    json_extract(entry.value, '$[0]') as verdict, json_extract(entry.value, '$[1]') as level
  from runs join gateways using (folder) join bearings on bearings.id = bearing, json_each(entries) as entry;
pragma application_id = {_APPLICATION};
pragma user_version = {VERSION};
commit;
"""  # noqa: S608 - two numbers

_BESIDE: Final = tuple(f"{FILE}-{part}" for part in ("journal", "wal", "shm"))
"""Files that SQLite makes beside a database."""

_JOURNAL: Final = bytes.fromhex("d9d505f920a163d7")
"""The end of a journal that names another file. Our journal belongs to one database and names none."""

_TEMPORARY: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""Errors that say nothing against the file: another process uses it, or it cannot be written here."""

_Bearing = tuple[Mapping[tuple[str, str], Verdict], Mapping[tuple[str, str], Level]]


class HistoryDatabase:
    """The nights of one folder of runs."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._path = store / FILE
        self._opened: sqlite3.Connection | None = None
        self._bearings: dict[tuple[str, int], _Bearing] = {}

    def night(self, folder: Path) -> Night:
        """Return the night of a run folder.

        Raises:
            NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
        """
        stamp = stamp_of(folder)
        if stamp and (night := self._guarded(lambda known: self._find(known, folder.name, stamp))):
            return night
        night = read_night(folder)
        if stamp and stamp == stamp_of(folder):
            self._guarded(lambda known: _keep(known, night, stamp))
        return night

    def close(self) -> None:
        """Drop the runs that are gone, and close the file."""
        if self._opened is None:
            return
        here = {folder.name for folder in files.runs(self._store)}
        self._guarded(lambda known: _drop(known, here))
        self._opened.close()

    def _guarded(self, work: Callable[[sqlite3.Connection], Night | None]) -> Night | None:
        """Do some work in the database; where it fails, replace the database and return None."""
        try:
            if self._opened is None:
                for name in (FILE, *_BESIDE):
                    files.check(self._store, self._store / name)
                if self._names_another_file():
                    raise _ForeignError
                self._opened = _open(self._path)
            with self._opened as known:
                return work(known)
        except (sqlite3.Error, UnicodeError, ValueError, LookupError, TypeError, BrokenRunError) as error:
            self._replace(error)
        return None

    def _names_another_file(self) -> bool:
        """Return whether the journal names another file. SQLite would delete that file."""
        journal = self._store / f"{FILE}-journal"
        return files.is_file(self._store, journal) and files.read(self._store, journal).endswith(_JOURNAL)

    def _replace(self, error: Exception) -> None:
        if self._opened is not None:
            self._opened.close()
        self._bearings.clear()
        usable = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF not in _TEMPORARY
        try:
            if usable and not isinstance(error, _ForeignError | BrokenRunError):
                for path in (self._path.with_name(f"{FILE}-journal"), self._path):
                    path.unlink(missing_ok=True)
                self._opened = _open(self._path)
                return
        except (OSError, sqlite3.Error):
            pass
        self._opened = _open(_MEMORY)

    def _find(self, known: sqlite3.Connection, folder: str, stamp: str) -> Night | None:
        run = known.execute(
            "select started_at, version, tier, exit_code, embedded, judged_by from runs where (folder, stamp) = (?, ?)",
            (folder, stamp),
        ).fetchone()
        if run is None:
            return None
        rows = known.execute(
            "select gateway, bearing, seconds, spent, cause from gateways where folder = ?", (folder,)
        ).fetchall()
        verdicts: dict[tuple[str, str], Verdict] = {}
        levels: dict[tuple[str, str], Level] = {}
        for gateway, bearing, *_ in rows:
            of_gateway = self._bearing(known, gateway, bearing)
            verdicts |= of_gateway[0]
            levels |= of_gateway[1]
        started_at, version, tier, exit_code, embedded, judged_by = run
        return Night(
            folder,
            started_at,
            version,
            tier,
            exit_code,
            verdicts,
            levels,
            seconds={gateway: seconds for gateway, _, seconds, *_ in rows if seconds is not None},
            embedded=bool(embedded),
            spent={gateway: _spending(spent) for gateway, *_, spent, _ in rows if spent is not None},
            judged_by=judged_by,
            causes={gateway: Cause(cause) for gateway, *_, cause in rows if cause is not None},
        )

    def _bearing(self, known: sqlite3.Connection, gateway: str, number: int) -> _Bearing:
        """Return what a gateway's capabilities bore; the nights that share it share the value, too."""
        if (gateway, number) not in self._bearings:
            (text,) = known.execute("select entries from bearings where id = ?", (number,)).fetchone()
            entries = orjson.loads(text)
            self._bearings[gateway, number] = (
                {(gateway, capability): Verdict(verdict) for capability, (verdict, _) in entries.items()},
                {(gateway, capability): Level(level) for capability, (_, level) in entries.items()},
            )
        return self._bearings[gateway, number]


def stamp_of(folder: Path) -> str:
    """Return what changes whenever a run file is written; empty where there is none, or its name is no Unicode."""
    with suppress(OSError, UnicodeError):
        folder.name.encode()
        status = (folder / "run.jsonl").stat()
        return f"{status.st_size} {status.st_mtime_ns} {status.st_ino}"
    return ""


class _ForeignError(ValueError):
    """The file is a database of another program."""


def _open(path: Path | str) -> sqlite3.Connection:
    """Open the database, and make its tables where it has none.

    Raises:
        sqlite3.Error: it is none, or cannot be used.
        ValueError: it has another version, or is another program's.
    """
    known = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        known.executescript("pragma synchronous = off; pragma trusted_schema = off;")
        if not known.execute("select count(*) from sqlite_master").fetchone()[0]:
            known.executescript(SCHEMA)
        elif known.execute("pragma application_id").fetchone() != (_APPLICATION,):
            raise _ForeignError
        elif known.execute("pragma user_version").fetchone() != (VERSION,):
            raise ValueError("another version")
        elif _definitions(known) != _our_definitions():
            raise ValueError("unknown tables, views or triggers")  # a view could run forever
    except BaseException:
        known.close()
        raise
    return known


def _definitions(known: sqlite3.Connection) -> list[tuple[Any, ...]]:
    return known.execute("select type, name, tbl_name, sql from sqlite_master order by type, name").fetchall()


@cache
def _our_definitions() -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(_MEMORY)) as empty:
        empty.executescript(SCHEMA)
        return _definitions(empty)


def _keep(known: sqlite3.Connection, night: Night, stamp: str) -> None:
    _forget(known, night.folder)
    run = (night.started_at, night.version, night.tier, night.exit_code, night.embedded, night.judged_by)
    known.execute("insert into runs values (?, ?, ?, ?, ?, ?, ?, ?)", (night.folder, stamp, *run))
    entries: dict[str, dict[str, Any]] = {name: {} for name in (*night.seconds, *night.spent, *night.causes)}
    for (gateway, capability), verdict in night.verdicts.items():
        entries.setdefault(gateway, {})[capability] = (verdict, night.levels[gateway, capability])
    for gateway, bearing in entries.items():
        text = orjson.dumps(bearing, option=orjson.OPT_SORT_KEYS).decode()
        known.execute("insert into bearings (entries) values (?) on conflict do nothing", (text,))
        spent = codec.dumps(night.spent[gateway]).decode() if gateway in night.spent else None
        known.execute(
            "insert into gateways select ?, ?, id, ?, ?, ? from bearings where entries = ?",
            (night.folder, gateway, night.seconds.get(gateway), spent, night.causes.get(gateway), text),
        )


def _forget(known: sqlite3.Connection, folder: str) -> None:
    for table in ("runs", "gateways"):
        known.execute(f"delete from {table} where folder = ?", (folder,))  # noqa: S608 - the names above


def _drop(known: sqlite3.Connection, here: set[str]) -> None:
    gone = [name for (name,) in known.execute("select folder from runs").fetchall() if name not in here]
    for folder in gone:
        _forget(known, folder)
    if gone:
        known.execute("delete from bearings where id not in (select bearing from gateways)")


def _spending(text: str) -> Spending:
    return codec.from_plain(Spending, orjson.loads(text))


@contextmanager
def opened(store: Path) -> Iterator[HistoryDatabase]:
    """Open the history of a folder of runs."""
    database = HistoryDatabase(store)
    try:
        yield database
    finally:
        database.close()
