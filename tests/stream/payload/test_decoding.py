"""The data of a frame: what is read of it, what is wrong with it, and what is left where it lies."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.stream.keywords.grouping import text_fingerprint
from gateprobe.stream.payload.decoding import ParseFault, parse
from gateprobe.stream.payload.fingerprints import fingerprint
from gateprobe.stream.payload.large_strings import LARGE, LargeString
from tests.support.evidence.streams import picture

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_json_is_read_as_it_was_written(value: object) -> None:
    """Any JSON value comes back, and nothing is held against it, however it is spaced."""
    try:
        compact = dumps(value)
    except TypeError:
        return  # half a surrogate pair cannot be written
    spaced = json.dumps(value, indent=2, ensure_ascii=True).encode()
    finite = "inf" not in repr(value)
    assert parse(compact) == (value, ()) or not finite
    assert parse(spaced)[0] == value or not finite


@pytest.mark.parametrize(
    ("data", "value", "rule", "word"),
    [
        (b"", None, "json", "empty"),
        (b"{", None, "json", "not JSON"),
        (b'{"a":NaN}', None, "json", "NaN"),
        (b'{"a":-Infinity}', None, "json", "-Infinity"),
        (b'{"a":1}{"b":2}', None, "json", "follow each other"),
        (b'{"a":"x"}event: b', None, "json", "follow each other"),
        (b'{"a":1}\n{"b":2}', None, "json", "follow each other"),
        (b"[" * 100_000, None, "json", "nests"),
        (b"[" * 100_000 + b"]" * 100_000, None, "json", "nests"),
        (b"[" * 300 + b"]" * 300, None, "json", "nests"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, None, "json", "nests"),
        (b'{"a":' + b"9" * 5000 + b"}", None, "json", "not JSON"),
        (b'{"a":"\xff"}', {"a": "\ufffd"}, "utf8", "0xff"),
        (b'{"a":1,"a":2}', {"a": 2}, "ambiguous", "key 'a' twice"),
        (b'{"a":{"b":1, "b":1}}', {"a": {"b": 1}}, "ambiguous", "key 'b' twice"),
        (b'{"a":9007199254740993}', {"a": 9007199254740993}, "ambiguous", "2^53"),
        (b'{"a":123456789012345678901234567890}', {"a": 1.2345678901234568e29}, "ambiguous", "2^53"),
        (b'{"a":"\\ud800"}', {"a": "\ud800"}, "ambiguous", "incomplete character escape"),
    ],
)
def test_a_defect_names_its_rule(data: bytes, value: object, rule: str, word: str) -> None:
    """Each defect has a rule and one sentence, and the readable part of the value is returned."""
    parsed, faults = parse(data)
    assert parsed == value
    assert [fault.rule for fault in faults] == [f"stream.framing.{rule}"]
    assert word in str(faults[0].message)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":"1234567890123456789012"}',
        b'{"a":"\\":\\":"}',
        b'{ "a" : 1 , "b" : { "a" : 1 } }',
        b'{"a":1.0,"b":1e3}',
        b'{"a":"\\u00e9"}',
        b'{"a":"' + b'say \\"x\\": ' * 9000 + b'"}',
    ],
)
def test_unusual_json_has_no_fault(data: bytes) -> None:
    """Digits in a text, a quoted colon, white space and escapes are no defects."""
    assert parse(data)[1] == ()


LONG = "QUJD" * (LARGE // 2)


def test_a_long_picture_is_lifted() -> None:
    """A base64 text of megabytes is replaced by a short stand-in that knows its size, fingerprint and ends."""
    text = picture(padding=200_000)
    value, faults = parse(dumps({"type": "x", "item": {"result": text}, "n": [1, "y"]}))
    assert faults == ()
    lifted = value["item"]["result"]
    assert isinstance(lifted, LargeString)
    assert (lifted.size, lifted.fingerprint) == (len(text), fingerprint(text.encode()))
    assert text.startswith(lifted.head.decode())
    assert text.endswith(lifted.tail.decode())
    assert str(lifted) == f"(base64, {len(text):,} characters)"
    assert value == {"type": "x", "item": {"result": lifted}, "n": [1, "y"]}


def test_lifting_can_be_left() -> None:
    """A caller that wants the text gets it."""
    value, _ = parse(dumps({"a": LONG}), full_text=True)
    assert value == {"a": LONG}


@settings(max_examples=60)
@given(st.lists(st.text(max_size=5) | st.just(LONG) | st.just(LONG + "!") | st.just('"' + LONG), max_size=4))
@example(['\\"', LONG, "\\\\"])
def test_lifting_changes_nothing_else(texts: list[str]) -> None:
    """The value around a large string stays the same."""
    entries = [text.encode("utf-8", "replace").decode() for text in texts]
    value, faults = parse(dumps({"entries": entries, "k\\": 1}))
    assert faults == ()
    assert [text_fingerprint(entry) for entry in value["entries"]] == [text_fingerprint(entry) for entry in entries]
    assert value["k\\"] == 1


@pytest.mark.parametrize("tail", [b"", b"=", b"A", b"QUJD!"])
def test_a_long_text_that_is_no_base64_stays(tail: bytes) -> None:
    """Only base64 that decodes is extracted; other text stays to be judged."""
    value, _ = parse(b'{"a":"' + LONG.encode() + tail + b'"}')
    assert isinstance(value["a"], LargeString) == (tail == b"")


def test_a_text_cannot_pass_for_a_lifted_one() -> None:
    """The key of a large string in a body is ordinary text where no string was extracted."""
    value, faults = parse(b'{"a":"\\u0000lifted 0"}')
    assert (value, faults) == ({"a": "\x00lifted 0"}, ())


def test_invalid_utf8_in_a_picture_frame() -> None:
    """A broken byte beside a long picture is named, and the rest is read."""
    value, faults = parse(b'{"a":"' + LONG.encode() + b'","b":"\xe9"}')
    assert [fault.rule for fault in faults] == ["stream.framing.utf8"]
    assert value["b"] == "\ufffd"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_or_a_fault(data: bytes) -> None:
    """No input raises, and data that is not JSON has a fault."""
    value, faults = parse(data)
    assert all(isinstance(fault, ParseFault) for fault in faults)
    assert value is not None or faults or data.strip() == b"null"
