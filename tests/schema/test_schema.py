"""The schemas: every event has one, the fast reading agrees with jsonschema, and what is wrong is said in words."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from gateprobe.message import message
from gateprobe.schema import METASCHEMA, documents, event_types, resolve, validator
from gateprobe.schema.explain import explain
from gateprobe.schema.fast import predicate
from gateprobe.stream.keywords.order import clauses
from gateprobe.stream.payload.decoding import parse
from gateprobe.wire.sse import decode
from tests.support.evidence.recordings import needed, recordings
from tests.support.evidence.streams import all_streams, image_stream, response, text_stream

DOCUMENTED = 62
"""How many event types OpenAI documents for a Responses stream, the flat `error` among them."""

NAMES = [
    uri.removeprefix("urn:gateprobe:schema:") + place
    for uri, document in documents().items()
    if document["$schema"] == METASCHEMA and (":wire/" in uri or ":events/" in uri)
    for place in ("", *(f"#/$defs/{name}" for name in document.get("$defs", ())))
]
EVENTS = [(name, event) for name, events in all_streams() for event in events]
SCALARS = st.none() | st.booleans() | st.integers(-2, 10**17) | st.floats(allow_nan=False) | st.text(max_size=3)


def name_of(stream: str, event: dict[str, Any]) -> str:
    """Return the schema name of an event."""
    return f"events/{'images' if stream.startswith('images') else 'responses'}#/$defs/{event['type']}"


def test_every_documented_event_has_a_schema() -> None:
    """59 documented ones and 3 of WebSockets; `keepalive` and the patch events are recorded and undocumented."""
    extra = {
        "keepalive",
        "response.apply_patch_call_operation_diff.delta",
        "response.apply_patch_call_operation_diff.done",
    }
    assert len(set(event_types("responses")) - extra) == DOCUMENTED
    assert set(event_types("images")) == {
        "error",
        "keepalive",
        "image_edit.completed",
        "image_edit.partial_image",
        "image_generation.completed",
        "image_generation.partial_image",
    }


def test_every_known_event_of_an_order_has_a_schema() -> None:
    """The list of known events and the schemas are the same list."""
    for order, family in (("responses", "responses"), ("images-edit", "images"), ("images-generate", "images")):
        known = next(definition for keyword, definition in clauses(f"order/{order}") if keyword == "known")
        assert set(known["types"]) <= set(event_types(family))
        if family == "responses":
            assert set(known["types"]) == set(event_types(family))


@pytest.mark.parametrize("kind", event_types("responses"))
def test_an_event_schema_asks_for_its_own_type(kind: str) -> None:
    """An event of another type does not pass, nor does something else than an object."""
    check = predicate(f"events/responses#/$defs/{kind}", expecting=False)
    assert not check({"type": "another"})
    assert not check([])


@pytest.mark.parametrize(("stream", "event"), EVENTS)
@settings(max_examples=15)
@given(draw=st.data())
def test_the_fast_reading_agrees_with_jsonschema(stream: str, event: dict[str, Any], draw: st.DataObject) -> None:
    """For an event as it is, and with any member at any depth replaced or gone, in both strengths."""
    name = name_of(stream, event)
    changed = _changed(event, draw)
    for expecting in (False, True):
        for value in (event, changed):
            assert predicate(name, expecting=expecting)(value) == validator(name, expecting=expecting).is_valid(value)
    assert predicate(name, expecting=True)(event)


def _changed(value: Any, draw: st.DataObject) -> Any:
    if isinstance(value, dict) and value and draw.draw(st.booleans()):
        key = draw.draw(st.sampled_from(sorted(value)))
        if draw.draw(st.booleans()):
            return {name: entry for name, entry in value.items() if name != key}
        return {**value, key: _changed(value[key], draw)}
    if isinstance(value, list) and value and draw.draw(st.booleans()):
        return [_changed(value[0], draw), *value[1:]]
    return draw.draw(SCALARS | st.just([]) | st.just({}))


@pytest.mark.parametrize("name", NAMES)
def test_every_definition_compiles(name: str) -> None:
    """No document uses a keyword that the fast reading would not know."""
    values: list[Any] = [None, True, 0, "", [], {}, {"type": 1}, {"error": {}}, {"data": [{}]}]
    for expecting in (False, True):
        fast, slow = predicate(name, expecting=expecting), validator(name, expecting=expecting)
        assert [fast(value) for value in values] == [slow.is_valid(value) for value in values]


@needed
def test_both_readings_agree_on_every_recording() -> None:
    """Every event and every body that was recorded is read alike by both."""
    for recording in recordings()[::4]:
        if recording.stream:
            values = [(parse(frame.data)[0], None) for frame in decode(recording.body).frames[:60]]
            pairs = [(f"events/responses#/$defs/{v['type']}", v) for v, _ in values if isinstance(v, dict)]
            pairs = [(name, v) for name, v in pairs if v["type"] in event_types("responses")]
        else:
            value, _ = parse(recording.body, full_text=True)
            pairs = [(name, value) for name in ("wire/response", "wire/images", "wire/error", "wire/models")]
        for name, value in pairs:
            for expecting in (False, True):
                fast = predicate(name, expecting=expecting)(value)
                assert fast == validator(name, expecting=expecting).is_valid(value), (recording.id, name)


@pytest.mark.parametrize("uri", documents())
def test_documents_have_a_title_and_a_description(uri: str) -> None:
    """Every document of ours has a title and a description."""
    assert documents()[uri]["title"]
    assert documents()[uri]["description"]


def test_the_metaschema_is_a_schema() -> None:
    """The vocabulary is itself JSON Schema 2020-12, and declares itself."""
    Draft202012Validator.check_schema(documents()[METASCHEMA])
    assert documents()[METASCHEMA]["$vocabulary"]["urn:gateprobe:vocabulary:stream"] is True


@pytest.mark.parametrize(
    "change",
    [
        {"anything_new": {"deep": [1]}},
        {"tool_usage": {"image_gen": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}}},
        {"model": "gpt-7-of-the-future"},
        {"service_tier": "priority", "moderation": None, "billing": {"payer": "developer"}},
        {"created_at": 1790000000.0},
        {"output": [{"type": "hologram_call", "id": "hg_1", "anything": 1}]},
    ],
)
def test_reality_stays_open(change: dict[str, Any]) -> None:
    """Extra fields, new models, new tools: nothing is held against them."""
    assert predicate("wire/response", expecting=True)({**response("completed"), **change})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"id": ""}, "`id` is empty"),
        ({"id": None}, "`id` is null, expected string"),
        ({"object": "chat.completion"}, "`object` is 'chat.completion', expected 'response'"),
        ({"object": None}, "`object` is null, expected 'response'"),
        ({"status": "done"}, "`status` is 'done', expected one of completed, failed"),
        ({"output": None}, "`output` is null, expected array"),
        ({"output": [{"type": "message"}]}, "`output[0]` lacks id"),
        ({"created_at": 1790000000000}, "`created_at` is 1790000000000, expected seconds"),
        ({"error": "no"}, "`error` is a string, expected object or null"),
    ],
)
def test_a_violation_of_a_schema_is_explained(change: dict[str, Any], sentence: str) -> None:
    """The sentence has the place, the value and the expected value."""
    value = {**response("completed"), **change}
    assert not predicate("wire/response", expecting=False)(value)
    assert sentence in str(explain("wire/response", value, expecting=False))


def test_an_absent_usage_is_expected_and_not_required() -> None:
    """No client breaks without it."""
    value = {**response("completed"), "usage": None}
    assert predicate("wire/response", expecting=False)(value)
    assert "`usage` is null, expected object" in str(explain("wire/response", value, expecting=True))


def test_null_is_not_offered_to_an_object() -> None:
    """The message about an incomplete optional object names the missing field, and does not suggest null."""
    value = {**response("completed"), "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}
    problem = str(explain("wire/response", value, expecting=True))
    assert "`usage` lacks" in problem, problem
    assert "none of the allowed forms" not in problem


def test_the_whole_value_has_a_name() -> None:
    """A message about a field missing at the top names the body, or the event."""
    assert str(explain("wire/models", {}, expecting=False)).startswith("the body lacks")
    whole = message("the event")
    assert str(explain("wire/models", {}, expecting=False, whole=whole)).startswith("the event lacks")


@given(st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner), max_leaves=8))
@settings(max_examples=80)
def test_anything_can_be_explained(value: object) -> None:
    """Any value that is not a Response gets one short line."""
    assert 0 < len(str(explain("wire/response", value, expecting=True))) < 1500


def test_an_error_may_be_nested_or_flat() -> None:
    """The wire nests it, the specification has it flat; without a message it is neither."""
    check = predicate("events/responses#/$defs/error", expecting=False)
    inner = {"message": "no", "type": "x", "code": None, "param": None}
    assert check({"type": "error", "error": inner, "sequence_number": 1})
    assert check({**inner, "type": "error"})
    assert not check({"type": "error", "error": {"code": "x"}})
    assert not check({"type": "error", "sequence_number": 1})


def test_a_finished_image_call_has_its_picture() -> None:
    """`generating` with a picture passes, no picture does not, unless it failed."""
    done = next(e for e in image_stream() if e["type"].endswith("item.done") and "result" in e["item"])
    check = predicate("events/responses#/$defs/response.output_item.done", expecting=False)
    for change, good in (({}, True), ({"result": None}, False), ({"result": None, "status": "failed"}, True)):
        assert check({**done, "item": {**done["item"], **change}}) == good


def test_a_reference_is_followed_once() -> None:
    """Documents are compiled once per strength."""
    kind = text_stream()[4]["type"]
    name = f"events/responses#/$defs/{kind}"
    assert predicate(name, expecting=True) is predicate(name, expecting=True)
    assert resolve(name)["properties"]["type"]["const"] == kind
