"""What each probe declares is pinned."""

from __future__ import annotations

from gateprobe.gateway import find, reference
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import items_for
from tests.support.proofs.declared import COMMAND, declarations, stored
from tests.support.proofs.probe_proofs import row_of


def test_declarations_are_those_of_the_table() -> None:
    """No probe loses a value, an accepted answer or its level unnoticed."""
    assert declarations() == stored(), f"read the differences, then run: {COMMAND}"


def test_every_probe_is_asked() -> None:
    """In the deep tier, each probe has an item for OpenAI or for a gateway that documents more, or other ways."""
    relays = (row_of(probe).gateway for probe in ("repeated_order_is_one_task", "picture_comes_by_chat"))
    gateways = (reference(), find("openrouter"), find("azure-foundry"), find("vibeapi"), *relays)
    asked = {item.probe.id for gateway in gateways for item in items_for(gateway, probes(), Tier.DEEP)}
    assert {probe.id for probe in probes()} - asked == set()
