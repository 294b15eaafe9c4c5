"""Fields of a request that the Response repeats."""

from __future__ import annotations

from gateprobe.evidence import Exchange, at, json_text
from gateprobe.model import Finding, honoured, ignored, inapplicable


def judge_echo(exchange: Exchange, field: str) -> Finding:
    """Judge that an optional field of the Response is what the request sent, where the Response has that field."""
    if field not in exchange.response:
        return inapplicable("the Response has no {field}", field=field).at(exchange.place)
    sent, received = at(exchange.request.json, field), exchange.response[field]
    if received != sent:
        return ignored(
            "option.ignored",
            "sent the {field} {sent}, the Response has {received}",
            option=field,
            field=field,
            sent=json_text(sent, 60),
            received=json_text(received, 60),
        ).at(exchange.place)
    return honoured("the Response repeats the {field} {sent}", field=field, sent=json_text(sent, 60)).at(exchange.place)
