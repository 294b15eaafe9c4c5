"""What one night shows of each gateway, as numbers: for a grid of gateways and nights. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateprobe.record.file import Run
from gateprobe.views.nights.night_summary import night_of
from gateprobe.views.tally import Outcome, Tally


@dataclass(frozen=True, slots=True)
class GatewayNight:
    """One gateway on one night.

    `musts` counts the capabilities that break a must, each once, `flaky` those that break one in some attempts only.
    `outage` is the cause if nothing was observed, else empty. `usd` is the price of one cheapest picture; `estimated`
    is set where no document states it.
    """

    gateway: str
    title: str
    outcome: Outcome
    musts: int
    kept: int
    broken: int
    documented: int
    as_openai: int
    comparable: int
    outage: str = ""
    seconds: float | None = None
    usd: float | None = None
    estimated: bool = False
    flaky: int = 0


def gateway_nights(run: Run, tallies: Iterable[Tally]) -> tuple[GatewayNight, ...]:
    """Return what a run shows of each of its gateways, in their order."""
    past = night_of(run)
    return tuple(_of(counts, past.seconds.get(counts.gateway), run) for counts in tallies)


def _of(counts: Tally, seconds: float | None, run: Run) -> GatewayNight:
    spent = run.footer.spent.get(counts.gateway) if run.footer is not None else None
    each = spent.each if spent is not None and spent.pictures > 0 else None
    return GatewayNight(
        gateway=counts.gateway,
        title=counts.title,
        outcome=counts.outcome,
        musts=len(counts.broken_must),
        flaky=len(counts.flaky_must),
        kept=counts.kept,
        broken=counts.broken,
        documented=counts.documented,
        as_openai=counts.as_openai,
        comparable=counts.comparable,
        outage=str(counts.outage.cause) if counts.outage is not None else "",
        seconds=round(seconds, 3) if seconds is not None else None,
        usd=each.usd if each is not None else None,
        estimated=each is not None and not each.documented,
    )
