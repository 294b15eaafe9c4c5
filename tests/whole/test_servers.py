"""Real proxies before a persona: one that holds streams back is found, a tuned one is clean, as the set-ups state.

`benchmarks/servers.py` audits all set-ups.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from gateprobe.gateway import fault_kinds
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Verdict
from tests.support.servers.set_ups import SetUp, audit_set_up, load_set_ups, missing_program

pytestmark = pytest.mark.slow

SET_UPS: Final = {set_up.name: set_up for set_up in load_set_ups()}


def of_name(name: str) -> SetUp:
    """Return a set-up; skip the test where its server is not installed."""
    if command := missing_program(SET_UPS[name], ()):
        pytest.skip(f"{SET_UPS[name].server} is not installed: {command}")
    return SET_UPS[name]


@pytest.mark.parametrize(
    ("name", "capabilities"),
    [
        ("nginx-stock", ("stream.incremental", "transport.large_request", "responses.image.partial_images")),
        ("nginx-gzip", ("stream.incremental", "responses.image.partial_images")),
        ("caddy-large", ("transport.large_request",)),
    ],
)
def test_a_set_up_has_its_findings(tmp_path: Path, name: str, capabilities: Sequence[str]) -> None:
    """What a server breaks is contradicted by its fault kind, and nothing else is."""
    comparison = audit_set_up(of_name(name), tmp_path / "run", only=capabilities)
    assert not [name for name in comparison.missed if name in capabilities]
    assert [(record.item, record.reason) for record in comparison.extra] == []


def test_a_tuned_proxy_is_clean(tmp_path: Path) -> None:
    """Buffering off, large bodies and upgrades let through: nothing is contradicted and nothing is left out."""
    comparison = audit_set_up(of_name("nginx-tuned"), tmp_path / "run")
    assert [(record.item, record.reason) for record in comparison.contradicted] == []
    assert [(record.item, record.reason) for record in comparison.records if record.incomplete] == []
    verdicts = {record.capability: record.verdict for record in comparison.records}
    assert verdicts["stream.incremental"] is verdicts["transport.large_request"] is Verdict.CONFIRMED


@pytest.mark.parametrize("set_up", load_set_ups(), ids=lambda set_up: set_up.name)
def test_set_ups_expect_what_the_catalogues_have(set_up: SetUp) -> None:
    """A set-up has a name of its own, and its findings are capabilities and fault kinds."""
    assert SET_UPS[set_up.name] is set_up
    assert not set(set_up.expected) - set(catalogue().ids)
    assert not {*set_up.expected.values(), *set_up.allowed} - set(fault_kinds())
    patterns = [pattern for patterns in set_up.allowed.values() for pattern in patterns]
    assert not [pattern for pattern in patterns if not fnmatch.filter(catalogue().ids, pattern)]
