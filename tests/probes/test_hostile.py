"""Whatever a gateway sends, a probe judges it or says that it cannot; it never fails itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.library import modules, probes
from gateprobe.model import Cause, Json, Tier
from gateprobe.plan.planning import Item, items_for
from gateprobe.request import Transport
from tests.support.evidence.evidence_builders import (
    broken,
    events_of,
    honest,
    record_of,
    with_body,
    with_events,
    with_json,
    with_messages,
)
from tests.support.evidence.faulty import relevant

pytestmark = pytest.mark.slow

_JSON: Final[st.SearchStrategy[Json]] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
MODULES: Final = frozenset(name for name in modules() if name.startswith(("models", "auth", "responses.", "streams.")))
ITEMS: Final = [item for item in items_for(reference(), probes(), Tier.DEEP) if item.probe.module in MODULES]


def _put(value: Json, path: list[int], new: Json) -> Json:
    """Put a value somewhere into another: at each level, the path's number picks a key or an index."""
    if not path or not isinstance(value, dict | list) or not value:
        return new
    if isinstance(value, dict):
        key = sorted(value)[path[0] % len(value)]
        return {**value, key: _put(value[key], path[1:], new)}
    at = path[0] % len(value)
    return [*value[:at], _put(value[at], path[1:], new), *value[at + 1 :]]


def _poisoned(edit: Callable[[Json], Json]) -> Callable[[Exchange], Exchange]:
    """Edit the body, or one event of a stream, or one message of a WebSocket."""

    def change(exchange: Exchange) -> Exchange:
        if exchange.request.transport is Transport.WEBSOCKET:
            return with_messages(exchange, [edit(message) for message in exchange.messages])
        if exchange.is_stream:
            events = [edit(event) for event in events_of(exchange)]
            return with_events(exchange, [event for event in events if isinstance(event, dict) and "type" in event])
        return with_json(exchange, edit(orjson.loads(exchange.body))) if exchange.body else exchange

    return change


def _judge(item: Item, change: Callable[[Exchange], Exchange]) -> None:
    captured = relevant(honest("openai", MODULES), item.probe.id, item.value)
    if any(len(exchange.body) > 2_000_000 for evidence in captured.values() for exchange in evidence.exchanges):
        return  # noise: too large to be written anew for every example
    record = record_of(item.probe.id, broken(captured, change), value=item.value)
    assert record.cause is not Cause.HARNESS, (item.id, record.reason)


@settings(max_examples=150)
@given(st.sampled_from(ITEMS), st.lists(st.integers(0, 40), min_size=1, max_size=7), _JSON)
def test_a_hostile_value_anywhere_is_judged(item: Item, path: list[int], value: Json) -> None:
    """A value of any type at any place of an honest answer makes no probe fail."""
    _judge(item, _poisoned(lambda body: _put(body, path, value)))


@settings(max_examples=80)
@given(st.sampled_from(ITEMS), _JSON)
def test_a_hostile_body_is_judged(item: Item, value: Json) -> None:
    """Any JSON at all in place of an answer makes no probe fail."""
    _judge(item, lambda exchange: with_json(exchange, value))


@settings(max_examples=80)
@given(st.sampled_from(ITEMS), st.binary(max_size=200))
def test_hostile_bytes_are_judged(item: Item, body: bytes) -> None:
    """Any bytes at all in place of an answer make no probe fail."""
    _judge(item, lambda exchange: with_body(exchange, body))


@pytest.mark.parametrize("body", [b"", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe", b"null", b"data: {}\n\n"])
def test_bodies_that_break_parsers_are_judged(body: bytes) -> None:
    """Nothing, deep nesting, and no UTF-8 are judged by every probe."""
    for item in ITEMS:
        _judge(item, lambda exchange: with_body(exchange, body))
