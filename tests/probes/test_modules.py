"""The modules of probes that ship are tested with answers that are made by hand, and no table names one that is gone.

A further module needs a proof (`test_proofs.py`) and may do without a table.
"""

from __future__ import annotations

from typing import Final

from gateprobe.library import probes
from tests.market import test_probes as market
from tests.probes import test_errors, test_hostile, test_models_and_keys, test_transport, test_usage
from tests.probes.images import test_images
from tests.probes.responses import test_responses
from tests.probes.streams import test_rules

TABLES: Final = (
    market,
    test_errors,
    test_images,
    test_models_and_keys,
    test_responses,
    test_rules,
    test_transport,
    test_usage,
)
"""Tests that hold each probe of their `MODULES` against an honest gateway and a faulty one."""

SHIPPED: Final = frozenset(
    {
        *("auth", "browsers", "errors", "market", "mistakes", "models", "transport", "usage"),
        *(f"images.{name}" for name in ("edit", "forms", "generate", "more", "options", "sizes", "stream")),
        *(f"responses.{name}" for name in ("edit", "forms", "image", "options", "partials", "sizes", "state")),
        *("responses.websocket", "streams.held_back", "streams.rules", "streams.timing"),
    }
)
"""Modules that have a table; `clients` and `provenance` are tested in rooms of their own."""

HOSTILE: Final = frozenset(
    module for module in SHIPPED if module in {"auth", "models"} or module.startswith(("responses.", "streams."))
)
"""Modules whose probes are shown answers that no gateway sends."""


def test_every_shipped_module_has_its_table() -> None:
    """Each is in one table and has probes, so that no table selects nothing."""
    named = [module for table in TABLES for module in table.MODULES]
    assert len(named) == len(set(named))
    assert set(named) >= SHIPPED
    assert {probe.module for probe in probes()} >= SHIPPED
    assert test_hostile.MODULES >= HOSTILE
