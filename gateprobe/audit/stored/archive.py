"""Stored runs: join shards, pack a run for a vendor, delete old runs."""

from __future__ import annotations

import gzip
import os
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout

from gateprobe import files
from gateprobe.audit.stored.origin import join_origins, with_origin
from gateprobe.audit.stored.run_file import joined_warnings, write_run
from gateprobe.errors import BrokenRunError, UsageError, unwritable
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.redact import Redactor
from gateprobe.store.bodies import PART
from gateprobe.store.folder import bodies_of
from gateprobe.store.upstream import FOLDER as UPSTREAM


def combine(folders: Sequence[Path], out: Path) -> int:
    """Join runs of different gateways (shards) into one; return its exit code.

    Raises:
        UsageError: a gateway is in two of them, they differ in version or tier, or `out` is taken.
        BrokenRunError: one of them did not finish.
    """
    runs = [with_origin(record.load(folder)) for folder in folders]
    _check_alike(runs)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable("the run", out, error) from None
    if any(out.iterdir()):
        raise UsageError(f"{out} is not empty; name a new folder with --out")
    for run in runs:
        for part in ("gateways", "evidence", UPSTREAM):
            if files.check(run.folder, run.folder / part):
                _join(run.folder, part, out)
    first = min(runs, key=lambda run: run.header.started_at).header
    foreign, edited = join_origins(runs)
    header = replace(
        first,
        warnings=tuple(dict.fromkeys(warning for run in runs for warning in run.header.warnings)),
        foreign=foreign,
        edited=edited,
        warned=joined_warnings(*(run.header.warned for run in runs), *map(_named_by_run, runs)),
        gateways=tuple(name for run in runs for name in run.header.gateways),
        embedded=all(run.header.embedded for run in runs),
        versions={name: value for run in runs for name, value in run.header.versions.items()},
    )
    last = max(run.footer.finished_at for run in runs if run.footer is not None)
    return write_run(out, header, [record for run in runs for record in run.records], last)


def _named_by_run(run: Run) -> dict[str, tuple[str, ...]]:
    """Return the sentences about each gateway as `join_origins` writes them."""
    return {
        name: tuple(f"{run.folder.name}: {sentence}" for sentence in sentences)
        for name, sentences in run.header.warned.items()
    }


def _check_alike(runs: Sequence[Run]) -> None:
    seen: dict[str, Path] = {}
    for run in runs:
        if run.footer is None:
            raise BrokenRunError(f"{run.folder} did not finish; continue it with --resume {run.folder} first")
        for name in run.header.gateways:
            if name in seen:
                raise UsageError(f"{name} is in {seen[name]} and in {run.folder}; combine each gateway once")
            seen[name] = run.folder
    _check_same("versions of gateprobe", {run.header.version for run in runs})
    _check_same("tiers", {run.header.tier for run in runs})


def _check_same(what: str, values: set[str]) -> None:
    if len(values) > 1:
        raise UsageError(f"these runs are of different {what} ({', '.join(sorted(values))}); audit them alike first")


def _join(folder: Path, part: str, out: Path) -> None:
    """Link the files of a part of a run into another run, or copy them where the file system has no links.

    Files of the same name have the same content: a body that was changed is an error.
    """
    bodies = bodies_of(folder)
    for source in files.walk(folder / part):
        target = out / source.relative_to(folder)
        files.make_folder(out, target.parent)
        if source.parent == bodies.folder:
            bodies.read(source.name)
        if files.is_file(out, target):
            continue
        try:
            os.link(source, target, follow_symlinks=False)
        except (OSError, NotImplementedError):
            files.copy(out, target, files.read(folder, source))


