"""Relays that answer an order with a task, audited by only their gateway file, in six public dialects."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.gateway import Gateway, dumps, loads
from gateprobe.model import Cause, Tier, Verdict
from gateprobe.plan.budget import Budget
from gateprobe.reference import Served, serve
from gateprobe.store.folder import read
from gateprobe.views.drawing import drawings_of
from gateprobe.views.measures import measure
from tests.support.relays.tasks import DIALECTS, OFFERED, gateway_file, relay

pytestmark = pytest.mark.slow

SHAPES = ("apimart", "ideogram")
"""Dialects whose audits are in the suite; `benchmarks/tasks.py` audits all."""


def gateway_at(dialect: str, served: Served) -> Gateway:
    """Return the gateway file of a dialect with the address of a served relay."""
    return replace(gateway_file(dialect), base_url=served.url.removesuffix("/v1") + DIALECTS[dialect].base)


@pytest.mark.parametrize("dialect", SHAPES)
def test_pictures_of_tasks_pass_through_every_pixel_probe(tmp_path: Path, dialect: str) -> None:
    """What the document offers of pictures is confirmed, each picture is ordered once, and nothing is contradicted."""
    with serve(relay(dialect)) as served:
        gateway = gateway_at(dialect, served)
        select = ItemFilter(tuple(OFFERED))
        finished = audit([Target(gateway, served.key)], Settings(Tier.NIGHTLY), tmp_path / "run", select=select)
        drawn = served.counters.images
    records = finished.run.records
    assert [(record.item, record.reason) for record in records if record.verdict is Verdict.CONTRADICTED] == []
    unproven = {record.probe for record in records if record.verdict is Verdict.UNPROVEN}
    assert unproven <= {
        "time_of_drawing_is_given",
        "reported_size_is_the_picture_s",
        "each_reported_size_is_right",
        "low_quality_is_reported",
        "medium_quality_is_reported",
    }
    assert drawn == 9  # as many as the scenarios buy
    whole = measure(gateway, read(finished.run.folder, gateway.name)).whole
    assert whole.samples[0] > 40  # from the order to the end of its third poll
    (drawing,) = drawings_of(finished.run, [gateway]).values()
    path = next(iter(DIALECTS[dialect].orders)), DIALECTS[dialect].poll
    sentence = f"Draws by POST {path[0]}: a task, polled at GET {path[1]}, that brings links on 127.0.0.1, PNG"
    assert drawing_sentence(drawing).startswith(sentence)
    assert [each.verdict for each in rejudged(finished.run).records] == [each.verdict for each in records]


def test_a_budget_counts_what_is_ordered(tmp_path: Path) -> None:
    """Under a bound of two pictures, two tasks are ordered."""
    with serve(relay("svrouter")) as served:
        gateway = gateway_at("svrouter", served)
        settings = Settings(Tier.NIGHTLY, budget=Budget(images=2))
        select = ItemFilter(("images.generate", "images.generate.output_format"))
        finished = audit([Target(gateway, served.key)], settings, tmp_path / "run", select=select)
        assert served.counters.images == 2
    assert Cause.BUDGET in {record.cause for record in finished.run.records}


def test_a_resumed_run_orders_nothing_again(tmp_path: Path) -> None:
    """A task whose polls were stored is replayed: no order and no poll is sent again."""
    with serve(relay("ai302")) as served:
        target = Target(gateway_at("ai302", served), served.key)
        select = ItemFilter(("images.generate",))
        first = audit([target], Settings(Tier.NIGHTLY), tmp_path / "run", select=select)
        before = served.counters.requests
        again = audit([target], Settings(Tier.NIGHTLY), tmp_path / "run", resume=True)
        assert served.counters.requests == before
    assert [record.verdict for record in again.run.records] == [record.verdict for record in first.run.records]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_of_tasks_is_written_as_it_was_read(dialect: str) -> None:
    """`dumps` and `loads` keep the [async] table."""
    gateway = gateway_file(dialect)
    assert gateway.tasks is not None
    assert loads(dumps(gateway)) == gateway
