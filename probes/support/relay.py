"""Compare both sides of a gateway: pair their exchanges and read what each side sent and received."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import orjson

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, UpstreamExchange, json_text
from gateprobe.message import Message, message, plural
from gateprobe.model import Finding, Json, hidden, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import BOTH_SIDES, Selection
from gateprobe.request import FormBody, JsonBody, Transport, text_fields
from gateprobe.scenario import Scenario
from gateprobe.wire.sse import Frame

from .differences import MISSING, Difference, differences
from .exchanges import EVERYTHING

BY_ID: Final = "the response by its id"
"""The note of a request for an item by its id, which a gateway may translate."""

ANY: Final = EVERYTHING
"""In `accepts`: these probes judge every outcome."""

FORWARDED: Final = "relay.forwarded"
SINGLE: Final = "relay.single_request"
STATUS: Final = "relay.status"
STREAMED: Final = "relay.streaming"
TRANSLATED: Final = "relay.endpoint"

WORDS: Final = ("prompt", "input")
"""Fields that hold the client's own words, which a capability of their own judges."""

_SHOWN: Final = 80
"""Characters of a value that a sentence shows."""

Pair = tuple[Exchange, UpstreamExchange]
"""One request, as the client sent it and as the upstream received it."""


def exchanges_of(
    statement: str, *scenarios: Scenario, matches: Callable[[Exchange], bool] = lambda _: True
) -> Selection:
    """Return a selection of the exchanges of some relay scenarios."""
    names = frozenset(scenario.name for scenario in scenarios)
    return Selection(
        statement,
        scenarios,
        lambda exchange: exchange.scenario_run.partition("~")[0] in names and matches(exchange),
        scenario_prefix=BOTH_SIDES,
    )


def endpoint(exchange: Exchange) -> Message:
    """Return the method and path of a request; of a long path, its beginning."""
    path = exchange.request.path.partition("?")[0]
    short = path if len(path) <= _SHOWN else f"{path[:_SHOWN]}…"
    return message("{verb} {path}", verb=exchange.request.verb, path=short)


def pairs(evidence: Evidence) -> list[Pair]:
    """Return each request that reached the upstream, with the first one that arrived for it."""
    return [(exchange, exchange.upstream[0]) for exchange in evidence.exchanges if exchange.upstream]


def answered_pairs(evidence: Evidence) -> list[Pair]:
    """Return each request with the one that reached the upstream for it and was answered completely.

    If several reached the upstream, it is the one whose answer the client received; without one, the request is left
    out.
    """
    both = []
    for exchange in evidence.exchanges:
        whole = [upstream for upstream in exchange.upstream if upstream.ended and not exchange.request.leave_after]
        if len(exchange.upstream) > 1:
            whole = [upstream for upstream in whole if upstream.sent == exchange.last.sha256][-1:]
        both += [(exchange, upstream) for upstream in whole]
    return both


def unrepeated_pairs(evidence: Evidence) -> list[Pair]:
    """Return each request that reached the upstream once, also where the gateway did not read the whole answer."""
    return [
        (exchange, exchange.upstream[0])
        for exchange in evidence.exchanges
        if len(exchange.upstream) == 1 and exchange.upstream[0].status is not None and not exchange.request.leave_after
    ]


def no_comparison(evidence: Evidence) -> Finding:
    """Return the finding that the two sides cannot be compared, and why."""
    if not any(exchange.relayed for exchange in evidence.exchanges):
        return inapplicable("the upstream of this gateway was not recorded")
    silent = next((exchange for exchange in evidence.exchanges if not exchange.upstream), None)
    several = next((exchange for exchange in evidence.exchanges if len(exchange.upstream) > 1), None)
    if silent is None and several is not None:
        return hidden(SINGLE, "the upstream received {endpoint} several times", endpoint=endpoint(several)).at(
            several.place
        )
    changed = next((pair for pair in unrepeated_pairs(evidence) if pair[0].status != pair[1].status), None)
    if silent is None and changed is not None:
        exchange, upstream = changed
        return hidden(
            STATUS,
            "{endpoint}, sent by the upstream: HTTP {sent}; received by the client: {received}",
            endpoint=endpoint(exchange),
            sent=upstream.status,
            received=exchange.summary,
        ).at(exchange.place)
    if silent is None:
        return nothing_to_judge("the upstream completed no answer to such a request")
    if silent.unassigned:
        return nothing_to_judge("the upstream received a request with another prompt, which may be this one")
    return hidden(
        FORWARDED,
        "nothing reached the upstream for {endpoint}: {answer}",
        endpoint=endpoint(silent),
        answer=silent.summary,
    ).at(silent.place)


def status_changed(exchange: Exchange, sent: int | None) -> Finding:
    """Return the finding that the client received another status than the upstream sent, and how often that sent it."""
    is_masked = sent is not None and 400 <= sent < 500 and (exchange.status or 0) >= 500
    return malformed(
        "relay.refusal_masked" if is_masked else "relay.status_changed",
        "{endpoint}, sent by the upstream: HTTP {sent}, {times}; received by the client: {received}",
        endpoint=endpoint(exchange),
        sent=sent,
        times=plural(len(exchange.upstream), "once", "{number} times"),
        received=exchange.summary,
    ).at(exchange.place)


