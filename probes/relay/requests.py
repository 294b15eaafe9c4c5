"""Requests: the upstream receives what the client sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from gateprobe.evidence import Evidence, Exchange, KeyUsed, UpstreamExchange, json_text
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, Json, hidden, honoured, ignored, inapplicable, nothing_to_judge
from gateprobe.probe import probe
from gateprobe.request import FormBody, JsonBody, Part, Transport

from ..scenarios.relay import (
    ORDINARY,
    relay_again,
    relay_edit,
    relay_picture,
    relay_picture_stream,
    relay_pictures,
    relay_refusals,
    relay_response,
    relay_response_stream,
    relay_words,
    relay_words_stream,
)
from ..support.relay import (
    ANY,
    FORWARDED,
    TRANSLATED,
    WORDS,
    comparable,
    endpoint,
    exchanges_of,
    is_same_endpoint,
    no_comparison,
    pairs,
    received_fields,
    request_differences,
    sent_fields,
)

REQUESTS: Final = exchanges_of("every ordinary request", *ORDINARY)
GENERATIONS: Final = exchanges_of(
    "requests for new pictures", relay_picture, relay_pictures, relay_picture_stream, relay_again
)
EDITS: Final = exchanges_of("requests for a change", relay_edit)
RESPONSES: Final = exchanges_of(
    "requests to the Responses API",
    *(relay_response, relay_response_stream, relay_words, relay_words_stream),
    matches=lambda exchange: exchange.request.method == "POST",
)
POSTS: Final = exchanges_of(
    "every request with a body", *ORDINARY, relay_refusals, matches=lambda exchange: exchange.request.method == "POST"
)


@probe(FORWARDED, needs=REQUESTS, accepts=ANY)
def requests_reach_the_upstream(evidence: Evidence, _claim: Claim) -> Finding:
    """Each request that the gateway accepts reaches the upstream."""
    recorded = [exchange for exchange in evidence.exchanges if exchange.relayed and exchange.last.left]
    if not recorded:
        return no_comparison(evidence)
    for exchange in recorded:
        if not exchange.upstream and exchange.unassigned:
            return nothing_to_judge(
                "{endpoint}: the upstream received a request with another prompt, which may be this one; audit with"
                " --jobs 1",
                endpoint=endpoint(exchange),
            ).at(exchange.place)
        if not exchange.upstream:
            return ignored(
                "relay.not_forwarded",
                "{endpoint}, received by the upstream: nothing; received by the client: {answer}",
                endpoint=endpoint(exchange),
                answer=exchange.summary,
            ).at(exchange.place)
    return honoured("{number} of {number} requests reached the upstream", number=len(recorded))


@probe(TRANSLATED, needs=REQUESTS, accepts=ANY)
def endpoint_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives the method, the path, the query and the encoding that the client sent."""
    for exchange, upstream in (compared := pairs(evidence)):
        sent, received = _encoding_sent(exchange), _encoding_received(upstream)
        query = exchange.request.path.partition("?")[2]
        lost = set(parse_qsl(query)) - set(parse_qsl(upstream.query))
        form = isinstance(exchange.request.body, FormBody)
        if (
            is_same_endpoint((exchange, upstream))
            and not lost
            and sent in ("", received)
            and (upstream.parts or not form)
        ):
            continue
        return ignored(
            "relay.translated",
            "sent by the client: {endpoint} {sent}; received by the upstream: {verb} {path} {received}",
            endpoint=endpoint(exchange),
            sent=_query(query) if lost else _encoding(sent),
            verb=upstream.method,
            path=upstream.path,
            received=_query(upstream.query) if lost else _encoding(received),
        ).at(exchange.place)
    return (
        honoured("{number} requests kept their method and path", number=len(compared))
        if compared
        else no_comparison(evidence)
    )


def _encoding_sent(exchange: Exchange) -> str:
    """Return the content type of a request; nothing where it has no body, or is a message of a WebSocket."""
    if exchange.request.transport is Transport.WEBSOCKET:
        return ""
    match exchange.request.body:
        case FormBody():
            return "multipart/form-data"
        case JsonBody():
            return "application/json"
    return ""


def _encoding_received(upstream: UpstreamExchange) -> str:
    """Return the content type of a request that arrived, and its compression."""
    kind = (upstream.header("content-type") or "").partition(";")[0].strip().lower()
    packed = (upstream.header("content-encoding") or "").strip().lower()
    return f"{kind}, {packed}" if packed not in ("", "identity") else kind


def _query(text: str) -> Message:
    return message("with the query `{text}`", text=text) if text else message("without a query")


def _encoding(kind: str) -> Message:
    return message("as {kind}", kind=kind) if kind else message("without a content type")


