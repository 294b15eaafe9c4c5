"""The catalogue of fault kinds is complete, and each fault of the references belongs to one kind."""

from __future__ import annotations

from collections import Counter

from gateprobe.gateway import fault_kinds, kinds_by_fault
from gateprobe.gateway.catalogue import catalogue
from gateprobe.reference import FAULTS


def test_each_fault_of_the_references_belongs_to_one_kind() -> None:
    """No fault is without a kind, none has two, and a kind names no fault that does not exist."""
    named = Counter(fault for kind in fault_kinds().values() for fault in kind.faults)
    missing = sorted(FAULTS.keys() - named.keys())
    assert not missing, f"add {', '.join(missing)} to the `faults` of its kind in probes/fault_kinds.toml"
    assert sorted(named.keys() - FAULTS.keys()) == []
    assert [fault for fault, count in named.items() if count > 1] == []


def test_the_kind_of_a_fault_is_found_by_its_name() -> None:
    """`kinds_by_fault` is the catalogue read the other way."""
    assert kinds_by_fault()["param.n_extra"].id == "param.n_ignored"
    assert {kind.id for kind in kinds_by_fault().values()} <= fault_kinds().keys()


def test_every_kind_is_complete() -> None:
    """Each kind has its four sentences, a known scope, and an owner that is a capability or none."""
    scopes = {"gateway", "endpoint", "form", "option", "capability"}
    for kind in fault_kinds().values():
        assert all(text.endswith(".") for text in (kind.harm, kind.cause, kind.mend)), kind.id
        assert kind.title
        assert not kind.title.endswith("."), kind.id
        assert kind.scope in scopes, kind.id
        assert not kind.owner or kind.owner in catalogue(relay=True), kind.id