def is_same_endpoint(pair: Pair) -> bool:
    """Return whether the upstream received the client's method and path; an item may have another id."""
    exchange, upstream = pair
    if exchange.request.transport is Transport.WEBSOCKET:
        return upstream.websocket
    path, arrived = exchange.request.path.partition("?")[0], upstream.path
    if exchange.request.note == BY_ID:
        path, arrived = path.rpartition("/")[0], arrived.rpartition("/")[0]
    return upstream.method == exchange.request.method and arrived.endswith(path)


def comparable(evidence: Evidence) -> list[Pair] | Finding:
    """Return the requests that reached the upstream at their own endpoint, or why there are none."""
    both = pairs(evidence)
    alike = [pair for pair in both if is_same_endpoint(pair)]
    if alike:
        return alike
    if not both:
        return no_comparison(evidence)
    exchange, upstream = both[0]
    return hidden(
        TRANSLATED,
        "{endpoint} became {verb} {path}",
        endpoint=endpoint(exchange),
        verb=upstream.method,
        path=upstream.path,
    ).at(exchange.place)


def request_differences(exchange: Exchange, upstream: UpstreamExchange) -> Iterator[Difference]:
    """Yield what differs between the fields that were sent and those that arrived."""
    sent, arrived = sent_fields(exchange), received_fields(upstream)
    if isinstance(sent, dict) and isinstance(arrived, dict) and isinstance(exchange.request.body, FormBody):
        sent = {name: str(value) for name, value in sent.items()}
        arrived = {name: value if isinstance(value, str) else json_text(value) for name, value in arrived.items()}
        if not upstream.parts:
            arrived = {name: value for name, value in arrived.items() if name in sent}
    yield from differences(sent, arrived)
    yield from _repeated_fields(exchange, upstream)


def _repeated_fields(exchange: Exchange, upstream: UpstreamExchange) -> Iterator[Difference]:
    """Yield each text field that a form has more often behind the gateway: most programs read its last value."""
    body = exchange.request.body
    sent = [part.name for part in body.parts] if isinstance(body, FormBody) else []
    seen: list[str] = []
    for part in upstream.parts:
        seen.append(part.name)
        if part.filename is None and part.name in sent and seen.count(part.name) > sent.count(part.name):
            name = f"{part.name}[{seen.count(part.name) - 1}]"
            yield Difference(name, MISSING, part.data.decode("utf-8", "replace"))


def is_named(exchange: Exchange, difference: Difference) -> bool:
    """Return whether a difference is the model's name, which the gateway maps back to the one that the client sent."""
    return difference.option == "model" and difference.received in _models_of(sent_fields(exchange))


def _models_of(body: Json) -> list[Json]:
    if not isinstance(body, dict):
        return []
    tools = body.get("tools")
    named = [tool.get("model") for tool in tools if isinstance(tool, dict)] if isinstance(tools, list) else []
    return [name for name in (body.get("model"), *named) if isinstance(name, str)]


def sent_fields(exchange: Exchange) -> Json:
    """Return what the client sent as a JSON value; a form becomes an object of its text fields."""
    body = exchange.request.body
    match body:
        case JsonBody(value):
            return orjson.loads(orjson.dumps(value))
        case FormBody(parts):
            return text_fields(parts)
    return None


def received_fields(upstream: UpstreamExchange) -> Json:
    """Return what the upstream received as a JSON value; a form becomes an object of its text fields."""
    return text_fields(upstream.parts) if upstream.parts else upstream.json


def json_of(exchange: Exchange) -> Json:
    """Return the JSON that the client received; None where it is not JSON."""
    try:
        return exchange.json()
    except MalformedAnswerError:
        return None


def error_in(body: Json) -> Json:
    """Return the `error` of an answer; None where it has none."""
    return body.get("error") if isinstance(body, dict) else None


def frames_of(exchange: Exchange) -> tuple[Frame, ...]:
    """Return the events that the client received."""
    return tuple(frame for frame in exchange.frames if frame.dispatched)


def frames_sent(upstream: UpstreamExchange) -> tuple[Frame, ...]:
    """Return the events that the upstream sent."""
    return tuple(frame for frame in upstream.decoded.frames if frame.dispatched)


_SHORTEST_PICTURE: Final = 200
"""The fewest characters of a text that may be a picture."""


_ENCODED: Final = ("b64_json", "result", "partial_image_b64")
"""The fields that hold a picture."""


def pictures_in(value: Json) -> list[str]:
    """Return the pictures in a JSON value as base64, in order."""
    pictures: list[str] = []
    match value:
        case dict():
            for name, inner in value.items():
                if isinstance(inner, str) and len(inner) > _SHORTEST_PICTURE and name in _ENCODED:
                    pictures.append(inner)
                else:
                    pictures += pictures_in(inner)
        case list():
            for inner in value:
                pictures += pictures_in(inner)
    return pictures


def values_of(body: bytes, frames: Sequence[Frame]) -> list[Json]:
    """Return the JSON values of an answer: of its events, or its body."""
    values = []
    for data in [frame.data for frame in frames] or [body]:
        try:
            values.append(orjson.loads(data))
        except orjson.JSONDecodeError:
            continue
    return values


def pictures_received(exchange: Exchange) -> list[str]:
    """Return the pictures that the client received, as base64."""
    return pictures_in(values_of(exchange.body, frames_of(exchange) if exchange.is_stream else ()))


def pictures_sent(upstream: UpstreamExchange) -> list[str]:
    """Return the pictures that the upstream sent, as base64."""
    return pictures_in(values_of(upstream.body, frames_sent(upstream) if upstream.is_stream else ()))
