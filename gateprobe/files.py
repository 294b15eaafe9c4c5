"""Open, list and write the files inside a folder that a stranger may have made: a run, or a folder of runs.

No link is followed at any level below the folder, and nothing but a regular file is opened: a pipe would block, a
device would never end. What is written goes into a temporary file, created exclusively, which then takes its name.
The folder itself is named by the user and may be reached through a link.
"""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final

from gateprobe.errors import ForeignFileError
from gateprobe.redact.outgoing import clean_bytes
from gateprobe.text import printable

LARGEST: Final = 1 << 29
"""Bytes of the largest file that is read; `--max-body` allows no larger answer."""
_BY_HAND: Final = 1 << 24
"""Bytes of the largest gateway file, baseline or settings file that is read."""
TEMPORARY: Final = ".tmp"
"""How the name of a temporary file ends."""

_EXACT: Final = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK if os.name == "posix" else getattr(os, "O_BINARY", 0)
"""Open the file of that name and no other, without waiting for the writer of a pipe."""


def read(folder: Path, path: Path) -> bytes:
    """Return the content of a file inside a folder.

    Raises:
        ForeignFileError: it is no regular file, is reached through a link, or is larger than any of ours.
        OSError: it is not there, or cannot be read.
    """
    with open_file(folder, path) as file:
        return file.read(LARGEST)


def read_named(path: Path) -> str:
    """Return the text of a file that the user named; links are followed. Its content may be hostile.

    Raises:
        OSError: it is not there, is not a regular file (a pipe would block, a device would never end), is larger than
            any file written by hand, or cannot be read.
        UnicodeDecodeError: it is not UTF-8.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | (_EXACT & ~getattr(os, "O_NOFOLLOW", 0))), "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a regular file", str(path))
        if status.st_size > _BY_HAND:
            raise OSError(errno.EFBIG, f"it has {status.st_size:,} bytes, and at most {_BY_HAND:,} are read", str(path))
        return file.read(_BY_HAND).decode("utf-8")


def open_file(folder: Path, path: Path) -> BinaryIO:
    """Open a file inside a folder to read it; raises what `read` does."""
    check(folder, path)
    return _regular(os.open(path, os.O_RDONLY | _EXACT), path, "rb")


def open_end(folder: Path, path: Path) -> BinaryIO:
    """Open a file inside a folder to read it and to write at its end; it is made where it is missing.

    A file that has a second name elsewhere is copied first, so that the other one stays as it is.
    """
    make_folder(folder, path.parent)
    status = _status(folder, path)
    if status is not None and status.st_nlink > 1:
        copy(folder, path, read(folder, path))
    return _regular(os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | _EXACT, 0o666), path, "a+b")


def create(folder: Path, path: Path) -> FileIO:
    """Create a file that must not be there yet, without a buffer; its folders are made where they are missing."""
    make_folder(folder, path.parent)
    return path.open("xb", buffering=0)


def write(folder: Path, path: Path, data: bytes) -> None:
    """Write a file whole: a temporary file takes its place at once, so that no reader sees half of it.

    No secret of this process is written.
    """
    copy(folder, path, clean_bytes(data))


def copy(folder: Path, path: Path, data: bytes) -> None:
    """Write the unchanged bytes of a file of another run, as `write` does: its name or a seal states its content."""
    check(folder, path)
    temporary = path.with_name(f"{path.name}.{token_hex(8)}{TEMPORARY}")
    try:
        with create(folder, temporary) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, path: Path) -> None:
    """Make a folder inside another, and those above it."""
    status = _status(folder, path)
    if status is None or not stat.S_ISDIR(status.st_mode):
        path.mkdir(parents=True, exist_ok=True)


def stem(name: str) -> str:
    """Return the file name of a gateway, without a suffix: `openai+gpt-image-2` for `openai/gpt-image-2`."""
    return name.replace("/", "+").replace(":", "=")


def is_file(folder: Path, path: Path) -> bool:
    """Return whether a file is there; a link in its place is an error."""
    status = _status(folder, path)
    return status is not None and stat.S_ISREG(status.st_mode)


def names(folder: Path, path: Path, suffix: str = "") -> list[str]:
    """Return the names in a folder that end in `suffix`, sorted; none where the folder is missing."""
    check(folder, path)
    return sorted(entry.name for entry in path.iterdir() if entry.name.endswith(suffix)) if path.is_dir() else []


def walk(folder: Path) -> list[Path]:
    """Return every file below a folder, sorted.

    Raises:
        ForeignFileError: something there is neither a file nor a folder, or cannot be read.
    """
    paths, below = [], [folder]
    try:
        while below:
            for path in below.pop().iterdir():
                mode = path.lstat().st_mode
                if stat.S_ISDIR(mode):
                    below.append(path)
                elif stat.S_ISREG(mode):
                    paths.append(path)
                else:
                    raise _foreign(path, mode)
    except OSError as error:
        raise ForeignFileError(f"{_shown(Path(error.filename or folder))} cannot be read: {error.strerror}") from None
    return sorted(paths)


def runs(store: Path) -> list[Path]:
    """Return the folders with a `run.jsonl` in a folder of runs, by name; what is reached by a link is none of them."""
    if not store.is_dir():
        return []
    return [
        folder
        for folder in sorted(store.iterdir())
        if not folder.is_symlink() and os.path.lexists(folder / "run.jsonl")
    ]


def check(folder: Path, path: Path) -> bool:
    """Return whether a path inside a folder is there.

    Raises:
        ForeignFileError: it leads out of the folder: by its parts, or by a link at any level; or it is neither a file
            nor a folder.
        OSError: it cannot be looked at.
    """
    return _status(folder, path) is not None


def _status(folder: Path, path: Path) -> os.stat_result | None:
    """Return the status of a path that `check` allows, None where it is missing. Asked often, so it makes no paths."""
    prefix = folder.parts
    parts = path.parts[len(prefix) :] if path.parts[: len(prefix)] == prefix else ("..",)
    if any(part == ".." or "\0" in part for part in parts):
        raise ForeignFileError(f"{_shown(path)} leads out of {_shown(folder)}; nothing there is read or written")
    at = str(folder)
    with suppress(FileNotFoundError, NotADirectoryError):
        status = None if parts else folder.stat()
        for part in parts:
            at = os.path.join(at, part)  # noqa: PTH118 - a path for each level takes three times longer
            status = os.lstat(at)
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                raise _foreign(Path(at), status.st_mode)
        return status
    return None


def _regular(descriptor: int, path: Path, mode: str) -> BinaryIO:
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and status.st_size <= LARGEST:
        return open(descriptor, mode)  # type: ignore[return-value]
    os.close(descriptor)
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(None, "it is a folder", str(path))
    if not stat.S_ISREG(status.st_mode):
        raise _foreign(path, status.st_mode)
    raise ForeignFileError(f"{_shown(path)} has {status.st_size} bytes, more than any file of a run; delete it")


def _foreign(path: Path, mode: int) -> ForeignFileError:
    what = next((word for test, word in _KINDS if test(mode)), "no file")
    return ForeignFileError(f"{_shown(path)} is {what}, and a run contains only files and folders; delete it")


_KINDS: Final = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _shown(path: Path) -> str:
    return printable(str(path), 300)
