"""The gate before a deployment: does each gateway have what a product needs? Pure; drawn from records alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateprobe.model import Cause, Observed
from gateprobe.record.file import Record, Run, missing, of_need


class Met(StrEnum):
    """Whether a gateway has a capability that is needed, whatever its documents say of it."""

    THERE = "there"
    MISSING = "missing"
    UNKNOWN = "not observed"


@dataclass(frozen=True, slots=True)
class Need:
    """One needed capability of one gateway, and the sentence of the record that decided."""

    gateway: str
    capability: str
    met: Met
    reason: str


def needs_of(run: Run) -> tuple[str, ...]:
    """Give the capabilities that a run was told are needed."""
    return tuple(run.header.options.get("needs", ()))


def answers(records: Iterable[Record], gateways: Iterable[str], needs: Sequence[str]) -> tuple[Need, ...]:
    """Answer for each gateway and each needed capability."""
    found = tuple(records)
    return tuple(_answer(of_need(found, name, need), name, need) for name in gateways for need in dict.fromkeys(needs))


def _answer(records: list[Record], gateway: str, need: str) -> Need:
    if lacking := missing(records, [need]):
        yet = "; accepted by the baseline, and needed all the same" if lacking[0].accepted else ""
        return Need(gateway, need, Met.MISSING, lacking[0].reason + yet)
    seen = [one for one in records if one.observed is Observed.HONOURED]
    open_ = [one for one in records if one.incomplete or one.cause is Cause.HARNESS]
    if seen and not open_:
        return Need(gateway, need, Met.THERE, seen[0].explanation)
    unseen = open_ or [one for one in records if one.observed is Observed.UNOBSERVED]
    return Need(gateway, need, Met.UNKNOWN, unseen[0].explanation if unseen else "nothing was asked of it")


def one_line(found: Iterable[Need]) -> str:
    """Say in one line who has what is needed, and who lacks what and why; empty where nothing is needed."""
    by_gateway: dict[str, list[Need]] = {}
    for need in found:
        by_gateway.setdefault(need.gateway, []).append(need)
    return "; ".join(_clause(name, mine) for name, mine in by_gateway.items())


def _clause(name: str, needs: Sequence[Need]) -> str:
    for met, said in ((Met.MISSING, f"no, {name} lacks"), (Met.UNKNOWN, f"not known, of {name} was not observed")):
        some = [f"{need.capability} ({need.reason})" for need in needs if need.met is met]
        if some:
            return f"{said} {', '.join(some)}"
    *most, last = [need.capability for need in needs]
    return f"yes, {name} has {', '.join(most)}{' and ' if most else ''}{last}"
