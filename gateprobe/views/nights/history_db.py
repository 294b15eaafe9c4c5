"""The history of a folder of runs in one SQLite file beside them, so that a year is not read line by line every night.

Nothing in it is a source. A row is what `reading` gave of one run, kept under the size and times of its `run.jsonl`
and sealed by a digest of its own: one that is missing, stale or damaged is read again from its folder. A database that
is none, or that another gateprobe wrote, is thrown away and built anew; where none can be written, or a stranger's
stands in its place, folders are read.

What one gateway bore is stored once, however many nights it stays the same (`parts`). `select * from nights`, `from
verdicts`, … say what there is: a view of the nights, and one for each mapping in them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import orjson

from gateprobe.model import EMPTY, Json
from gateprobe.views.nights.history import Night
from gateprobe.views.nights.history_readers import Reading, reading, readings, stamp_of
from gateprobe.views.nights.history_tables import (
    ERRORS,
    FORMS,
    SHARED,
    connected,
    digest,
    is_ours,
    is_strangers,
    made,
    seal,
    used,
)

LEDGER: Final = "history.sqlite"
_AT_ONCE: Final = 50  # nights that wait in memory at most before they are written
_PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_AUTH,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""What says nothing against the file itself: somebody is at work in it, or we may not write there."""


class Ledger:
    """The runs of one folder, through its database."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._path = store / LEDGER
        self._new: dict[str, tuple[str, str, str]] = {}
        self._parts: dict[str, str] = {}
        self._read: dict[tuple[str, str], Mapping[Any, Any]] = {}
        self._damaged = self._away = False
        self._known = self._connect() if self._path.exists() else None

    def night(self, folder: Path) -> Night:
        """Give the night of a run folder.

        Raises:
            NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
        """
        return next(self.nights([folder]))

    def nights(self, folders: Iterable[Path]) -> Iterator[Night]:
        """Give the nights of run folders, in their order.

        Raises:
            NoSuchRunError, BrokenRunError: a folder holds no run, or a broken one.
        """
        every = list(folders)
        unknown = [folder for folder in every if not self._has(folder)]
        with closing(readings(unknown)) as read:
            waiting = set(unknown)
            for folder in every:
                known = None if folder in waiting else self._row(folder.name, stamp_of(folder))
                yield known or self._keep(folder.name, next(read) if folder in waiting else reading(folder))

    def save(self) -> None:
        """Write what was read from folders, and forget the runs that are gone. What cannot be written is let be."""
        if self._damaged:
            self._discard()
        try:
            if not self._away:
                self._write()
        except ERRORS as error:
            self._doubt(error)
        if self._damaged:
            self._discard()
        self._new, self._parts = {}, {}

    def close(self) -> None:
        """Write what is new, and let go of the file."""
        self.save()
        if self._known is not None:
            self._known.close()

    def _keep(self, name: str, read: Reading) -> Night:
        """Take what was read of a run to be written, and give its night: what it shares with others is shared here."""
        night = self._night(read.night, read.parts)
        if read.stamp:
            self._new[name] = (read.stamp, read.night, seal(name, read.stamp, read.night))
            self._parts |= read.parts
        if len(self._new) >= _AT_ONCE:
            self.save()
        return night

    def _has(self, folder: Path) -> bool:
        """Say whether the database seems to hold a run as it is now."""
        stamp = stamp_of(folder)
        if not stamp or self._known is None or self._away:
            return False
        try:
            asked = self._known.execute("select 1 from runs where folder = ? and stamp = ?", (folder.name, stamp))
            return asked.fetchone() is not None
        except ERRORS as error:
            self._doubt(error)
        return False

    def _row(self, name: str, stamp: str) -> Night | None:
        if self._known is None or self._away:
            return None
        try:
            row = self._known.execute("select stamp, night, seal from runs where folder = ?", (name,)).fetchone()
            if row is None or row[0] != stamp:
                return None
            if row[2] == seal(name, stamp, row[1]):
                return self._night(row[1])
            self._damaged = True
        except ERRORS as error:
            self._doubt(error)
        except (LookupError, TypeError, ValueError):
            self._damaged = True
        return None

    def _night(self, text: str, parts: Mapping[str, str] = EMPTY) -> Night:
        """Give a night from its text; parts that are not at hand come from the database."""
        return Night(**{field: self._field(field, one, parts) for field, one in orjson.loads(text).items()})

    def _field(self, field: str, plain: Json, parts: Mapping[str, str]) -> Any:
        if field not in SHARED:
            return FORMS[field].load(plain)
        whole: dict[Any, Any] = {}
        for name in plain:
            if (field, name) not in self._read:
                self._read[field, name] = FORMS[field].load(orjson.loads(parts.get(name) or self._part(name)))
            whole |= self._read[field, name]
        return whole

    def _part(self, name: str) -> str:
        assert self._known is not None  # noqa: S101 - a row came from it
        (text,) = self._known.execute("select entries from parts where digest = ?", (name,)).fetchone()
        if name != digest(text):
            raise ValueError("a part that is not what it was")
        return str(text)

    def _write(self) -> None:
        here = {path.parent.name for path in self._store.glob("*/run.jsonl")}
        gone = [(name,) for name in self._held() if name not in here]
        if not (self._new or gone):
            return
        if self._known is None:
            self._known = made(self._path)
        with self._known as writing:
            writing.executemany("delete from runs where folder = ?", gone)
            writing.executemany("insert or ignore into parts values (?, ?)", self._parts.items())
            rows = ((name, *row) for name, row in self._new.items())
            writing.executemany("insert or replace into runs values (?, ?, ?, ?)", rows)
            if gone:
                writing.execute(f"delete from parts where digest not in ({used()})")  # noqa: S608 - names of fields

    def _held(self) -> list[str]:
        """Give the runs in the database; it is damaged where a key is none, or is there twice."""
        held = [name for (name,) in self._known.execute("select folder from runs")] if self._known is not None else []
        if len(set(held)) < len(held) or not all(isinstance(name, str) for name in held):
            raise sqlite3.DatabaseError("keys that cannot be")
        return held

    def _connect(self) -> sqlite3.Connection | None:
        """Open the file that is there; None where it is none of ours, or cannot be read now."""
        known: sqlite3.Connection | None = None
        try:
            known = connected(self._path)
            if is_ours(known):
                return known
            self._away = is_strangers(known)
            self._damaged = not self._away
        except ERRORS as error:
            self._doubt(error)
        if known is not None:
            known.close()
        return None

    def _doubt(self, error: Exception) -> None:
        """Take a database for damaged, or leave it alone where it only is not to be had at this moment."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if code & 0xFF in _PASSING:
            self._away = True
        else:
            self._damaged = True

    def _discard(self) -> None:
        if self._known is not None:
            self._known.close()
        self._known, self._damaged = None, False
        for path in (self._path.with_name(f"{LEDGER}-journal"), self._path):
            with suppress(OSError):
                path.unlink(missing_ok=True)


@contextmanager
def opened(store: Path) -> Iterator[Ledger]:
    """Give the ledger of a folder of runs; what was read is written at the end, also after a broken run."""
    with closing(Ledger(store)) as ledger:
        yield ledger
