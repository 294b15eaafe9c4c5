"""The bodies of a run, each once under its SHA-256, written as they arrive and redacted on the way."""

from __future__ import annotations

import hashlib
import re
from io import FileIO
from pathlib import Path
from secrets import token_hex
from typing import Final

from gateprobe import files
from gateprobe.errors import BrokenRunError
from gateprobe.redact import Redactor, StreamRedactor
from gateprobe.text import printable

_NAME: Final = re.compile(r"[0-9a-f]{64}")

PART: Final = "part-"
"""How a body is named while it arrives."""
SHORT: Final = 64 * 1024
"""Bytes of a body up to which it is written at once, when it is whole."""


class Bodies:
    """The bodies of a run, each stored once under its SHA-256."""

    def __init__(self, folder: Path, run: Path | None = None) -> None:
        """Store bodies in a folder, inside the folder of a run where one is given."""
        self.folder = folder
        self.run = run or folder

    def read(self, sha256: str) -> bytes:
        """Return a stored body after checking that its content has the SHA-256 of its name.

        Raises:
            BrokenRunError: it is not there, cannot be read, was changed, or is called what no body is.
        """
        if not _NAME.fullmatch(sha256):
            raise BrokenRunError(f"{self.folder}: {printable(sha256, 80)!r} is no name of a body, which is a SHA-256")
        path = self.path(sha256)
        try:
            data = files.read(self.run, path)
        except OSError as error:
            raise BrokenRunError(f"{path}: this body of the run cannot be read ({error.strerror})") from None
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BrokenRunError(
                f"{path} was changed: its content does not have the SHA-256 of its name, so nothing is judged by it;"
                " copy the run again from where it was made"
            )
        return data

    def path(self, sha256: str) -> Path:
        """Return where a body is stored."""
        return self.folder / sha256

    def put(self, data: bytes) -> str:
        """Store bytes that hold no secret, and return their SHA-256."""
        sink = BodySink(self.folder, Redactor([]).stream(), self.run)
        sink.write(data)
        return sink.close()

    def sweep(self) -> None:
        """Throw away the beginnings of bodies that a crash left there; nobody else may be writing."""
        for name in files.names(self.run, self.folder):
            if name.startswith(PART) and not (self.folder / name).is_dir():
                (self.folder / name).unlink(missing_ok=True)

    def sink(self, redactor: Redactor) -> BodySink:
        """Open a place for a body that arrives in pieces."""
        return BodySink(self.folder, redactor.stream(), self.run)


class BodySink:
    """A body on its way to disk: redacted, written as it arrives, named by its hash at the end.

    What is short is searched and written once it is whole, and not at all where the same is stored already: most
    answers are short, and a file made, renamed and closed for each costs more than all else that is done with them.
    """

    def __init__(self, folder: Path, redactor: StreamRedactor, run: Path | None = None) -> None:
        self._folder = folder
        self._run = run or folder
        self._redactor = redactor
        self._hash = hashlib.sha256()
        self._short = bytearray()
        self._path = folder / f"{PART}{token_hex(8)}"
        self._file: FileIO | None = None
        self.length = 0

    @property
    def masked(self) -> bool:
        """Whether a secret was hidden in what came so far."""
        return self._redactor.masked

    def write(self, chunk: bytes) -> None:
        """Take a piece as it came."""
        self.length += len(chunk)
        if self._file is not None:
            self._keep(self._redactor.feed(chunk))
            return
        self._short += chunk
        if len(self._short) > SHORT:
            self._file = self._opened()
            self._keep(self._redactor.feed(bytes(self._short)))
            self._short.clear()

    def shorten(self, length: int) -> None:
        """Keep the beginning alone of what came so far; nothing more may be written."""
        if self._file is not None:
            self._keep(self._redactor.close())
        self._cut(length)

    def salvage(self, length: int) -> None:
        """Keep the beginning of what is stored where the disk took no more; what is freed has room for the rest."""
        self._cut(length)
        self._redactor = Redactor([]).stream()

    def _cut(self, length: int) -> None:
        if self._file is None:
            self._short = bytearray(self._redactor.whole(bytes(self._short)))[:length]
        else:
            self._file.truncate(length)
            self._hash = hashlib.sha256(self._path.read_bytes())

    def close(self) -> str:
        """Return the SHA-256 of the whole, under which it is now stored."""
        if self._file is not None:
            self._keep(self._redactor.close())
            self._search_stored(self._file)
            self._file.close()
        else:
            short = self._redactor.whole(bytes(self._short))
            self._hash = hashlib.sha256(short)
            if files.is_file(self._run, self._folder / self._hash.hexdigest()):
                return self._hash.hexdigest()
            self._file = self._opened()
            self._write(short)
            self._file.close()
        sha256 = self._hash.hexdigest()
        self._path.replace(self._folder / sha256)
        return sha256

    def _search_stored(self, file: FileIO) -> None:
        """Mask what only the whole body shows: a secret in several strings, or in packed bytes."""
        if not self._redactor.searches:
            return
        stored = self._path.read_bytes()
        clean = self._redactor.body(stored)
        if clean != stored:
            file.seek(0)
            self._write(clean)
            self._hash = hashlib.sha256(clean)

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self._hash.update(data)
        self._write(data)

    def _write(self, data: bytes) -> None:
        """Write all of some bytes; the file has no buffer, so that a full disk leaves nothing to be written later."""
        rest = memoryview(data)
        while rest and self._file is not None:
            rest = rest[self._file.write(rest) :]

    def _opened(self) -> FileIO:
        return files.create(self._run, self._path)
