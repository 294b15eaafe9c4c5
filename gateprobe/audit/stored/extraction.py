"""Write the part of a run that is about one gateway into a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from gateprobe import files
from gateprobe.audit.stored.origin import with_origin
from gateprobe.audit.stored.run_file import write_run
from gateprobe.errors import BrokenRunError
from gateprobe.gateway import REFERENCE
from gateprobe.record import file as record
from gateprobe.record.file import Run
from gateprobe.record.narrowing import named_in, narrowed
from gateprobe.store.folder import bodies_of, evidence_folder, path_of_gateway
from gateprobe.store.upstream import upstream_path

_SHA256: Final = re.compile(rb"[0-9a-f]{64}")


def extract(folder: Path, wanted: str, out: Path) -> Run:
    """Write the part of a run about one gateway (or all image models of a provider) into a new folder; return it.

    It contains their records, gateway files, journals and the bodies that these name, and OpenAI's file.

    Raises:
        UsageError: the run does not contain the gateway.
        BrokenRunError: the run did not finish, or a file cannot be read.
    """
    run = with_origin(record.load(folder))
    if run.footer is None:
        raise BrokenRunError(f"{folder} did not finish; continue it with --resume {folder} first")
    part = narrowed(run, named_in(run, wanted))
    try:
        for path in _files(folder, part.header.gateways):
            target = out / path.relative_to(folder)
            files.make_folder(out, target.parent)
            files.copy(out, target, files.read(folder, path))
    except OSError as error:
        raise BrokenRunError(f"{folder} cannot be read: {error.strerror}") from None
    write_run(out, part.header, part.records, run.footer.finished_at, stopped=run.footer.stopped)
    return record.load(out)


def _files(folder: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files that are about some gateways, the bodies of their journals last."""
    bodies, hashes = bodies_of(folder), set[bytes]()
    for name in dict.fromkeys((*names, REFERENCE)):
        yield path_of_gateway(folder, name)
    for name in names:
        place = evidence_folder(folder, name)
        journals = [place / journal for journal in files.names(folder, place, ".jsonl")]
        upstream = upstream_path(folder, name)
        for path in (*journals, *([upstream] if files.is_file(folder, upstream) else [])):
            hashes |= set(_SHA256.findall(files.read(folder, path)))
            yield path
    for path in sorted(bodies.folder / sha256.decode() for sha256 in hashes):
        if files.is_file(folder, path):
            yield path
