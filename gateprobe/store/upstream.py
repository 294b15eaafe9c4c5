"""The upstream's log of a run on disk: one line for each request that it received.

<run>/upstream/<gateway>.jsonl       what arrived and what was sent; bodies are beside the others, by SHA-256
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Final

import orjson

from gateprobe import files
from gateprobe.codec import from_plain, to_plain
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import UpstreamExchange, UpstreamRecord
from gateprobe.redact import Redactor
from gateprobe.store.bodies import Bodies

FOLDER: Final = "upstream"


class UpstreamJournal:
    """Writes what the upstream of one gateway recorded, redacted; any thread may write."""

    def __init__(self, folder: Path, gateway: str, bodies: Bodies, redactor: Redactor) -> None:
        """Create the file, which stays empty if the gateway passes nothing on."""
        self._path = upstream_path(folder, gateway)
        self._bodies = bodies
        self._redactor = redactor
        self._lock = threading.Lock()
        files.make_folder(folder, bodies.folder)
        files.open_end(folder, self._path).close()

    def write(self, record: UpstreamRecord, received: bytes, sent: bytes) -> None:
        """Write one exchange with its bodies."""
        with self._lock:
            clean = replace(
                record,
                path=self._redactor.text(record.path),
                query=self._redactor.text(record.query),
                headers=self._redactor.pairs(record.headers),
                answer_headers=self._redactor.pairs(record.answer_headers),
                received=self._put(received),
                sent=self._put(sent),
            )
            with files.open_end(self._bodies.run, self._path) as file:
                file.write(orjson.dumps(to_plain(clean), option=orjson.OPT_APPEND_NEWLINE))

    def _put(self, data: bytes) -> str:
        if not data:
            return ""
        sink = self._bodies.sink(self._redactor)
        sink.write(data)
        return sink.close()


def upstream_path(folder: Path, gateway: str) -> Path:
    """Return the file of the upstream of one gateway."""
    return folder / FOLDER / f"{files.stem(gateway)}.jsonl"


def read_upstream(folder: Path, gateway: str, bodies: Bodies) -> tuple[UpstreamExchange, ...] | None:
    """Read the log of a gateway's upstream; None if there is none. An incomplete last line is ignored.

    Raises:
        BrokenRunError: the file cannot be read, or a complete line is not an exchange.
    """
    path = upstream_path(folder, gateway)
    try:
        if not files.is_file(folder, path):
            return None
        lines = files.read(folder, path).split(b"\n")[:-1]
    except OSError as error:
        raise BrokenRunError(f"{path} cannot be read: {error.strerror}") from None
    exchanges = []
    for number, line in enumerate(lines, 1):
        try:
            record = from_plain(UpstreamRecord, orjson.loads(line))
        except ValueError as error:
            raise BrokenRunError(f"{path}, line {number}: not a request to an upstream ({error})") from None
        exchanges.append(UpstreamExchange(**vars(record), read=bodies.read))
    return tuple(exchanges)
