"""Answers: the client receives what the upstream sends."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, as_picture
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, hidden, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.request import Transport

from ..scenarios.relay import (
    DRAWING,
    ORDINARY,
    relay_edit,
    relay_picture,
    relay_pictures,
    relay_refusals,
    relay_response,
    relay_words,
)
from ..support.differences import MISSING, Difference, answer_differences, shown
from ..support.relay import (
    ANY,
    BY_ID,
    FORWARDED,
    STATUS,
    Pair,
    answered_pairs,
    endpoint,
    error_in,
    exchanges_of,
    is_named,
    json_of,
    no_comparison,
    pictures_received,
    pictures_sent,
    status_changed,
    unrepeated_pairs,
)

_DRAWN: Final = exchanges_of("every answer with a picture", *DRAWING)
_ALL: Final = exchanges_of("every answer", *ORDINARY, relay_refusals)
_REFUSED: Final = exchanges_of("every refusal", relay_refusals)
_PLAIN: Final = exchanges_of(
    "every answer without a stream",
    relay_picture,
    relay_pictures,
    relay_edit,
    relay_response,
    relay_words,
    relay_refusals,
)
_RESPONSE: Final = exchanges_of("a response, and a request for it by its id", relay_response)


@probe(STATUS, needs=_ALL, accepts=ANY)
def status_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the status that the upstream sent."""
    compared = unrepeated_pairs(evidence)
    for exchange, upstream in compared:
        if exchange.status != upstream.status:
            return status_changed(exchange, upstream.status)
    return honoured("{number} answers kept their status", number=len(compared)) if compared else no_comparison(evidence)


_FIELDS: Final = ("message", "type", "code", "param")


@probe("relay.errors", needs=_REFUSED, level="should", accepts=ANY)
def errors_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the error that the upstream sent: its message, type, code and parameter."""
    compared = [pair for pair in answered_pairs(evidence) if isinstance(error_in(pair[1].answer_json), dict)]
    for exchange, upstream in compared:
        sent, received = error_in(upstream.answer_json), error_in(json_of(exchange))
        for name in _FIELDS:
            before = sent.get(name, MISSING)
            after = received.get(name, MISSING) if isinstance(received, dict) else MISSING
            if before is not MISSING and before != after and not (before is None and after is MISSING):
                return malformed(
                    "relay.error_changed",
                    "`error.{name}` of {endpoint}, sent by the upstream: {sent}; received by the client: {received}",
                    name=name,
                    endpoint=endpoint(exchange),
                    sent=shown(before),
                    received=shown(after),
                ).at(exchange.place)
    return honoured("{number} errors kept all fields", number=len(compared)) if compared else no_comparison(evidence)


@probe("relay.pictures", needs=_DRAWN, accepts=ANY)
def pictures_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives each picture byte for byte as the upstream sent it."""
    compared = [(pair, pictures_sent(pair[1])) for pair in answered_pairs(evidence) if pair[0].ok]
    compared = [(pair, sent) for pair, sent in compared if sent]
    number = 0
    for (exchange, _), sent in compared:
        received = pictures_received(exchange)
        if len(received) < len(sent):
            return malformed(
                "relay.picture_lost",
                "{endpoint}, sent by the upstream: {sent} pictures as base64; received by the client: {received}",
                endpoint=endpoint(exchange),
                sent=len(sent),
                received=len(received),
            ).at(exchange.place)
        for before, after in zip(sent, received, strict=False):
            if before != after:
                return malformed(
                    "relay.picture_changed",
                    "{endpoint}, sent by the upstream: {sent}; received by the client: {received}",
                    endpoint=endpoint(exchange),
                    sent=_picture(before),
                    received=_other_text(after) if _is_same_picture(before, after) else _picture(after),
                ).at(exchange.place)
        number += len(sent)
    return honoured("{number} pictures arrived byte for byte", number=number) if number else no_comparison(evidence)


def _is_same_picture(sent: str, received: str) -> bool:
    """Return whether two texts hold the same bytes: base64 in lines, without padding, or in a data URL."""
    plain = "".join(received.rpartition(",")[2].split()).translate(_URL_SAFE).rstrip("=")
    return plain == sent.rstrip("=")


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _other_text(received: str) -> Message:
    return message("the same picture as other text, {text!q}", text=f"{received[:_EXCERPT]}…")


_EXCERPT: Final = 90
"""Characters of a text: base64 in lines has 64 or 76 in each."""


def _picture(encoded: str) -> Message:
    try:
        picture = as_picture(encoded, "the picture")
    except MalformedAnswerError as wrong:
        return wrong.message
    return message(
        "{format} of {width}x{height}, {bytes:,} bytes",
        format=picture.format,
        width=picture.width,
        height=picture.height,
        bytes=len(picture.data),
    )


def _is_json_pair(pair: Pair) -> bool:
    exchange, upstream = pair
    over_http = exchange.request.transport is Transport.HTTP and not upstream.is_stream
    return over_http and isinstance(upstream.answer_json, dict) and upstream.status == exchange.status


_PICTURES: Final = ("b64_json", "result")
_ERROR: Final = "error"
_USAGE: Final = ("usage", "tool_usage")


