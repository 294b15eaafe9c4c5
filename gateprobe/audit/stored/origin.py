"""The origin of a run: judged on this machine or elsewhere, with the claims that come with gateprobe or with others.

A seal is an HMAC of the files of a run. Its secret key never leaves this machine: it is stored in the user's state
folder (`$XDG_STATE_HOME/gateprobe`, else `~/.local/state/gateprobe`). A run whose files do not match their seal was
judged elsewhere, or changed since. It is shown with a warning.
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
from gateprobe.audit.gateways.consent import state_folder
from gateprobe.codec import from_plain, to_plain
from gateprobe.errors import BrokenRunError, UsageError
from gateprobe.formats.words import count, few
from gateprobe.gateway import REFERENCE, find, known, provider_of
from gateprobe.record.file import Header, Run
from gateprobe.store.folder import read_gateway
from gateprobe.store.upstream import FOLDER as UPSTREAM
from gateprobe.views.claims.difference import differences

SEAL: Final = "seal.json"
_KEY: Final = "seal.key"
_BYTES: Final = 32

JUDGED: Final = (
    "This run was judged elsewhere, or changed since it was judged here: its verdicts are shown as stored."
    " `gateprobe judge` judges its evidence again."
)
CAPTURED: Final = "The evidence of this run was captured elsewhere, or changed since it was captured here."


@dataclass(frozen=True, slots=True)
class Seal:
    """The codes of a run: of its records with its gateway files, and of its journals, which name their bodies."""

    records: str
    evidence: str


def seal(folder: Path) -> None:
    """Seal a run as stored; a run stays without a seal where no key can be stored or the folder is full."""
    with suppress(OSError):
        codes = _compute_seal(folder, _key())
        files.write(folder, folder / SEAL, orjson.dumps(to_plain(codes), option=orjson.OPT_APPEND_NEWLINE))


def is_ours(folder: Path, *, evidence: bool = True) -> bool:
    """Return whether a run matches its seal of this machine: its records and, with `evidence`, its evidence."""
    try:
        stored = from_plain(Seal, orjson.loads(files.read(folder, folder / SEAL)))
        expected = _compute_seal(folder, _key(), evidence=evidence)
    except (OSError, ValueError, BrokenRunError):
        return False
    is_same = hmac.compare_digest(stored.records.encode(), expected.records.encode())
    return is_same and (not evidence or hmac.compare_digest(stored.evidence.encode(), expected.evidence.encode()))


def with_origin(run: Run) -> Run:
    """Return a run; the header of one from elsewhere names that origin, and its claims that differ from gateprobe's."""
    if is_ours(run.folder, evidence=run.footer is not None):
        return run
    edited = dict(_edited(run))
    sentences = {
        name: f"gateways/{files.stem(name)}.toml of this run differs from gateprobe's in"
        f" {count(len(claims), 'claim')}: {few(claims)}."
        for name, claims in edited.items()
    }
    warned = {name: (*run.header.warned.get(name, ()), sentence) for name, sentence in sentences.items()}
    named = tuple(f"{claim.split()[0]}@{name}" for name, claims in edited.items() for claim in claims)
    warned = {**run.header.warned, **warned}
    return replace(run, header=replace(run.header, foreign=(JUDGED, *sentences.values()), edited=named, warned=warned))


def mark_judged_here(header: Header) -> Header:
    """Return the header of a run from elsewhere that was judged again here."""
    return replace(header, foreign=tuple(CAPTURED if sentence == JUDGED else sentence for sentence in header.foreign))


def join_origins(runs: Iterable[Run]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sentences about the origin of several runs, each with its run, and their differing claims."""
    headers = [(run.folder.name, run.header) for run in runs]
    sentences = tuple(f"{name}: {sentence}" for name, header in headers for sentence in header.foreign)
    return sentences, tuple(claim for _, header in headers for claim in header.edited)


def _edited(run: Run) -> Iterator[tuple[str, list[str]]]:
    """Yield, by gateway, the claims of a run that differ from the files that come with gateprobe."""
    for name in dict.fromkeys((*run.header.gateways, REFERENCE)):
        provider = provider_of(name)
        if provider not in known():
            continue
        try:
            stated = read_gateway(run.folder, name)
        except UsageError:
            continue
        changed = [
            f"{difference.capability} ({difference.right.stance}, gateprobe's {difference.left.stance})"
            for difference in differences(find(provider), stated)
        ]
        if changed:
            yield name, changed


def _compute_seal(folder: Path, key: bytes, *, evidence: bool = True) -> Seal:
    gateways = folder / "gateways"
    stated = [folder / "run.jsonl", *(gateways / name for name in files.names(folder, gateways, ".toml"))]
    journals = []
    for name in files.names(folder, folder / "evidence") if evidence else ():
        place = folder / "evidence" / name
        journals += [place / journal for journal in files.names(folder, place, ".jsonl")] if place.is_dir() else []
    if evidence:
        journals += [folder / UPSTREAM / name for name in files.names(folder, folder / UPSTREAM, ".jsonl")]
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
        raise OSError(None, f"it does not have the {_BYTES} bytes of a key", str(path))
    return key
