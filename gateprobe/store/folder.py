"""A run's evidence on disk: written as it comes in, readable at any moment, also after a crash.

    <run>/gateways/<name>.toml               what was audited, as its file said then
    <run>/evidence/<gateway>/<shot>.jsonl    scenario, then for each step: sent, received; at last: end
    <run>/evidence/bodies/<sha256>           each body once

`sent` stands on disk before the request leaves: a request without its `received` may have been paid for, and is
never sent again.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO, Final, Self

import orjson

from gateprobe.errors import BrokenRun
from gateprobe.evidence import Attempt, Evidence, Exchange, Failure
from gateprobe.model import Cause, Json
from gateprobe.redact import Redactor, StreamRedactor
from gateprobe.request import Body, FormBody, JsonBody, RawBody, Request
from gateprobe.scenario import Shot
from gateprobe.store.codec import (
    attempt_from_json,
    attempt_to_json,
    failure_from_json,
    request_from_json,
    request_to_json,
)

PART: Final = "part-"
"""How a body is named while it arrives."""
SHORT: Final = 64 * 1024
"""Bytes of a body up to which it is written at once, when it is whole."""


class Bodies:
    """The bodies of a run, each stored once under its SHA-256."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, sha256: str) -> bytes:
        """Give a stored body.

        Raises:
            BrokenRun: it is not there, or cannot be read.
        """
        path = self.path(sha256)
        try:
            return path.read_bytes()
        except OSError as error:
            raise BrokenRun(f"{path}: this body of the run cannot be read ({error.strerror})") from None

    def path(self, sha256: str) -> Path:
        """Give where a body is stored."""
        return self.folder / sha256

    def put(self, data: bytes) -> str:
        """Store bytes that hold no secret, give their SHA-256."""
        sink = BodySink(self.folder, Redactor([]).stream())
        sink.write(data)
        return sink.close()

    def sweep(self) -> None:
        """Throw away the beginnings of bodies that a crash left there; nobody else may be writing."""
        for path in self.folder.glob(f"{PART}*"):
            path.unlink(missing_ok=True)

    def sink(self, redactor: Redactor) -> BodySink:
        """Open a place for a body that arrives in pieces."""
        return BodySink(self.folder, redactor.stream())


class BodySink:
    """A body on its way to disk: redacted, written as it arrives, named by its hash at the end.

    What is short is written once it is whole, and not at all where the same is stored already: most answers are, and a
    file made, renamed and closed for each costs more than all else that is done with them.
    """

    def __init__(self, folder: Path, redactor: StreamRedactor) -> None:
        self._folder = folder
        self._redactor = redactor
        self._hash = hashlib.sha256()
        self._short = bytearray()
        self._path = folder / f"{PART}{token_hex(8)}"
        self._file: BinaryIO | None = None
        self.length = 0

    def write(self, chunk: bytes) -> None:
        """Take a piece as it came."""
        self.length += len(chunk)
        self._keep(self._redactor.feed(chunk))

    def shorten(self, length: int) -> None:
        """Keep the beginning alone of what came so far; nothing more may be written."""
        self._keep(self._redactor.close())
        if self._file is None:
            del self._short[length:]
            self._hash = hashlib.sha256(self._short)
        else:
            self._file.truncate(length)
            self._hash = hashlib.sha256(self._path.read_bytes())

    def close(self) -> str:
        """Give the SHA-256 of the whole, under which it is now stored."""
        self._keep(self._redactor.close())
        sha256 = self._hash.hexdigest()
        path = self._folder / sha256
        if self._file is None:
            if path.exists():
                return sha256
            self._spill()
        if self._file is not None:
            self._file.close()
        self._path.replace(path)
        return sha256

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        self._hash.update(data)
        if self._file is None:
            self._short += data
            if len(self._short) > SHORT:
                self._spill()
        else:
            self._file.write(data)
            self._file.flush()

    def _spill(self) -> None:
        """Write what was kept so far; from now on everything is written as it comes."""
        self._file = self._opened()
        self._file.write(self._short)
        self._file.flush()
        self._short.clear()

    def _opened(self) -> BinaryIO:
        try:
            return self._path.open("xb")
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True)
            return self._path.open("xb")


@dataclass
class ScenarioLog:
    """The file of one scenario, open for writing line by line."""

    path: Path
    bodies: Bodies
    redactor: Redactor
    _file: BinaryIO = field(init=False, repr=False)

    def __enter__(self) -> Self:
        """Open the file, to write at its end; half a line that a crash left there is cut off first."""
        try:
            self._file = self.path.open("ab")
        except FileNotFoundError:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        if self._file.tell():
            self._file.truncate(self.path.read_bytes().rfind(b"\n") + 1)
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self._file.close()

    def begin(self, gateway: str, shot: Shot) -> None:
        """Write what this scenario is."""
        plain = {"gateway": gateway, "scenario": shot.scenario.name, "value": shot.value, "says": shot.scenario.says}
        self._write("scenario", plain)

    def resumed(self) -> None:
        """Write that the scenario goes on where it stopped."""
        self._write("resumed", {})

    def sent(self, step: int, number: int, request: Request) -> None:
        """Write that a request is about to leave; one that buys is on the disk itself then, should the power fail."""
        clean = _clean_request(request, self.redactor)
        self._write("sent", {"step": step, "number": number, "request": request_to_json(clean, self.bodies)})
        if request.buys:
            os.fsync(self._file.fileno())

    def received(self, step: int, attempt: Attempt) -> None:
        """Write what an attempt brought."""
        clean = _clean_attempt(attempt, self.redactor)
        self._write("received", {"step": step, "attempt": attempt_to_json(clean)})

    def end(self, blocked: Failure | None) -> None:
        """Write that the scenario is over, and what stopped it."""
        clean = _clean_failure(blocked, self.redactor)
        self._write("end", {"blocked": None if clean is None else [clean.cause, clean.because]})

    def _write(self, kind: str, value: dict[str, Json]) -> None:
        self._file.write(orjson.dumps({"kind": kind} | value, option=orjson.OPT_APPEND_NEWLINE))
        self._file.flush()


