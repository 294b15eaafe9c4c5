"""What stands in the history's database: its tables and views, made from the fields of a night, and its seals."""

from __future__ import annotations

import hashlib
import inspect
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from functools import cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from types import ModuleType
from typing import Final, get_args, get_origin, get_type_hints

import orjson

from gateprobe import __version__, model
from gateprobe.codec import form_of
from gateprobe.views.nights import history
from gateprobe.views.nights import night_summary as remember
from gateprobe.views.nights.history import Night

_PATIENCE: Final = 5.0  # seconds to wait for somebody else's writing
ERRORS: Final = (sqlite3.Error, UnicodeError)
"""What a database may raise; of a damaged one, not even the complaint need be text."""

_HINTS: Final = get_type_hints(Night)
_MAPS: Final = {name: get_args(hint)[0] for name, hint in _HINTS.items() if get_origin(hint) is Mapping}
FORMS: Final = {name: form_of(hint) for name, hint in _HINTS.items()}
"""How each field of a night is written and read."""

SHARED: Final = frozenset(name for name, key in _MAPS.items() if key is not str)
"""The fields that are stored in parts, one for each gateway: from night to night most of them stay the same."""


def written(night: Night) -> tuple[str, dict[str, str]]:
    """Write a night as JSON, with digests in place of its parts, and give the parts beside it, by digest."""
    plain = {field: form.dump(getattr(night, field)) for field, form in FORMS.items()}
    parts: dict[str, str] = {}
    for field in SHARED:
        texts = [orjson.dumps(list(rows)).decode() for _, rows in groupby(plain[field], itemgetter(0))]
        plain[field] = [digest(text) for text in texts]
        parts |= dict(zip(plain[field], texts, strict=True))
    return orjson.dumps(plain).decode(), parts


def seal(name: str, stamp: str, night: str) -> str:
    """Give what only a row of this form with just these values bears."""
    return digest(str(version()), name, stamp, night)


def digest(*texts: str) -> str:
    """Give a digest of some texts."""
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=16).hexdigest()


def connected(path: Path) -> sqlite3.Connection:
    """Open a database.

    Raises:
        sqlite3.Error, UnicodeError: it is none, or not to be had.
    """
    known = sqlite3.connect(path, timeout=_PATIENCE)
    try:
        known.execute("pragma trusted_schema = off")
    except ERRORS:
        known.close()
        raise
    return known


def made(path: Path) -> sqlite3.Connection:
    """Make an empty database; one that another process made a moment ago is taken as it is."""
    new = connected(path)
    try:
        new.executescript(f"begin immediate; {_schema()} pragma user_version = {version()}; commit;")
    except ERRORS:
        new.close()
        raise
    return new


def is_ours(known: sqlite3.Connection) -> bool:
    """Say whether a database is of this form: its version, and each table and view as it is declared here."""
    (theirs,) = known.execute("pragma user_version").fetchone()
    return theirs == version() and _declared(known) == _expected()


def is_strangers(known: sqlite3.Connection) -> bool:
    """Say whether a database holds something, and none of our tables: it is somebody else's, and not to be touched."""
    names = {name for _, name, *_ in _declared(known)}
    return bool(names) and not names & {"runs", "parts"}


def _declared(known: sqlite3.Connection) -> list[tuple[str, ...]]:
    return known.execute("select type, name, tbl_name, sql from sqlite_master order by name").fetchall()


@cache
def _expected() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as empty:
        empty.executescript(_schema())
        return _declared(empty)


@cache
def version() -> int:
    """Give a number that changes with the form of the database and with what makes a night of a run."""
    code = (__version__, _schema(), repr(_HINTS), _source(history), _source(remember), _source(model))
    return int(digest(*code)[:8], 16) >> 1


def _source(module: ModuleType) -> str:
    """Give the code of a module; nothing where it was shipped without."""
    try:
        return inspect.getsource(module)
    except OSError:
        return ""


_TABLES: Final = """
create table if not exists runs (
  folder text primary key, stamp text not null, night text not null, seal text not null
) without rowid;
create table if not exists parts (digest text primary key, entries text not null) without rowid;
"""
"""Without row ids there is no index beside a table that could say otherwise than it."""


@cache
def _schema() -> str:
    """Give the SQL of the tables, and of the views over them: one of the nights, one for each mapping in them."""
    columns = ", ".join(f"json_extract(night, '$.{name}') as {name}" for name in _HINTS if name not in _MAPS)
    nights = f"create view if not exists nights as select {columns} from runs;"  # noqa: S608 - names of fields
    return " ".join((_TABLES, nights, *(_view(name) for name in _MAPS)))


def used() -> str:
    """Give the SQL of the parts that some night still needs."""
    every = (f"select value from runs, json_each(night, '$.{name}')" for name in sorted(SHARED))  # noqa: S608 - fields
    return " union ".join(every)


def _view(name: str) -> str:
    """Give a view with a row for each entry: the run, its gateway, the capability where there is one, the value."""
    run = "select runs.folder as folder, json_extract(runs.night, '$.started_at') as started_at, "
    entries = f"from runs, json_each(runs.night, '$.{name}') as one"
    key = "one.key as gateway, one.value as value"
    if name in SHARED:
        key = ", ".join(
            f"json_extract(entry.value, '$[{at}]') as {column}"
            for at, column in enumerate(("gateway", "capability", "value"))
        )
        entries += " join parts on parts.digest = one.value, json_each(parts.entries) as entry"
    return f"create view if not exists {name} as {run}{key} {entries};"