@probe("relay.prompt", needs=POSTS, accepts=ANY)
def prompt_is_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives the prompt, or the input, unchanged."""
    compared = comparable(evidence)
    if not isinstance(compared, list):
        return compared
    for exchange, upstream in compared:
        for difference in request_differences(exchange, upstream):
            if difference.field in WORDS or not difference.path:
                return ignored(
                    "relay.prompt_changed",
                    "`{path}` of {endpoint}, sent by the client: {sent}; received by the upstream: {received}",
                    path=difference.path or message("the body"),
                    endpoint=endpoint(exchange),
                    sent=difference.shown[0],
                    received=difference.shown[1],
                ).at(exchange.place)
    return honoured("{number} prompts arrived unchanged", number=len(compared))


def _models(exchange: Exchange, upstream: UpstreamExchange) -> Iterator[tuple[str, Json]]:
    """Yield the names of models that were sent, each with the name that arrived."""
    sent, arrived = sent_fields(exchange), received_fields(upstream)
    if isinstance(sent, dict) and isinstance(arrived, dict):
        if isinstance(sent.get("model"), str):
            yield sent["model"], arrived.get("model")
        tools, others = sent.get("tools"), arrived.get("tools")
        if isinstance(tools, list) and isinstance(others, list):
            for tool, other in zip(tools, others, strict=False):
                if isinstance(tool, dict) and isinstance(other, dict) and isinstance(tool.get("model"), str):
                    yield tool["model"], other.get("model")


@probe("relay.model", needs=POSTS, accepts=ANY)
def model_is_mapped_alike(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives the model's name, or always the same substitute for it."""
    compared = comparable(evidence)
    if not isinstance(compared, list):
        return compared
    mapping: dict[str, Json] = {}
    for exchange, upstream in compared:
        for name, arrived in _models(exchange, upstream):
            known = mapping.setdefault(name, arrived)
            if not isinstance(arrived, str) or not arrived or known != arrived:
                return ignored(
                    "relay.model_changed",
                    "model of {endpoint}, sent by the client: {name}; received by the upstream: {arrived},"
                    " earlier {known}",
                    option="model",
                    endpoint=endpoint(exchange),
                    name=name,
                    arrived=json_text(arrived, 80),
                    known=json_text(known, 80),
                ).at(exchange.place)
    renamed = [message("{name} as {arrived}", name=name, arrived=str(to)) for name, to in mapping.items() if name != to]
    if not mapping:
        return nothing_to_judge("no model was named")
    if renamed:
        return honoured("received by the upstream under other names: {renamed}", renamed=tuple(renamed))
    return honoured("received by the upstream as the client sent it: {names}", names=tuple(mapping))


def _files(parts: tuple[Part, ...]) -> list[Part]:
    return [part for part in parts if part.filename is not None]


@probe("relay.files", needs=EDITS, accepts=ANY)
def files_are_kept(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives each file of a form byte for byte, in its field, with its name and its type."""
    compared = comparable(evidence)
    if not isinstance(compared, list):
        return compared
    number = 0
    for exchange, upstream in compared:
        body = exchange.request.body
        if not isinstance(body, FormBody):
            continue
        if not upstream.parts:
            return hidden(TRANSLATED, "the form did not arrive as a form").at(exchange.place)
        sent, arrived = _files(body.parts), _files(upstream.parts)
        number += len(sent)
        for index, file in enumerate(sent):
            other = arrived[index] if index < len(arrived) else None
            if other != file:
                return ignored(
                    "relay.file_changed",
                    "file {index} of {endpoint}, sent by the client: {sent}; received by the upstream: {received}",
                    option=file.name.removesuffix("[]"),
                    index=index + 1,
                    endpoint=endpoint(exchange),
                    sent=_described(file),
                    received=_described(other) if other is not None else message("nothing"),
                ).at(exchange.place)
    return honoured("{number} files arrived byte for byte", number=number) if number else no_comparison(evidence)


def _described(file: Part) -> Json:
    return message(
        "`{field}` {name!q} of {kind}, {bytes:,} bytes",
        field=file.name,
        name=file.filename or "",
        kind=file.content_type or message("no type"),
        bytes=len(file.data),
    )


@probe("relay.client_key", needs=REQUESTS, accepts=ANY)
def client_key_stays_in_front(evidence: Evidence, _claim: Claim) -> Finding:
    """The upstream receives the key that it gave the gateway, not the client's key."""
    compared = pairs(evidence)
    if not compared:
        return no_comparison(evidence)
    if all(upstream.key is KeyUsed.SHARED for _, upstream in compared):
        return inapplicable("the client and the upstream use the same key, as GATEPROBE_API_KEY is not set")
    for exchange, upstream in compared:
        if upstream.key not in (KeyUsed.UPSTREAM, KeyUsed.SHARED):
            return ignored(
                "relay.key_leaked",
                "{endpoint}, received by the upstream: {key}, expected the upstream's own key",
                endpoint=endpoint(exchange),
                key=_KEYS[upstream.key],
            ).at(exchange.place)
    return honoured("{number} requests arrived with the upstream's own key", number=len(compared))


_KEYS: Final = {
    KeyUsed.CLIENT: message("the client's key"),
    KeyUsed.OTHER: message("another key"),
    KeyUsed.NONE: message("no key"),
}
