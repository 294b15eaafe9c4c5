"""The probe of chat completions, on a relay that draws in a chat."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.gateway import find
from gateprobe.library import probes
from gateprobe.model import Observed, Tier
from gateprobe.plan.planning import items_for
from gateprobe.reference import serve
from tests.support.relays.relays import RELAYS

NAME = "picture_comes_by_chat"


@pytest.mark.slow
def test_a_smoke_audit_buys_its_picture_by_chat_where_nothing_else_draws(tmp_path: Path) -> None:
    """A bare URL that answers only chat completions: one picture, in its shape."""
    with serve(RELAYS["chat-only"]) as served:
        finished = audit([Target(find(served.url), served.key)], Settings(Tier.SMOKE), tmp_path / "run")
        assert served.counters.images == 1
    (record,) = [record for record in finished.run.records if record.probe == NAME]
    assert record.observed is Observed.HONOURED
    assert record.reason == "received a png picture of 1024x1024 as a link in the text"


def test_chat_is_asked_where_it_is_promised_or_alone() -> None:
    """A bare URL with the Images API is not asked to draw in a chat."""
    (probe,) = [probe for probe in probes() if probe.id == NAME]
    bare = find("https://api.example.com/v1")
    assert items_for(bare, [probe], Tier.DEEP) == ()
    paths = replace(bare.baseline.paths, responses=None, generations=None)
    alone = replace(bare, baseline=replace(bare.baseline, paths=paths))
    assert [item.probe.id for item in items_for(alone, [probe], Tier.DEEP)] == [NAME]
