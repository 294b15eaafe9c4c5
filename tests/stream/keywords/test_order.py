"""The order documents: read twice, by a machine and by jsonschema over the whole, with the same result."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from orjson import dumps, loads

from gateprobe.schema import METASCHEMA, documents, registry
from gateprobe.stream import RULES, RequestFacts
from gateprobe.stream.keywords.base import GROUPS, Context
from gateprobe.stream.keywords.order import KEYWORDS, Machine, clauses
from gateprobe.wire.sse import decode
from tests.support.evidence.recordings import needed, streams
from tests.support.evidence.streams import Event, all_streams
from tests.support.order_oracle import keywords, sequence_validator

pytestmark = pytest.mark.slow

STREAMS = dict(all_streams())
ORDERS = [uri.removeprefix("urn:gateprobe:schema:") for uri in documents() if ":order/" in uri]


def order_of(name: str) -> str:
    """Return the order document of a stream by its name."""
    if name.startswith("images"):
        return "order/images-edit" if "edit" in name else "order/images-generate"
    return "order/responses"


def by_machine(order: str, events: list[Event]) -> set[tuple[str, int | None]]:
    """Judge event by event."""
    machine = Machine(order, Context())
    breaches = [breach for number, event in enumerate(events) for breach in machine.feed(number, event["type"], event)]
    return {(breach.rule, breach.event) for breach in [*breaches, *machine.end()]}


def by_schema(order: str, events: list[Event]) -> set[tuple[str, int | None]]:
    """Judge the whole sequence with jsonschema."""
    errors = sequence_validator(order).iter_errors(events)
    return {(error.message.partition(":")[0], error.path[0] if error.path else None) for error in errors}  # type: ignore[misc]  # a path holds numbers here


def mutated(events: list[Event], draw: st.DataObject) -> list[Event]:
    """Break a stream in up to three places, in any way."""
    events = loads(dumps(events))
    for _ in range(draw.draw(st.integers(1, 3))):
        at = draw.draw(st.integers(0, len(events) - 1))
        to = draw.draw(st.integers(0, len(events) - 1))
        operator = draw.draw(st.sampled_from(["drop", "copy", "swap", "index", "number", "type", "field", "cut"]))
        if operator == "drop" and len(events) > 1:
            del events[at]
        elif operator == "copy":
            events.insert(to, events[at])
        elif operator == "swap":
            events[at], events[to] = events[to], events[at]
        elif operator == "index":
            events[at] = {**events[at], "output_index": draw.draw(st.sampled_from([0, 1, 2, 9, "x", None, []]))}
        elif operator == "number":
            events[at] = {**events[at], "sequence_number": draw.draw(st.sampled_from([0, 3, None, 99, "1"]))}
        elif operator == "type":
            events[at] = {**events[at], "type": events[to]["type"]}
        elif operator == "field":
            name = draw.draw(st.sampled_from(sorted(events[at])))
            events[at] = {key: value for key, value in events[at].items() if key != name or key == "type"}
        else:
            events = events[: at + 1]
    return events


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=60)
@given(draw=st.data())
def test_the_machine_agrees_with_the_schema(name: str, draw: st.DataObject) -> None:
    """However a stream is broken, both name the same rules at the same events."""
    events = mutated(STREAMS[name], draw)
    assert by_machine(order_of(name), events) == by_schema(order_of(name), events)


@needed
@pytest.mark.parametrize("recording", streams()[::3], ids=lambda recording: recording.id)
def test_both_agree_on_recordings(recording: Any) -> None:
    """They agree on recordings, unchanged and without every seventh event."""
    events = [loads(frame.data) for frame in decode(recording.body).frames][:250]
    for sequence in (events, [event for number, event in enumerate(events) if number % 7 != 3]):
        assert by_machine("order/responses", sequence) == by_schema("order/responses", sequence)


def test_there_is_one_document_for_every_kind_of_stream() -> None:
    """Text, hosted tool, error path, background, generate and edit each have theirs."""
    assert set(ORDERS) == {
        "order/response",
        "order/responses",
        "order/responses-text",
        "order/responses-tool",
        "order/responses-error",
        "order/responses-background",
        "order/images-generate",
        "order/images-edit",
    }


@pytest.mark.parametrize("order", ORDERS)
def test_every_rule_that_an_order_names_is_listed(order: str) -> None:
    """A clause names rules that `explain` knows, and only keywords that are implemented twice."""
    text = dumps(clauses(order)).decode()
    named = {word for word in text.split('"') if word.startswith("stream.")}
    assert named
    assert named <= RULES.keys()
    assert KEYWORDS.keys() | {"expects"} == keywords().keys()


@pytest.mark.parametrize("uri", [uri for uri, document in documents().items() if document["$schema"] == METASCHEMA])
def test_every_document_is_valid_against_the_metaschema(uri: str) -> None:
    """Ordinary keywords and our own, all declared."""
    meta = Draft202012Validator(documents()[METASCHEMA], registry=registry())
    assert list(meta.iter_errors(documents()[uri])) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"first": {"types": []}},
        {"terminal": {"types": ["a"], "missing": "x"}},
        {"lifecycles": [{"name": "a", "by": [], "steps": [{"types": ["a"], "min": 2}]}]},
        {"counts": [{"field": "n", "by": [], "repeated": "stream.a.b", "backwards": "stream.a.b", "gap": "nonsense"}]},
        {"rebuilds": [{"deltas": {}, "by": [], "wholes": {}, "rule": "stream.a.b"}]},
        {"expects": 5},
    ],
)
def test_the_metaschema_refuses_a_wrong_clause(wrong: dict[str, Any]) -> None:
    """A clause that is written wrongly is no schema."""
    meta = Draft202012Validator(documents()[METASCHEMA], registry=registry())
    assert not meta.is_valid(wrong)


def test_the_number_of_partials_asked_for_is_the_limit() -> None:
    """With one partial asked for, a second breaks the rule; with none, one is forgiven."""
    events = STREAMS["image"]
    for asked, broken in ((0, True), (1, True), (2, False), (3, False)):
        machine = Machine("order/responses", Context(RequestFacts(partial_images=asked)))
        rules = [breach.rule for n, e in enumerate(events) for breach in machine.feed(n, e["type"], e)]
        assert ("stream.image_lifecycle.partial_count" in rules) == broken


def test_a_resumed_stream_may_begin_anywhere() -> None:
    """In the middle of a text, nothing is held against the deltas that came before."""
    events = STREAMS["background"]
    for start in range(1, len(events)):
        machine = Machine("order/responses", Context(resumed=True))
        rules = [breach.rule for n, e in enumerate(events[start:]) for breach in machine.feed(n, e["type"], e)]
        assert set(rules + [breach.rule for breach in machine.end()]) <= {"stream.order.resumed"}


def test_groups_without_end_do_not_fill_the_memory() -> None:
    """A hostile stream that opens item after item is followed only so far."""
    machine = Machine("order/responses", Context())
    for number in range(3 * GROUPS):
        item = {"id": f"m{number}", "type": "message"}
        event: Event = {"type": "response.output_item.added", "output_index": number, "item": item}
        machine.feed(number, event["type"], event)
    for keyword in machine._keywords:
        for held in vars(keyword).values():
            assert not isinstance(held, dict | list | set) or len(held) <= GROUPS
