"""Connections: a client that leaves ends the upstream's work, and a WebSocket passes on both directions."""

from __future__ import annotations

from typing import Final

import orjson

from gateprobe.evidence import Evidence
from gateprobe.model import Claim, Finding, hidden, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe

from ..scenarios.relay import leaving_forms, relay_leaving, relay_words_socket
from ..support.differences import MISSING, differences
from ..support.relay import (
    ANY,
    is_named,
    no_comparison,
    pairs,
    sent_fields,
)

_PAUSE_MS: Final = 100.0
"""The least time by which the upstream's answer must outlast the client."""


@probe("relay.disconnect", needs=relay_leaving, values=leaving_forms, level="should", accepts=ANY)
def leaving_ends_the_upstream_request(evidence: Evidence, _claim: Claim) -> Finding:
    """When the client leaves, the gateway closes its request to the upstream."""
    compared = pairs(evidence)
    if not compared:
        return no_comparison(evidence)
    exchange, upstream = compared[0]
    if exchange.request.leave_at and exchange.status is not None:
        return nothing_to_judge("the answer came before the client left: {answer}", answer=exchange.summary)
    if not exchange.request.leave_at and (not exchange.last.length or exchange.status != 200):
        return nothing_to_judge("no stream began: {answer}", answer=exchange.summary)
    left, late = exchange.last.elapsed_ms, upstream.ms_after(exchange.last.started)
    if upstream.left_ms is not None:
        return honoured(
            "the client left after {left:.0f} ms; the upstream's connection was closed after {closed:.0f} ms",
            left=left,
            closed=late + upstream.left_ms,
        ).at(exchange.place)
    if late + upstream.elapsed_ms - left < _PAUSE_MS:
        return hidden(
            "relay.immediate",
            "the client left at the first byte, after {left:.0f} ms; the upstream's answer ended at the same time",
            left=left,
        )
    return ignored(
        "relay.kept_open",
        "the client left after {left:.0f} ms; the upstream sent its whole answer by {end:.0f} ms, which may be billed",
        left=left,
        end=late + upstream.elapsed_ms,
    ).at(exchange.place)


@probe("relay.websocket", needs=relay_words_socket, level="should", accepts=ANY)
def messages_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """Over a WebSocket, the upstream receives the client's message, and the client receives the upstream's."""
    exchange = evidence.last
    if exchange.status != 101:
        return inapplicable("no WebSocket was opened: {answer}", answer=exchange.summary)
    if not exchange.upstream and exchange.relayed and not exchange.unassigned:
        return ignored(
            "relay.not_forwarded",
            "a WebSocket was opened, received by the upstream: nothing; received by the client: {answer}",
            answer=exchange.summary,
        ).at(exchange.place)
    if not exchange.upstream:
        return no_comparison(evidence)
    upstream = exchange.upstream[0]
    changed = [
        difference
        for difference in differences(sent_fields(exchange), upstream.json)
        if difference.option != "model" and difference.sent is not MISSING
    ]
    if changed:
        return ignored(
            "relay.parameter_dropped" if changed[0].received is MISSING else "relay.parameter_changed",
            "`{path}` of the message, sent by the client: {sent}; received by the upstream: {received}",
            option=changed[0].option,
            path=changed[0].path,
            sent=changed[0].shown[0],
            received=changed[0].shown[1],
        ).at(exchange.place)
    sent = [orjson.loads(text) for text in upstream.messages]
    received = list(exchange.messages)
    if any(not is_named(exchange, difference) for difference in differences(sent, received)):
        return malformed(
            "relay.events_changed",
            "sent by the upstream: {sent} messages; received by the client: {received} messages, not the same ones",
            sent=len(sent),
            received=len(received),
        ).at(exchange.place)
    return honoured("the client's message and {number} messages of the upstream arrived in order", number=len(sent)).at(
        exchange.place
    )