@probe("relay.answer", needs=_PLAIN, level="should", accepts=ANY)
def answers_keep_their_fields(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives each field of an answer with the value that the upstream sent."""
    compared = [pair for pair in answered_pairs(evidence) if _is_json_pair(pair)]
    for exchange, upstream in compared:
        for difference in answer_differences(upstream.answer_json, json_of(exchange), {}):
            if _is_of_answer(difference) and not is_named(exchange, difference):
                return _changed("relay.answer_changed", exchange, difference)
    return honoured("{number} answers kept all fields", number=len(compared)) if compared else no_comparison(evidence)


def _is_of_answer(difference: Difference) -> bool:
    """Return whether no other capability judges a field."""
    return difference.field not in {_ERROR, *_USAGE} and difference.path != "id" and difference.option not in _PICTURES


def _changed(fault_kind: str, exchange: Exchange, difference: Difference) -> Finding:
    return malformed(
        fault_kind,
        "`{path}` of {endpoint}, sent by the upstream: {sent}; received by the client: {received}",
        path=difference.path or message("the body"),
        endpoint=endpoint(exchange),
        sent=difference.shown[0],
        received=difference.shown[1],
    ).at(exchange.place)


@probe("relay.usage", needs=_PLAIN, level="should", accepts=ANY)
def usage_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the usage that the upstream sent."""
    compared = [pair for pair in answered_pairs(evidence) if _is_json_pair(pair)]
    stated = [pair for pair in compared if any(name in pair[1].answer_json for name in _USAGE)]
    for exchange, upstream in stated:
        for difference in answer_differences(upstream.answer_json, json_of(exchange), {}):
            if difference.field in _USAGE:
                return _changed("relay.usage_changed", exchange, difference)
    if not stated:
        return nothing_to_judge("the upstream stated no usage") if compared else no_comparison(evidence)
    return honoured("{number} answers kept their usage", number=len(stated))


@probe("relay.ids", needs=_RESPONSE, level="should", accepts=ANY)
def ids_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the id of a response that the upstream sent, and can fetch the response by it."""
    compared = [pair for pair in answered_pairs(evidence) if _is_json_pair(pair) and "id" in pair[1].answer_json]
    if not compared:
        return no_comparison(evidence)
    exchange, upstream = compared[0]
    body = json_of(exchange)
    sent, received = upstream.answer_json["id"], body.get("id", MISSING) if isinstance(body, dict) else MISSING
    asked = evidence.noted(BY_ID)
    if asked is not None and asked.status != 200 and asked.relayed and not asked.upstream and not asked.unassigned:
        return hidden(
            FORWARDED,
            "nothing reached the upstream for {endpoint}: {answer}",
            endpoint=endpoint(asked),
            answer=asked.summary,
        ).at(asked.place)
    if asked is not None and asked.status != 200:
        return malformed(
            "relay.id_changed",
            "id sent by the upstream: {sent}; received by the client: {received}; fetched by that id: {answer}",
            sent=shown(sent),
            received=shown(received),
            answer=asked.summary,
        ).at(asked.place)
    if sent != received:
        if asked is not None:
            return honoured(
                "id sent by the upstream: {sent}; received by the client: {received}, which finds the response",
                sent=shown(sent),
                received=shown(received),
            ).at(exchange.place)
        return malformed(
            "relay.id_changed",
            "id sent by the upstream: {sent}; received by the client: {received}",
            sent=shown(sent),
            received=shown(received),
        ).at(exchange.place)
    return honoured("the id {sent} reached the client unchanged", sent=shown(sent)).at(exchange.place)


@probe("relay.content_type", needs=_ALL, level="should", accepts=ANY)
def content_type_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the content type that the upstream sent."""
    compared = [pair for pair in answered_pairs(evidence) if pair[0].status == pair[1].status]
    for exchange, upstream in compared:
        sent = _type(upstream.answer_header("content-type"))
        if exchange.content_type != sent:
            return malformed(
                "relay.content_type_changed",
                "{endpoint}, sent by the upstream: {sent}; received by the client: {received}",
                endpoint=endpoint(exchange),
                sent=sent or message("no content type"),
                received=exchange.content_type or message("no content type"),
            ).at(exchange.place)
    return (
        honoured("{number} answers kept their content type", number=len(compared))
        if compared
        else no_comparison(evidence)
    )


def _type(header: str | None) -> str:
    return (header or "").partition(";")[0].strip().lower()


@probe("relay.request_id", needs=_ALL, level="info", accepts=ANY)
def request_id_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The client receives the request id that the upstream sent, in any header."""
    kept = [pair for pair in answered_pairs(evidence) if pair[0].status == pair[1].status]
    compared = [pair for pair in kept if pair[1].answer_header("x-request-id")]
    if not compared:
        return inapplicable("the upstream sent no request id") if kept else no_comparison(evidence)
    for exchange, upstream in compared:
        sent = upstream.answer_header("x-request-id") or ""
        if not any(sent in value for _, value in exchange.last.headers):
            return ignored(
                "relay.request_id_lost",
                "x-request-id of {endpoint}, sent by the upstream: {sent}; received by the client: {received}",
                endpoint=endpoint(exchange),
                sent=sent,
                received=exchange.last.header("x-request-id") or message("nothing"),
            ).at(exchange.place)
    return honoured("{number} request ids were kept", number=len(compared))
