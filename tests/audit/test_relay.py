"""A relay promises to pass everything on, but for what its own file says."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from gateprobe.audit.relay import with_promises
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.gateway import dumps, find, loads
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Claim, Stance, Tier

URL = "http://127.0.0.1:4000/v1"


def test_a_relay_offers_what_only_both_sides_show() -> None:
    """And what it claims otherwise stays; its file can be written and read again."""
    gateway = find(URL)
    relay = with_promises(gateway)
    added = {name for name in relay.claims if name not in gateway.claims}
    assert added == set(catalogue(relay=True).ids) - set(catalogue().ids)
    assert {relay.claim(name).stance for name in added} == {Stance.OFFERED}
    assert loads(dumps(relay)) == relay


def test_a_claim_of_its_own_file_outranks_the_promise() -> None:
    """A gateway that translates on purpose declines to keep the endpoint."""
    declined = Claim("relay.endpoint", Stance.DECLINED)
    gateway = replace(find(URL), claims=MappingProxyType({"relay.endpoint": declined}))
    assert with_promises(gateway).claim("relay.endpoint").stance is Stance.DECLINED


def test_an_ordinary_audit_asks_nothing_of_a_relay() -> None:
    """In no tier; a relay run asks more, and with chaos more again."""
    gateway = find(URL)
    plain, relay, chaos = (
        {item.probe.capability for item in all_items([gateway], settings)}
        for settings in (
            Settings(Tier.DEEP),
            Settings(Tier.DEEP, relay=True),
            Settings(Tier.DEEP, relay=True, chaos=True),
        )
    )
    assert plain <= set(catalogue().ids)
    assert relay - plain == {known for known in catalogue(relay=True, chaos=False).ids if known not in catalogue()}
    assert {catalogue(relay=True)[name].chaos for name in chaos - relay} == {True}
