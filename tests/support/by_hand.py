"""Cells of the table of all probes that are made by hand: honest answers, and answers that are broken in one place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import orjson

from gateprobe.build import generations
from gateprobe.model import Observed
from gateprobe.probe import Probe
from gateprobe.record.file import Record
from gateprobe.request import Auth, Request
from tests.clients import test_probes as of_clients
from tests.market import test_probes as of_market
from tests.probes import test_errors_transport_usage as of_errors
from tests.probes import test_honest_and_faulty as of_responses
from tests.probes import test_images_probes as of_images
from tests.probes import test_responses_options as of_options
from tests.provenance import test_probes as of_provenance
from tests.support.cases import Faulty, Honest
from tests.support.evidence_builders import broken, exchange, honest, painted, record_of
from tests.support.evidence_builders import judged as judged_of
from tests.support.faulty import relevant
from tests.support.playing import judged

UNSEEABLE: Final = frozenset(of_market.UNSEEN) | {"failure_costs_nothing"}
"""Probes of what nobody outside can see: no gateway, honest or faulty, gives them anything to judge."""

FAULT: Final = (Observed.IGNORED, Observed.MALFORMED, Observed.REFUSED)


@dataclass(frozen=True, slots=True)
class Cell:
    """What a gateway is, and what a probe made of it; `verdict` is empty where nothing is claimed."""

    who: str
    observed: str
    verdict: str
    reason: str

    def __str__(self) -> str:
        """Write it as the table shows it."""
        return f"{self.who}: {self.observed}{f', {self.verdict}' if self.verdict else ''}"


def of(who: str, record: Record) -> Cell:
    """Make a cell of a record."""
    cause = f" ({record.cause})" if record.cause else ""
    return Cell(who, f"{record.observed}{cause}", record.verdict, record.reason)


def honest_by_hand(probe: Probe) -> Cell | None:
    """Judge an honest answer that is made by hand; None where there is none."""
    if probe.module == "clients":
        return of("by hand", of_clients.judging(probe.id.removesuffix("_reads_it"), of_clients.READ))
    if probe.id == "link_expires":
        return _later(probe, 404)
    for row in of_market.ROWS:
        if row.probe == probe.id and row.observed is Observed.HONOURED:
            return _played(row)
    for table in (of_images.HONEST, of_errors.HONEST):
        if probe.id in table:
            observed, reason = table[probe.id].observed(probe.id, table[probe.id].gives)
            return Cell("by hand", observed, "", reason)
    return None


def _played(row: of_market.Row) -> Cell:
    return of("by hand", judged(row.probe, row.gives, value=row.value, gateway=row.gateway))


def fault_by_hand(probe: Probe) -> Cell | None:
    """Judge the first answer that is broken by hand for a probe; None where there is none."""
    cells = (cell for source in (_plays, _breaks, _answers) for cell in source(probe))
    return next((cell for cell in cells if cell.observed in FAULT), None)


def _plays(probe: Probe) -> Iterator[Cell]:
    """Play scenarios against gateways that are functions."""
    for table, cases in ((of_images.FAULTY, of_images.HONEST), (of_errors.FAULTY, of_errors.HONEST)):
        for fault in table.get(probe.id, ()):
            yield _observed(probe.id, cases.get(probe.id, Honest()), fault)
    for row in of_market.ROWS:
        if row.probe == probe.id and row.observed in FAULT:
            yield _played(row)


def _breaks(probe: Probe) -> Iterator[Cell]:
    """Break, in one place, what an honest persona answered."""
    for row in of_responses.ROWS:
        if row.probe == probe.id and row.observed in FAULT:
            captured = broken(relevant(honest(), probe.id, row.value), row.change)
            yield of("by hand", record_of(probe.id, captured, value=row.value))


def _answers(probe: Probe) -> Iterator[Cell]:
    """Judge single answers."""
    if probe.id in of_provenance.OWN_FAULT:
        yield of("by hand", of_provenance.drawing(of_provenance.OWN_FAULT[probe.id], probe=probe.id))
    if probe.id == "large_pictures_are_drawn_in_their_size":
        yield of("by hand", of_provenance.enlarging(256, 0))
    if probe.id == "tool_draws_n":
        answers = of_options.answer(0, "n, forbidden"), of_options.answer(1)
        yield of("by hand", judged_of(probe.id, *answers, gateway=of_options.offering_n()))
    if probe.id == "link_expires":
        yield _later(probe, 200)
    if probe.module == "clients":
        wrong = replace(of_clients.READ, raised="ValueError: no")
        yield of("by hand", of_clients.judging(probe.id.removesuffix("_reads_it"), wrong))


def _later(probe: Probe, status: int) -> Cell:
    """Judge a link that gave its picture, and was fetched again by a run that was resumed after its hour."""
    link, body = "http://127.0.0.1:9/pictures/1.png", painted()
    fetch = Request("GET", link, auth=Auth.NONE)
    exchanges = (
        exchange(generations(of_images.OFOX, response_format="url"), orjson.dumps({"data": [{"url": link}]})),
        exchange(fetch, body, content_type="image/png"),
        exchange(fetch.with_(note="the link after its time"), body, content_type="image/png", status=status),
    )
    return of("by hand", judged_of(probe.id, *exchanges, value="drawn", gateway=of_images.OFOX))


def _observed(name: str, case: Honest, fault: Faulty) -> Cell:
    observed, reason = case.observed(name, fault.gives)
    return Cell("by hand", observed, "", reason)
