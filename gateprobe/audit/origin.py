"""Where a run comes from: sealed here, or judged elsewhere; and whether it states the claims that we know.

A seal is a code over the files of a run, made with a secret key that never leaves this machine: it lies in the user's
state folder (`$XDG_STATE_HOME/gateprobe`, else `~/.local/state/gateprobe`). A run whose files do not fit their seal was
judged elsewhere, or changed since. What it states is shown, and said to be so.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from gateprobe import files
from gateprobe.audit.consent import state_folder
from gateprobe.codec import from_plain, to_plain
from gateprobe.errors import BrokenRunError, UsageError
from gateprobe.formats.words import count, few
from gateprobe.gateway import REFERENCE, find, known
from gateprobe.record.file import Header, Run
from gateprobe.store.folder import read_gateway
from gateprobe.views.claims.difference import differences

SEAL: Final = "seal.json"
_KEY: Final = "seal.key"
_BYTES: Final = 32

JUDGED: Final = (
    "This run was judged elsewhere, or changed since it was judged here: its verdicts are shown as they stand."
    " `gateprobe judge` judges its evidence again."
)
CAPTURED: Final = "The evidence of this run was captured elsewhere, or changed since it was captured here."


@dataclass(frozen=True, slots=True)
class Seal:
    """The codes of a run: of its records with its gateway files, and of its journals, which name their bodies."""

    records: str
    evidence: str


def seal(folder: Path) -> None:
    """Seal a run as it stands; where no key can be stored, or the folder is full, it stays without."""
    with suppress(OSError):
        made = _sealed(folder, _key())
        files.write(folder, folder / SEAL, orjson.dumps(to_plain(made), option=orjson.OPT_APPEND_NEWLINE))


def is_ours(folder: Path, *, evidence: bool = True) -> bool:
    """Return whether a run is as it was sealed on this machine: its records, and its evidence where that is asked."""
    try:
        stored = from_plain(Seal, orjson.loads(files.read(folder, folder / SEAL)))
        expected = _sealed(folder, _key(), evidence=evidence)
    except (OSError, ValueError, BrokenRunError):
        return False
    same = hmac.compare_digest(stored.records.encode(), expected.records.encode())
    return same and (not evidence or hmac.compare_digest(stored.evidence.encode(), expected.evidence.encode()))


def with_origin(run: Run) -> Run:
    """Return a run whose header says that it comes from elsewhere, where it does, and which claims are not ours."""
    if is_ours(run.folder, evidence=run.footer is not None):
        return run
    edited = dict(_edited(run))
    sentences = [
        f"gateways/{name}.toml of this run states {count(len(claims), 'claim')} otherwise than ours: {few(claims)}."
        for name, claims in edited.items()
    ]
    named = tuple(f"{claim.split()[0]}@{name}" for name, claims in edited.items() for claim in claims)
    return replace(run, header=replace(run.header, foreign=(JUDGED, *sentences), edited=named))


def judged_here(header: Header) -> Header:
    """Return the header of a run from elsewhere that was judged again here."""
    return replace(header, foreign=tuple(CAPTURED if sentence == JUDGED else sentence for sentence in header.foreign))


def joined(runs: Iterable[Run]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what several runs say of their origin, each sentence with its run, and their claims that are not ours."""
    headers = [(run.folder.name, run.header) for run in runs]
    sentences = tuple(f"{name}: {sentence}" for name, header in headers for sentence in header.foreign)
    return sentences, tuple(claim for _, header in headers for claim in header.edited)


def _edited(run: Run) -> Iterator[tuple[str, list[str]]]:
    """Yield, by gateway, the claims that a run states otherwise than the files that come with gateprobe."""
    for name in dict.fromkeys((*run.header.gateways, REFERENCE)):
        if name not in known():
            continue
        try:
            stated = read_gateway(run.folder, name)
        except UsageError:
            continue
        changed = [
            f"{difference.capability} ({difference.right.stance}, ours {difference.left.stance})"
            for difference in differences(find(name), stated)
        ]
        if changed:
            yield name, changed


def _sealed(folder: Path, key: bytes, *, evidence: bool = True) -> Seal:
    gateways = folder / "gateways"
    stated = [folder / "run.jsonl", *(gateways / name for name in files.names(folder, gateways, ".toml"))]
    journals = []
    for name in files.names(folder, folder / "evidence") if evidence else ():
        place = folder / "evidence" / name
        journals += [place / journal for journal in files.names(folder, place, ".jsonl")] if place.is_dir() else []
    return Seal(_code(folder, stated, key), _code(folder, journals, key))


def _code(folder: Path, paths: Iterable[Path], key: bytes) -> str:
    code = hmac.new(key, digestmod=hashlib.sha256)
    for path in paths:
        digest = hashlib.sha256(files.read(folder, path)).digest()
        code.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0" + digest)
    return code.hexdigest()


def _key() -> bytes:
    """Return the key of this user, which is made when it is first needed.

    Raises:
        OSError: it cannot be read or made.
    """
    path = state_folder(os.environ) / _KEY
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f"{_KEY}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
        temporary.unlink()
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise OSError(None, "it is no key", str(path))
    return key
