"""The proof of each probe: it contradicts a faulty persona as expected, and not the same persona without the fault.

    python -m tests.support.proofs.probe_proofs                                all probes: the table
    python -m tests.support.proofs.probe_proofs --probe n_is_honoured          some of them
    python -m tests.support.proofs.probe_proofs --probe n_is_honoured --write  store the results

Each row of `probe_proofs.toml` names a faulty persona, the probes that contradict it, and the observation and the
fault kind that each of them reports. The personas are served on loopback and audited with the real engine.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Final

import orjson

from gateprobe.capture import Audited, Budget, capture
from gateprobe.clients import replay
from gateprobe.gateway import Gateway, find, reference
from gateprobe.judge.judging import judge_all
from gateprobe.library import probes
from gateprobe.model import Claim, Json, Observed, Stance, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.record.file import Record
from gateprobe.redact import Redactor
from gateprobe.reference import Persona, serve
from gateprobe.store import folder as store
from gateprobe.suggestions import did_you_mean
from tests.support.relays.relays import RELAYS, relay_file

ROWS: Final = Path(__file__).with_name("probe_proofs.toml")
RESULTS: Final = Path(__file__).with_name("probe_proofs.json")
"""The results of the last run with `--write`, by probe."""

COMMAND: Final = "python -m tests.support.proofs.probe_proofs"
_LONGEST: Final = 300  # characters of a stored reason


@dataclass(frozen=True, slots=True)
class Expected:
    """What a probe reports of its faulty persona: the observation, and the kind of fault."""

    observed: Observed
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """A faulty persona, and what each of its probes reports.

    `offers` are capabilities, with values, that the persona is made to document; `image` is the image model to ask
    for, where it is not the persona's own; `also` names probes whose scenarios are captured as well; a picture
    takes at least `delay` seconds.
    """

    persona: str
    faults: tuple[str, ...]
    probes: Mapping[str, Expected]
    offers: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    image: str = ""
    also: tuple[str, ...] = ()
    delay: float = 0.0

    @property
    def gateway(self) -> Gateway:
        """The gateway as it documents itself."""
        known = relay_file(self.persona) if self.persona in RELAYS else find(self.persona)
        claims = {name: Claim(name, Stance.OFFERED, values) for name, values in self.offers.items()}
        models = replace(known.models, image=self.image or known.models.image)
        return replace(known, embedded=True, models=models, claims={**known.claims, **claims})

    @property
    def defect(self) -> str:
        """What is wrong with the persona: its faults, or what it documents beyond what it does."""
        return ", ".join(self.faults) or f"documents {', '.join(self.offers)}"

    @property
    def honest(self) -> Row:
        """The same persona without the fault; where it has none, with no more than its own claims."""
        return replace(self, faults=()) if self.faults else replace(self, offers={})


@dataclass(frozen=True, slots=True)
class Proof:
    """What a probe reported of its faulty persona; `without` is the verdict on the same item without the fault."""

    item: str
    fault: str
    observed: str
    kind: str
    verdict: str
    without: str
    reason: str

    def problem(self, expected: Expected) -> str:
        """Return why this proves nothing, empty where it is a proof."""
        if self.verdict != Verdict.CONTRADICTED:
            return f"is {self.verdict}, expected contradicted"
        if self.observed != expected.observed:
            return f"observed {self.observed}, expected {expected.observed}"
        if self.kind != expected.kind:
            return f"reports the fault kind {self.kind or '(none)'}, expected {expected.kind}"
        return "is contradicted without the fault as well" if self.without == Verdict.CONTRADICTED else ""


@cache
def rows() -> tuple[Row, ...]:
    """Return every faulty persona."""
    return tuple(
        Row(
            row["persona"],
            tuple(row["faults"]),
            {name: Expected(Observed(value["observed"]), value["kind"]) for name, value in row["probes"].items()},
            {name: tuple(values) for name, values in row.get("offers", {}).items()},
            row.get("image", ""),
            tuple(row.get("also", ())),
            row.get("delay", 0.0),
        )
        for row in tomllib.loads(ROWS.read_text("utf-8"))["rows"]
    )


def row_of(probe: str) -> Row:
    """Return the row of a probe, without the other probes of that row.

    Raises:
        LookupError: the probe does not exist or has no row; the message says which row to write.
    """
    for row in rows():
        if probe in row.probes:
            return replace(row, probes={probe: row.probes[probe]})
    known = [known.id for known in probes()]
    if probe not in known:
        raise LookupError(
            f"There is no probe {probe!r}; {did_you_mean(probe, known, '`gateprobe probes` lists them.')}"
        )
    raise LookupError(
        f"The probe {probe} has no row in {ROWS.name}. Add one, or add the probe to the row of a fault it detects:\n\n"
        f'[[rows]]\npersona = "openai"\nfaults = ["NAME"]    # `gateprobe serve --list-faults` lists them\n'
        f'[rows.probes]\n{probe} = {{ observed = "ignored", kind = "KIND" }}    # of probes/fault_kinds.toml'
    )


def proofs_of(row: Row) -> dict[str, Proof]:
    """Audit a faulty persona, and the same without the fault; return the proof of each probe that was asked."""
    faulty, honest = _records(row), {record.item: record for record in _records(row.honest)}
    proofs = {}
    for name, expected in row.probes.items():
        records = [record for record in faulty if record.probe == name]
        if records:
            record = min(records, key=lambda record: _distance(record, expected))
            without = honest[record.item].verdict if record.item in honest else ""
            proofs[name] = Proof(
                record.item,
                row.defect,
                record.observed,
                record.fault_kind,
                record.verdict,
                without,
                _short(record.reason),
            )
    return proofs


def _distance(record: Record, expected: Expected) -> tuple[bool, bool, bool]:
    """Order the records of one probe: first the one that is closest to what is expected."""
    wrong_kind, wrong_observation = record.fault_kind != expected.kind, record.observed is not expected.observed
    return record.verdict is not Verdict.CONTRADICTED, wrong_observation, wrong_kind


def _records(row: Row) -> list[Record]:
    """Serve a persona, capture what the row's probes need, and judge."""
    needed = [probe for probe in probes() if probe.id in {*row.probes, *row.also}]
    items = items_for(row.gateway, needed, Tier.DEEP)
    judged = [item for item in items if item.probe.id in row.probes]
    with tempfile.TemporaryDirectory() as folder, serve(_served(row), faults=row.faults, delay=row.delay) as served:
        run, gateway = Path(folder), replace(row.gateway, base_url=served.url)
        audited = Audited(gateway, served.key, scenario_runs_of(items), Budget(), 4)
        capture([audited], run, Redactor([served.key]))
        if any(item.probe.module == "clients" for item in judged):
            replay(run, [gateway.name], os.environ)
        evidence = {gateway.name: store.read(run, gateway.name)}
        return judge_all([replace(item, gateway=gateway) for item in judged], reference(), evidence)