def pack(folder: Path, archive: Path, environment: Mapping[str, str], name: str = "") -> int:
    """Pack a run into one archive (`.tar.gz`) that a vendor can open, read and judge again; return its size in bytes.

    `name` is the folder in the archive, by default that of the run.

    A run holds no key; the files are searched once more for every key in the environment.

    Raises:
        NoSuchRunError, BrokenRunError: the folder holds no run.
        ForeignFileError: something in the folder is neither a file nor a folder.
        UsageError: a key was found, or the archive cannot be written.
    """
    run = record.load(folder)
    redactor = Redactor(_keys(environment))
    paths = [path for path in files.walk(folder) if not _is_temporary(path)]
    bodies = bodies_of(folder)
    for path in paths:
        data = bodies.read(path.name) if path.parent == bodies.folder else _content(folder, path)
        if redactor.bytes(data) != data:
            raise UsageError(f"{path} holds a key of this environment; nothing was packed, please report this")
    name = name or folder.resolve().name
    try:
        with (
            archive.open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
        ):
            for path in paths:
                _add(tar, path, f"{name}/{path.relative_to(folder).as_posix()}", run)
    except OSError as error:
        raise UsageError(f"{archive} cannot be written: {error.strerror or error}") from None
    return archive.stat().st_size


def _content(folder: Path, path: Path) -> bytes:
    try:
        return files.read(folder, path)
    except OSError as error:
        raise BrokenRunError(f"{path} cannot be read: {error.strerror}; nothing was packed") from None


def _is_temporary(path: Path) -> bool:
    """Return whether a file is temporary: of a running audit, or of a process that died."""
    return path.name == ".lock" or path.suffix == ".tmp" or path.name.startswith(PART)


def _keys(environment: Mapping[str, str]) -> Iterable[str]:
    """Return the values of variables that look like keys; short values would match anywhere."""
    words = ("KEY", "TOKEN", "SECRET", "PASSWORD")
    return [value for name, value in environment.items() if len(value) >= 12 and any(w in name.upper() for w in words)]


def _add(tar: tarfile.TarFile, path: Path, name: str, run: Run) -> None:
    """Add a file without the names and times of this machine: the same run gives the same archive."""
    info = tarfile.TarInfo(name)
    info.size = path.stat().st_size
    info.mtime = int(record.started_at(run).timestamp())
    info.mode = 0o644
    with files.open_file(run.folder, path) as file:
        tar.addfile(info, file)


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run in a folder: its start time, and its size in bytes (a body linked twice counts twice)."""

    folder: Path
    started_at: str
    size: int


def runs_in(folder: Path) -> tuple[StoredRun, ...]:
    """Return the runs in a folder, oldest first; folders without a run are skipped."""
    stored = []
    for place in files.runs(folder):
        try:
            run = record.load(place)
            record.started_at(run)
            size = sum(file.lstat().st_size for file in files.walk(place))
        except UsageError:
            continue
        stored.append(StoredRun(place, run.header.started_at, size))
    return tuple(sorted(stored, key=lambda run: run.started_at))


def is_running(folder: Path) -> bool:
    """Return whether an audit is running in a run folder."""
    if not files.is_file(folder, folder / ".lock"):
        return False
    try:
        with FileLock(folder / ".lock", blocking=False):
            return False
    except Timeout:
        return True


def to_prune(
    runs: Sequence[StoredRun], now: datetime, *, days: float | None = None, size: int | None = None, keep: int = 1
) -> tuple[StoredRun, ...]:
    """Return the runs to delete: those older than `days`, then the oldest until all fit in `size` bytes.

    The newest `keep` runs always stay.
    """
    may_go = list(runs[: max(0, len(runs) - keep)])
    gone: list[StoredRun] = []
    if days is not None:
        oldest = now.astimezone(UTC) - timedelta(days=days)
        gone = [run for run in may_go if datetime.fromisoformat(run.started_at) < oldest]
    if size is not None:
        left = sum(run.size for run in runs) - sum(run.size for run in gone)
        for run in [run for run in may_go if run not in gone]:
            if left <= size:
                break
            gone.append(run)
            left -= run.size
    return tuple(gone)