def _clean_failure(failure: Failure | None, redactor: Redactor) -> Failure | None:
    return None if failure is None else replace(failure, because=redactor.text(failure.because))


def _clean_attempt(attempt: Attempt, redactor: Redactor) -> Attempt:
    """Mask secrets in what a server can have chosen; our own words, such as `sent`, are never part of a secret."""
    return replace(
        attempt,
        headers=redactor.pairs(attempt.headers),
        failure=_clean_failure(attempt.failure, redactor),
        defect=redactor.text(attempt.defect),
    )


def _clean_request(request: Request, redactor: Redactor) -> Request:
    return replace(
        request,
        path=redactor.text(request.path),
        headers=redactor.pairs(request.headers),
        query=redactor.pairs(request.query),
        note=redactor.text(request.note),
        body=_clean_body(request.body, redactor),
    )


def _clean_body(body: Body, redactor: Redactor) -> Body:
    match body:
        case None:
            return None
        case JsonBody(value):
            return JsonBody(redactor.json(value))
        case RawBody(data):
            return replace(body, data=redactor.bytes(data))
        case FormBody(parts):
            return FormBody(tuple(replace(part, data=redactor.bytes(part.data)) for part in parts))


@dataclass(frozen=True)
class Stored:
    """A scenario as found on disk: its evidence, what was sent without an answer, and whether it came to its end.

    `sends` counts how often each step's request left, so that a resume numbers its attempts on from there.
    """

    evidence: Evidence
    unanswered: Mapping[int, Request]
    sends: Mapping[int, int]
    ended: bool


def read_scenario(path: Path, bodies: Bodies) -> Stored | None:
    """Read one scenario file; None where not even its first line is whole. A last line cut by a crash is passed over.

    Raises:
        BrokenRun: a whole line is not what it should be, or the file cannot be read.
    """
    about: dict[str, Json] | None = None
    sent: dict[int, Request] = {}
    received: dict[int, list[Attempt]] = {}
    answered: set[tuple[int, int]] = set()
    asked: set[tuple[int, int]] = set()
    blocked: Failure | None = None
    ended = False
    try:
        whole = path.read_bytes()
    except OSError as error:
        raise BrokenRun(f"{path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        try:
            plain = orjson.loads(line)
            match plain["kind"]:
                case "scenario":
                    about = plain
                case "sent":
                    sent[plain["step"]] = request_from_json(plain["request"], bodies)
                    asked.add((plain["step"], plain["number"]))
                case "received":
                    attempt, _ = attempt_from_json(plain["attempt"]), sent[plain["step"]]
                    received.setdefault(plain["step"], []).append(attempt)
                    answered.add((plain["step"], attempt.number))
                case "resumed":
                    ended, blocked = False, None
                case "end":
                    ended, blocked = True, failure_from_json(plain["blocked"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise BrokenRun(f"{path}, line {number}: not a line of evidence ({error!r})") from None
    if about is None:
        return None
    exchanges = tuple(
        Exchange(step, sent[step], tuple(attempts), bodies.read) for step, attempts in sorted(received.items())
    )
    evidence = Evidence(about["gateway"], path.stem, about["value"], exchanges, blocked)
    unanswered = {step: sent[step] for step, _ in sorted(asked - answered)}
    return Stored(evidence, unanswered, Counter(step for step, _ in asked), ended)


def bodies_of(folder: Path) -> Bodies:
    """Give the bodies of a run."""
    return Bodies(folder / "evidence" / "bodies")


def path_of(folder: Path, gateway: str, shot: str) -> Path:
    """Give the file of one scenario of one gateway."""
    return folder / "evidence" / gateway / f"{shot}.jsonl"


def read_stored(folder: Path, gateway: str) -> dict[str, Stored]:
    """Read all scenarios of a gateway as they are on disk, by shot id."""
    bodies = bodies_of(folder)
    paths = sorted((folder / "evidence" / gateway).glob("*.jsonl"))
    found = {path.stem: read_scenario(path, bodies) for path in paths}
    return {name: stored for name, stored in found.items() if stored is not None}


def read(folder: Path, gateway: str) -> dict[str, Evidence]:
    """Read all evidence of a gateway by shot id; a scenario that never ended is blocked as interrupted."""
    return {name: _settled(stored) for name, stored in read_stored(folder, gateway).items()}


def _settled(stored: Stored) -> Evidence:
    evidence = stored.evidence
    if stored.ended or evidence.blocked is not None:
        return evidence
    because = "gateprobe was stopped before this scenario came to its end; `--resume` sends what is missing"
    return Evidence(
        evidence.gateway, evidence.scenario, evidence.value, evidence.exchanges, Failure(Cause.BUDGET, because)
    )
