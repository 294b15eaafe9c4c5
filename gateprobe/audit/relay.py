"""A gateway as a relay: it promises to pass on requests and answers unchanged."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Final

from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.request import Request
from gateprobe.gateway import Document, Gateway
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Claim, Source, Stance

_DOCUMENT: Final = "relay"
_RELAY: Final = Document(title="gateprobe relay", date="2026", language="en", paraphrased=True, url=None)
_QUOTE: Final = "Tested as a relay: requests reach the upstream unchanged, and answers reach the client unchanged."


def as_relay(request: Request, *, chaos: bool = False) -> Request:
    """Return an audit request whose gateways are judged from both sides; with `chaos`, also with a faulty upstream."""
    targets = tuple(Target(with_promises(target.gateway), target.secret) for target in request.targets)
    return replace(request, targets=targets, settings=replace(request.settings, relay=True, chaos=chaos))


def with_promises(gateway: Gateway) -> Gateway:
    """Return a gateway that promises each relay capability that its own file does not mention."""
    source = Source(_DOCUMENT, _RELAY.title, _RELAY.date, _QUOTE, paraphrased=True)
    promised = {
        known.id: Claim(known.id, Stance.OFFERED, sources=(source,))
        for known in catalogue(relay=True).by_id.values()
        if known.both_sides and known.id not in gateway.claims
    }
    documents = {**gateway.documents, _DOCUMENT: _RELAY}
    claims = {**gateway.claims, **promised}
    return replace(gateway, documents=MappingProxyType(documents), claims=MappingProxyType(claims))