def _served(row: Row) -> str | Persona:
    """Return the persona to serve: an embedded one by its name, or a relay."""
    return RELAYS.get(row.persona, row.persona)


def _short(reason: str) -> str:
    return reason if len(reason) <= _LONGEST else f"{reason[:_LONGEST]}…"


def stored() -> dict[str, Proof]:
    """Return the stored proofs, by probe."""
    value = orjson.loads(RESULTS.read_bytes()) if RESULTS.exists() else {}
    return {name: Proof(**proof) for name, proof in value.items()}


def store_proofs(proofs: Mapping[str, Proof]) -> None:
    """Write proofs beside those that are stored; drop those of probes without a row."""
    merged = {**stored(), **proofs}
    names = sorted(name for row in rows() for name in row.probes if name in merged)
    value = {name: asdict(merged[name]) for name in names}
    RESULTS.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")


def run(chosen: Sequence[Row], workers: int) -> Iterator[tuple[Row, dict[str, Proof]]]:
    """Audit faulty personas, several at once; results come in order."""
    with ThreadPoolExecutor(workers) as pool:
        yield from zip(chosen, pool.map(proofs_of, chosen), strict=True)


def line(name: str, row: Row, proof: Proof | None) -> str:
    """Return one line of the table; `!` marks what proves nothing."""
    if proof is None:
        return f"! {name} | {row.persona}: {row.defect} | was not asked of this persona"
    problem = proof.problem(row.probes[name])
    shown = f"{name} | {row.persona}: {row.defect} | {proof.observed}, {proof.kind}: {proof.reason}"
    return f"! {shown} | {problem}" if problem else shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 where a probe is not proved, 2 where a probe has no row."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--probe", action="append", default=[], help="only this probe; may be repeated")
    parser.add_argument("--workers", type=int, default=2, help="personas audited at once (default: 2)")
    parser.add_argument("--write", action="store_true", help="store the proofs that hold")
    options = parser.parse_args(arguments)
    try:
        chosen = [row_of(name) for name in options.probe] or list(rows())
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    unproved = []
    for row, proofs in run(chosen, options.workers):
        for name, expected in row.probes.items():
            proof = proofs.get(name)
            print(line(name, row, proof), flush=True)
            if proof is None or proof.problem(expected):
                unproved.append(name)
        if options.write:
            store_proofs({name: proof for name, proof in proofs.items() if name not in unproved})
    total = sum(len(row.probes) for row in chosen)
    print(f"{total - len(unproved)} of {total} probes are proved{': not ' if unproved else ''}{', '.join(unproved)}")
    return 1 if unproved else 0


if __name__ == "__main__":
    sys.exit(main())
