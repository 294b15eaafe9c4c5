"""Both sides of a gateway: which exchanges are compared, and how a difference is found and shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from gateprobe.evidence import Evidence, Exchange, UpstreamExchange, json_text
from gateprobe.message import Message, message
from gateprobe.model import Finding, Json, hidden, inapplicable, nothing_to_judge
from gateprobe.probe import BOTH_SIDES, Selection
from gateprobe.request import FormBody, JsonBody, Transport
from gateprobe.scenario import Scenario
from gateprobe.wire.sse import Frame

from .exchanges import EVERYTHING

BY_ID: Final = "the response by its id"
"""The note of a request for an item by its id, which a gateway may translate."""

ANY: Final = EVERYTHING
"""In `accepts`: what became of an answer is what these probes judge."""

FORWARDED: Final = "relay.forwarded"
SINGLE: Final = "relay.single_request"
STATUS: Final = "relay.status"
TRANSLATED: Final = "relay.endpoint"

_SHOWN: Final = 80
"""Characters of a value that a sentence shows."""

Pair = tuple[Exchange, UpstreamExchange]
"""One request, as the client sent it and as the upstream received it."""


def over(statement: str, *scenarios: Scenario, matches: Callable[[Exchange], bool] = lambda _: True) -> Selection:
    """Return a selection of the exchanges of some scenarios of a relay."""
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
    """Return each request with the first that reached the upstream for it; those that did not are left out."""
    return [(exchange, exchange.upstream[0]) for exchange in evidence.exchanges if exchange.upstream]


def answered(evidence: Evidence) -> list[Pair]:
    """Return each request with the one that reached the upstream for it and was answered whole.

    Of several, that is the one whose answer the client received; where it received none of them, there is none.
    """
    both = []
    for exchange in evidence.exchanges:
        whole = [received for received in exchange.upstream if received.ended and not exchange.request.leave_after]
        if len(exchange.upstream) > 1:
            whole = [received for received in whole if received.sent == exchange.last.sha256][-1:]
        both += [(exchange, received) for received in whole]
    return both


def met(evidence: Evidence) -> list[Pair]:
    """Return each request with the only one that reached the upstream for it, even if the gateway left its answer."""
    return [
        (exchange, exchange.upstream[0])
        for exchange in evidence.exchanges
        if len(exchange.upstream) == 1 and exchange.upstream[0].status is not None and not exchange.request.leave_after
    ]


def missing(evidence: Evidence) -> Finding:
    """Return the finding that there are no two sides to compare, and why."""
    if not any(exchange.relayed for exchange in evidence.exchanges):
        return inapplicable("the upstream of this gateway was not recorded")
    silent = next((exchange for exchange in evidence.exchanges if not exchange.upstream), None)
    several = next((exchange for exchange in evidence.exchanges if len(exchange.upstream) > 1), None)
    if silent is None and several is not None:
        return hidden(SINGLE, "the upstream received {endpoint} several times", endpoint=endpoint(several)).at(
            several.place
        )
    changed = next((pair for pair in met(evidence) if pair[0].status != pair[1].status), None)
    if silent is None and changed is not None:
        exchange, received = changed
        return hidden(
            STATUS,
            "{endpoint}: sent by the upstream HTTP {sent}; received by the client {received}",
            endpoint=endpoint(exchange),
            sent=received.status,
            received=exchange.summary,
        ).at(exchange.place)
    if silent is None:
        return nothing_to_judge("the upstream answered no such request whole")
    if silent.untied:
        return nothing_to_judge("what reached the upstream meanwhile has other words")
    return hidden(
        FORWARDED,
        "nothing reached the upstream for {endpoint}: {answer}",
        endpoint=endpoint(silent),
        answer=silent.summary,
    ).at(silent.place)


def is_alike(pair: Pair) -> bool:
    """Return whether the upstream received the method and path that the client sent; of an item, by any id."""
    exchange, received = pair
    if exchange.request.transport is Transport.WEBSOCKET:
        return received.websocket
    path, arrived = exchange.request.path.partition("?")[0], received.path
    if exchange.request.note == BY_ID:
        path, arrived = path.rpartition("/")[0], arrived.rpartition("/")[0]
    return received.method == exchange.request.method and arrived.endswith(path)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: its path, what was sent and what was received; `MISSING` where it is not there."""

    path: str
    sent: Json
    received: Json

    @property
    def shown(self) -> tuple[Message | str, Message | str]:
        """Both values as a sentence shows them; of long texts, the part in which they differ."""
        if not (isinstance(self.sent, str) and isinstance(self.received, str)):
            return shown(self.sent), shown(self.received)
        pairs_of = enumerate(zip(self.sent, self.received, strict=False))
        shortest = min(len(self.sent), len(self.received))
        same = next((place for place, (before, after) in pairs_of if before != after), shortest)
        start = max(0, same - _SHOWN // 2) if max(len(self.sent), len(self.received)) > _SHOWN else 0
        mark = "…" if start else ""
        return shown(mark + self.sent[start:]), shown(mark + self.received[start:])

    @property
    def option(self) -> str:
        """The parameter, without its position in a list: `tools[0].size` is `size`."""
        return self.path.rpartition(".")[2].partition("[")[0]


MISSING: Final = object()
"""In place of a value that is not there."""


def shown(value: Json) -> Message | str:
    """Return a value as a sentence shows it."""
    return message("nothing") if value is MISSING else json_text(value, _SHOWN)


def differences(sent: Json, received: Json, path: str = "") -> Iterator[Difference]:
    """Yield the fields of `sent` that are missing from `received` or have another value there, and those added."""
    if isinstance(sent, dict) and isinstance(received, dict):
        for name in dict.fromkeys((*sent, *received)):
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(sent.get(name, MISSING), received.get(name, MISSING), inner)
    elif isinstance(sent, list) and isinstance(received, list) and len(sent) == len(received):
        for index, (before, after) in enumerate(zip(sent, received, strict=True)):
            yield from differences(before, after, f"{path}[{index}]")
    elif sent != received or isinstance(sent, bool) != isinstance(received, bool):
        yield Difference(path, sent, received)


_IDS: Final = ("id", "item_id", "response_id", "previous_response_id", "call_id", "request_id")
"""Fields that hold an id, which a gateway may replace by one of its own."""


def answer_differences(sent: Json, received: Json, ids: dict[str, str]) -> Iterator[Difference]:
    """Yield what differs between two answers beyond their encoding.

    A further field is no difference, for every client reads over it, and null is the same as a missing field. An id may
    be another one, if it is always the same for the same; `ids` has those that were met.
    """
    for difference in differences(sent, received):
        before, after = difference.sent, difference.received
        if before is MISSING or (before is None and after is MISSING):
            continue
        is_id = difference.option in _IDS and isinstance(before, str) and isinstance(after, str)
        if is_id and ids.setdefault(before, after) == after:
            continue
        yield difference


def sent_fields(exchange: Exchange) -> Json:
    """Return what a client sent as a JSON value: of a form its plain fields, each as text."""
    body = exchange.request.body
    match body:
        case JsonBody(value):
            return orjson.loads(orjson.dumps(value))
        case FormBody(parts):
            return {part.name: part.data.decode("utf-8", "replace") for part in parts if part.filename is None}
    return None


def received_fields(received: UpstreamExchange) -> Json:
    """Return what the upstream received as a JSON value: of a form its plain fields, each as text."""
    if received.parts:
        return {part.name: part.data.decode("utf-8", "replace") for part in received.parts if part.filename is None}
    return received.json


def frames_of(exchange: Exchange) -> tuple[Frame, ...]:
    """Return the events that the client received."""
    return tuple(frame for frame in exchange.frames if frame.dispatched)


def frames_sent(received: UpstreamExchange) -> tuple[Frame, ...]:
    """Return the events that the upstream sent."""
    return tuple(frame for frame in received.decoded.frames if frame.dispatched)


def time_of(ends: Sequence[tuple[int, float]], end: int) -> float | None:
    """Return the time in ms of the piece that completes a body up to an offset; None where it never came."""
    return next((ms for reached, ms in ends if reached >= end), None)


_LEAST: Final = 200
"""Characters of a text that may be a picture."""


_ENCODED: Final = ("b64_json", "result", "partial_image_b64")
"""The fields that hold a picture."""


def encoded_in(value: Json) -> list[str]:
    """Return the pictures of a JSON value in their order, as base64."""
    pictures: list[str] = []
    match value:
        case dict():
            for name, inner in value.items():
                if isinstance(inner, str) and len(inner) > _LEAST and name in _ENCODED:
                    pictures.append(inner)
                else:
                    pictures += encoded_in(inner)
        case list():
            for inner in value:
                pictures += encoded_in(inner)
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
    return encoded_in(values_of(exchange.body, frames_of(exchange) if exchange.is_stream else ()))


def pictures_sent(received: UpstreamExchange) -> list[str]:
    """Return the pictures that the upstream sent, as base64."""
    return encoded_in(values_of(received.body, frames_sent(received) if received.is_stream else ()))
