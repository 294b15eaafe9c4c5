"""Fields of a request that the Response repeats."""

from __future__ import annotations

from gateprobe.evidence import Exchange, at, json_text
from gateprobe.model import Finding, honoured, ignored


def comes_back(exchange: Exchange, field: str) -> Finding:
    """Judge that a field of the Response is what the request sent; one that is missing counts as null."""
    sent, received = at(exchange.request.json, field), exchange.response.get(field)
    if received != sent:
        return ignored(
            "option.ignored",
            "sent the {field} {sent}, the Response has {received}",
            option=field,
            field=field,
            sent=json_text(sent, 60),
            received=json_text(received, 60),
        ).at(exchange.place)
    return honoured("the {field} {sent} comes back", field=field, sent=json_text(sent, 60)).at(exchange.place)
