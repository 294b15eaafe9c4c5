"""Options of the image tool on pictures of any scenario: which values are judged, and what was drawn with them."""

from __future__ import annotations

from collections.abc import Sequence

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.image import Picture
from gateprobe.model import Claim, Finding, Json, Seen
from gateprobe.probe import Values
from gateprobe.request import image_tool_in

from ..support.exchanges import asking, clear, drawn


def offered(capability: str, known: Sequence[str]) -> Values:
    """Return a function for the documented values among those of the shared pictures, or all of these."""

    def values(gateway: Gateway) -> tuple[Json, ...]:
        documented = gateway.claim(capability).values
        return tuple(value for value in known if value in documented) or tuple(known)

    return values


def drawn_with(evidence: Evidence, claim: Claim, option: str, value: Json) -> tuple[Exchange, Picture] | Finding:
    """Return the exchange that asked for an option, and its picture; or the finding that says why there is none."""
    exchange = asking(evidence, claim, option, value)
    if not isinstance(exchange, Exchange):
        return exchange
    picture = drawn(exchange)
    return picture if isinstance(picture, Seen) else (exchange, picture)


def all_drawn_with(
    evidence: Evidence, claim: Claim, option: str, value: Json
) -> list[tuple[Exchange, Picture]] | Finding:
    """Return the pictures of all exchanges that asked for an option; or the finding that says why there is none."""
    asked = [exchange for exchange in evidence.exchanges if image_tool_in(exchange.request.json).get(option) == value]
    usable = [exchange for exchange in asked if clear(exchange, claim) is exchange]
    pictures = [(exchange, picture) for exchange in usable for picture in exchange.pictures]
    if pictures:
        return pictures
    result = drawn_with(evidence, claim, option, value)
    return [result] if isinstance(result, tuple) else result
