"""Many runs read on all cores: processes of ours beside this one read every so-many-th run, and say it in one line.

They are plain interpreters that import this module and no other program, so that they start alike on every system,
under pytest and in a program that guards no `__main__`. What one of them does not say, because it died, was not to be
had, or met a run that is broken, is read here, where it raises what it should. Pipes hold little, so nobody reads far
ahead.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Final, NamedTuple

import orjson

from gateprobe.errors import UsageError
from gateprobe.views.nights.history_tables import written
from gateprobe.views.nights.night_summary import read_night

_WORTH: Final = 64_000_000
"""So many bytes of runs are read in less than a second; for fewer no process is worth its start."""

_MOST: Final = 8  # processes; this one has to keep up with them
_SERVE: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from gateprobe.views.nights.history_readers import serve; serve(sys.stdin.buffer, sys.stdout.buffer)"
)
_COMMAND: Final = (sys.executable, "-P", "-c", _SERVE)


class Reading(NamedTuple):
    """A run as the history's database keeps it: its stamp, empty where it was being written; its night and parts."""

    stamp: str
    night: str
    parts: Mapping[str, str]


def reading(folder: Path) -> Reading:
    """Read a run.

    Raises:
        NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
    """
    before = stamp_of(folder)
    night, parts = written(read_night(folder))
    return Reading(before if before == stamp_of(folder) else "", night, parts)


def stamp_of(folder: Path) -> str:
    """Give what changes whenever a run file is written; empty where there is none, or its name is no Unicode."""
    try:
        folder.name.encode()
        found = (folder / "run.jsonl").stat()
    except (OSError, UnicodeError):
        return ""
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"


def readings(folders: Sequence[Path]) -> Generator[Reading]:
    """Read runs, in their order, on as many cores as there are if they are worth it.

    Raises:
        NoSuchRunError, BrokenRunError: a folder holds no run, or a broken one.
    """
    some = _cores() if sum(map(_size, folders)) >= _WORTH else 0
    with _readers([folders[at::some] for at in range(some)]) as readers:
        for at, folder in enumerate(folders):
            yield (_said(readers[at % some]) if some else None) or reading(folder)


def _said(reader: IO[bytes] | None) -> Reading | None:
    """Give what a process says of its next run; None where it says nothing of it, or nothing more."""
    line = reader.readline() if reader else b""
    return Reading(*said) if line.endswith(b"\n") and (said := orjson.loads(line)) else None


@contextmanager
def _readers(shares: Sequence[Sequence[Path]]) -> Iterator[list[IO[bytes] | None]]:
    """Start a process for each share of the runs, and end them all; None stands for one that cannot be started."""
    with ExitStack() as stack:
        yield [stack.enter_context(_reader(share)) for share in shares]


@contextmanager
def _reader(folders: Sequence[Path]) -> Iterator[IO[bytes] | None]:
    try:
        child = subprocess.Popen(  # noqa: S603 - this interpreter, with this module
            (*_COMMAND, orjson.dumps([one for one in sys.path if one]).decode()),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError):
        yield None
        return
    assert child.stdin is not None  # noqa: S101 - a pipe was asked for
    assert child.stdout is not None  # noqa: S101 - this one, too
    try:
        with suppress(OSError), child.stdin as told:
            told.write(orjson.dumps([os.fspath(folder.absolute()) for folder in folders]))
        yield child.stdout
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def _size(folder: Path) -> int:
    return int(stamp_of(folder).partition(" ")[0] or 0)


def _cores() -> int:
    """Give how many processes to start: none where there is one core."""
    able = getattr(os, "sched_getaffinity", None)
    cores = len(able(0)) if able else os.cpu_count() or 1
    return min(cores, _MOST) if cores > 1 else 0


def serve(folders: IO[bytes], out: IO[bytes]) -> None:
    """Say what was read of each run, a line each; nothing of one that is none. For a process of its own alone."""
    gc.disable()  # a night has no cycles, and the process ends with its share
    for name in orjson.loads(folders.read()):
        try:
            said = tuple(reading(Path(name)))
        except UsageError:
            said = ()
        out.write(orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE))
        out.flush()
