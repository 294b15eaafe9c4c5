"""The table of all probes: what an honest gateway gives each, and what its own faulty one. `pytest -s` prints it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

import click
import pytest

from gateprobe.audit.target import DOCUMENTED
from gateprobe.library import probes
from gateprobe.model import Cause, Observed, Verdict
from gateprobe.probe import PROBES, Probe
from gateprobe.record.file import Record
from tests.support import misdeeds as bad
from tests.support.by_hand import UNSEEABLE, Cell, fault_by_hand, honest_by_hand, of
from tests.support.evidence_builders import records_of
from tests.support.playing import judged, lost
from tests.support.probe_proofs import Found, found_of, kept, rows

BY_HAND_ALONE: Final = {
    "first_event_comes_soon": "its persona would keep everybody waiting for ten seconds",
    "kept_alive_answer_is_json": "its persona would have to break off behind an answer that is whole",
}
"""Probes whose fault no persona is given, and why."""


@dataclass(frozen=True, slots=True)
class Line:
    """A probe's line: an honest gateway, its own faulty persona over sockets, and evidence that is broken by hand."""

    probe: Probe
    honest: Cell | None
    served: Cell | None
    by_hand: Cell | None

    def __str__(self) -> str:
        """Write it."""
        cells = (self.honest, self.served, self.by_hand)
        return " | ".join([self.probe.id, self.probe.capability, *(str(cell) if cell else "" for cell in cells)])


_BEST: Final = (Verdict.CONFIRMED, Verdict.UNDECLARED, Verdict.ABSENT, Verdict.UNPROVEN, Verdict.CONTRADICTED)


def _by_personas() -> dict[str, list[tuple[str, Record]]]:
    """Give what every probe made of every persona."""
    found: dict[str, list[tuple[str, Record]]] = {}
    for persona in DOCUMENTED:
        for record in records_of(persona):
            found.setdefault(record.probe, []).append((persona, record))
    return found


def _honest(probe: Probe, found: list[tuple[str, Record]]) -> Cell | None:
    """Give the persona that keeps most of its promise; where none shows it, what is made by hand."""
    if not found:
        return honest_by_hand(probe)
    who, record = min(found, key=lambda pair: (_BEST.index(pair[1].verdict), pair[1].observed is not Observed.HONOURED))
    satisfied = record.observed is Observed.HONOURED or record.verdict is Verdict.CONFIRMED
    if satisfied or probe.id in UNSEEABLE:
        return of(who, record)
    return honest_by_hand(probe)


def _served(probe: Probe, found: dict[str, Found]) -> Cell | None:
    if probe.id in UNSEEABLE:
        record = judged(probe.id, bad.always(lost()), also=("cheap_picture",))
        return of("a gateway that breaks off", record)
    if probe.id in BY_HAND_ALONE:
        return Cell("none", BY_HAND_ALONE[probe.id], "", BY_HAND_ALONE[probe.id])
    one = found.get(probe.id)
    persona = next((row.persona for row in rows() if probe.id in row.probes), "")
    return Cell(f"{persona}, {one.fault}", one.observed, one.verdict, one.reason) if one else None


def _by_hand(probe: Probe) -> Cell | None:
    """Judge the first evidence of a fault that is made by hand for a probe."""
    if probe.id in UNSEEABLE:
        return of("by hand", judged(probe.id, bad.refusing(status=418), also=("cheap_picture",)))
    return fault_by_hand(probe)


def _lines() -> list[Line]:
    found, records = kept(), _by_personas()
    return [Line(one, _honest(one, records.get(one.id, [])), _served(one, found), _by_hand(one)) for one in probes()]


def test_the_table_has_no_empty_cell() -> None:
    """Each probe is content with an honest gateway, contradicts its own faulty persona, and sees a fault by hand."""
    lines = _lines()
    click.echo("\nprobe | capability | honest | its own faulty persona | by hand")
    click.echo("\n".join(map(str, lines)))
    told = {
        "honest": Counter(line.honest.who for line in lines if line.honest),
        "served": Counter(line.served.verdict or "by hand alone" for line in lines if line.served),
        "by hand": Counter(line.by_hand.observed.split()[0] for line in lines if line.by_hand and line.by_hand.verdict),
    }
    click.echo(f"{len(lines)} probes; {'; '.join(f'{name}: {dict(counts)}' for name, counts in told.items())}")
    cells = [(line.probe.id, cell) for line in lines for cell in (line.honest, line.served, line.by_hand)]
    assert [name for name, cell in cells if cell is None or not cell.reason] == []
    seen = [line for line in lines if line.probe.id not in UNSEEABLE]
    assert [str(line) for line in seen if line.honest and line.honest.verdict == Verdict.CONTRADICTED] == []
    wrong = [line for line in seen if line.served and line.served.verdict != Verdict.CONTRADICTED]
    assert {line.probe.id for line in wrong} == set(BY_HAND_ALONE)
    unseen = [cell for line in lines if line.probe.id in UNSEEABLE for cell in (line.honest, line.served, line.by_hand)]
    assert {cell.observed for cell in unseen if cell} == {f"{Observed.UNOBSERVED} ({Cause.UNOBSERVABLE})"}
    assert {cell.verdict for cell in unseen if cell} == {Verdict.UNPROVEN}


def test_each_probe_has_one_faulty_persona() -> None:
    """The rows name every probe once, but for what nobody can see and what nobody would wait for."""
    named = [name for row in rows() for name in row.probes]
    assert Counter(named).most_common(1)[0][1] == 1
    assert set(named) | UNSEEABLE | set(BY_HAND_ALONE) == {probe.id for probe in probes()}


SAMPLE: Final = ("n_is_honoured", "mask_is_kept_to", "connection_survives_a_refusal", "link_expires", "tool_draws_n")


@pytest.mark.parametrize("name", SAMPLE)
def test_what_was_kept_is_still_found(name: str) -> None:
    """A sample, over real sockets; `python -m tests.support.probe_proofs` finds out the whole."""
    row = next(row for row in rows() if name in row.probes)
    found = found_of(replace(row, probes=(name,)))[name]
    before = kept()[name]
    assert (found.observed, found.verdict, found.fault) == (before.observed, Verdict.CONTRADICTED, before.fault)


def test_without_its_fault_a_persona_is_not_contradicted() -> None:
    """It is the fault that a probe finds, and not the persona."""
    row = next(row for row in rows() if "n_is_honoured" in row.probes)
    assert found_of(replace(row, faults=(), probes=("n_is_honoured",)))["n_is_honoured"].verdict == Verdict.CONFIRMED
    assert PROBES["n_is_honoured"].capability == "images.generate.n"
