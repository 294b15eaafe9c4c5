"""A run's evidence on disk: written as it comes in, readable at any moment, also after a crash.

    <run>/gateways/<name>.toml               what was audited, as its file said then
    <run>/evidence/<gateway>/<name>.jsonl    scenario, then for each step: sent, received; at last: end
    <run>/evidence/bodies/<sha256>           each body once
    <run>/upstream/<name>.jsonl              what reached the upstream of a gateway, in a run of `gateprobe relay`

`sent` stands on disk before the request leaves: a request without its `received` may have been paid for, and is
never sent again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson

from gateprobe import files
from gateprobe.codec import from_plain
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import Attempt, Evidence, Exchange, Failure, tie
from gateprobe.gateway import Gateway, loads
from gateprobe.message import message
from gateprobe.model import Cause, Json
from gateprobe.request import Request
from gateprobe.store.bodies import Bodies
from gateprobe.store.codec import attempt_from_json, request_from_json
from gateprobe.store.upstream import read_upstream


@dataclass(frozen=True)
class Stored:
    """A scenario as found on disk: its evidence, what was sent without an answer, and whether it came to its end.

    `sends` counts how often each step's request left, so that a resume numbers its attempts on from there. `copied` are
    the steps whose answers another image model of the same provider has, which were paid for there.
    """

    evidence: Evidence
    unanswered: Mapping[int, Request]
    sends: Mapping[int, int]
    ended: bool
    copied: frozenset[int] = frozenset()


def read_scenario(path: Path, bodies: Bodies) -> Stored | None:
    """Read one scenario file; None where not even its first line is whole. A last line cut by a crash is passed over.

    Raises:
        BrokenRunError: a whole line is not what it should be, or the file cannot be read.
    """
    about: dict[str, Json] | None = None
    sent: dict[int, Request] = {}
    received: dict[int, list[Attempt]] = {}
    answered: set[tuple[int, int]] = set()
    asked: set[tuple[int, int]] = set()
    copied: set[int] = set()
    blocked: Failure | None = None
    ended = False
    try:
        whole = files.read(bodies.run, path)
    except OSError as error:
        raise BrokenRunError(f"{path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(whole.split(b"\n")[:-1], 1):
        try:
            plain = orjson.loads(line)
            match plain["kind"]:
                case "scenario":
                    about = plain
                case "sent":
                    sent[plain["step"]] = request_from_json(plain["request"], bodies)
                    asked.add((plain["step"], plain["number"]))
                    copied |= {plain["step"]} if plain.get("column") else set()
                case "received":
                    attempt, _ = attempt_from_json(plain["attempt"]), sent[plain["step"]]
                    received.setdefault(plain["step"], []).append(attempt)
                    answered.add((plain["step"], attempt.number))
                case "resumed":
                    ended, blocked = False, None
                case "end":
                    ended, blocked = True, _failure(plain["blocked"])
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise BrokenRunError(f"{path}, line {number}: not a line of evidence ({error!r})") from None
    if about is None:
        return None
    exchanges = tuple(
        Exchange(step, sent[step], tuple(attempts), bodies.read, path.stem)
        for step, attempts in sorted(received.items())
    )
    evidence = Evidence(about["gateway"], path.stem, about["value"], exchanges, blocked)
    unanswered = {step: sent[step] for step, _ in sorted(asked - answered)}
    return Stored(evidence, unanswered, Counter(step for step, _ in asked), ended, frozenset(copied))


def bodies_of(folder: Path) -> Bodies:
    """Return the bodies of a run."""
    return Bodies(folder / "evidence" / "bodies", folder)


def read_gateway(folder: Path, name: str) -> Gateway:
    """Read a gateway file that a run keeps.

    Raises:
        BrokenRunError: it is missing, cannot be read, or is about another gateway.
        GatewayFileError: it is no gateway file.
    """
    path = path_of_gateway(folder, name)
    try:
        text = files.read(folder, path).decode()
    except FileNotFoundError:
        raise BrokenRunError(f"{path} is missing; a run contains a copy of every gateway file") from None
    except OSError as error:
        raise BrokenRunError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise BrokenRunError(
            f"{path}: byte {error.start} is not UTF-8; copy the run again from where it was made"
        ) from None
    gateway = loads(text, str(path))
    if gateway.name != name:
        raise BrokenRunError(
            f'{path} describes the gateway "{gateway.name}", expected {name}; copy the run again from where it was made'
        )
    return gateway


def path_of_gateway(folder: Path, name: str) -> Path:
    """Return the file of one gateway."""
    return folder / "gateways" / f"{files.stem(name)}.toml"


def evidence_folder(folder: Path, gateway: str) -> Path:
    """Return the folder of the scenarios of one gateway."""
    return folder / "evidence" / files.stem(gateway)


def path_of(folder: Path, gateway: str, scenario_run: str) -> Path:
    """Return the file of one scenario of one gateway."""
    return evidence_folder(folder, gateway) / f"{scenario_run}.jsonl"


def captured(folder: Path, names: Iterable[str]) -> list[str]:
    """Return which of some gateways have evidence in a run.

    Raises:
        BrokenRunError: that cannot be found out.
    """
    try:
        return [name for name in names if files.check(folder, evidence_folder(folder, name))]
    except OSError as error:
        raise BrokenRunError(f"{folder / 'evidence'} cannot be read: {error.strerror}") from None


def read_stored(folder: Path, gateway: str) -> dict[str, Stored]:
    """Read all scenarios of a gateway as they are on disk, by the id of the scenario run."""
    bodies = bodies_of(folder)
    place = evidence_folder(folder, gateway)
    try:
        paths = [place / name for name in files.names(folder, place, ".jsonl")]
    except OSError as error:
        raise BrokenRunError(f"{folder / 'evidence'} cannot be read: {error.strerror}") from None
    scenarios = {path.stem: read_scenario(path, bodies) for path in paths}
    return {name: stored for name, stored in scenarios.items() if stored is not None}


def read(folder: Path, gateway: str) -> dict[str, Evidence]:
    """Read all evidence of a gateway by scenario run; a scenario that never ended is blocked as interrupted.

    Where the upstream of the gateway was recorded, each exchange has what the upstream received for it.
    """
    captured = {name: settled(stored) for name, stored in read_stored(folder, gateway).items()}
    upstream = read_upstream(folder, gateway, bodies_of(folder))
    return captured if upstream is None else tie(captured, upstream)


def settled(stored: Stored) -> Evidence:
    """Return the evidence of a scenario; one that never ended is blocked as interrupted."""
    evidence = stored.evidence
    if stored.ended or evidence.blocked is not None:
        return evidence
    return replace(evidence, blocked=_INTERRUPTED)


_INTERRUPTED: Final = Failure(
    Cause.BUDGET,
    message("gateprobe was stopped before this scenario ended; `--resume` continues it"),
    stopped=True,
)


def _failure(plain: Json) -> Failure | None:
    return None if plain is None else from_plain(Failure, plain)
