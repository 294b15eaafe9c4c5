"""Limits and encodings: large files and compressed answers pass, and simultaneous requests are not refused."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, hidden, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.request import FormBody

from ..scenarios.relay import relay_compressed, relay_edit, relay_large_file, surfaces
from ..support.relay import (
    ANY,
    FORWARDED,
    answered_pairs,
    endpoint,
    exchanges_of,
    frames_of,
    json_of,
    no_comparison,
)

_FORMS: Final = exchanges_of("a form with a large file, and an ordinary one", relay_large_file, relay_edit)


@probe("relay.large_file", needs=_FORMS, level="should", accepts=ANY)
def large_file_reaches_the_upstream(evidence: Evidence, _claim: Claim) -> Finding:
    """A form with a file of eight megabytes reaches the upstream as a small one does."""
    ordinary = next((exchange for exchange in evidence.exchanges if exchange.scenario_run == relay_edit.name), None)
    large = next((exchange for exchange in evidence.exchanges if exchange is not ordinary), None)
    if large is None or not large.relayed:
        return no_comparison(evidence)
    if large.upstream:
        return honoured("a file of {bytes:,} bytes reached the upstream", bytes=_largest(large)).at(large.place)
    if ordinary is None or not ordinary.upstream:
        return hidden(FORWARDED, "no form reached the upstream: {answer}", answer=large.summary).at(large.place)
    if large.unassigned or not large.last.left:
        return nothing_to_judge("{endpoint}: {answer}", endpoint=endpoint(large), answer=large.summary)
    return ignored(
        "relay.size_limited",
        "{endpoint} with {bytes:,} bytes, received by the upstream: nothing; received by the client: {answer}",
        endpoint=endpoint(large),
        bytes=_largest(large),
        answer=large.summary,
    ).at(large.place)


def _largest(exchange: Exchange) -> int:
    body = exchange.request.body
    return max((len(part.data) for part in body.parts), default=0) if isinstance(body, FormBody) else 0


@probe("relay.compressed", needs=relay_compressed, values=surfaces, accepts=ANY)
def compressed_answer_can_be_read(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer that the upstream compresses can be read by the client."""
    both = answered_pairs(evidence)
    if not both:
        return no_comparison(evidence)
    exchange, upstream = both[0]
    encoding = upstream.answer_header("content-encoding")
    if encoding is None:
        return inapplicable("the gateway does not ask its upstream for compressed answers")
    if exchange.last.defect is None and (json_of(exchange) is not None or frames_of(exchange)):
        return honoured(
            "sent by the upstream: {bytes:,} bytes as {encoding}; received by the client: {received:,} bytes, readable"
            " as {own}",
            bytes=upstream.pieces[-1].end if upstream.pieces else 0,
            encoding=encoding,
            received=exchange.last.wire_length,
            own=_encoding(exchange),
        ).at(exchange.place)
    return malformed(
        "relay.encoding_lost",
        "{endpoint}, sent by the upstream: {sent}; received by the client: {received}, which cannot be read: {problem}",
        endpoint=endpoint(exchange),
        sent=encoding,
        received=_encoding(exchange),
        problem=exchange.last.defect.message if exchange.last.defect is not None else exchange.summary,
    ).at(exchange.place)


def _encoding(exchange: Exchange) -> Message | str:
    return exchange.last.header("content-encoding") or message("no content encoding")
