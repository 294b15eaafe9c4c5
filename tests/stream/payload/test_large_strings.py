"""Long strings, lifted out of a frame: pictures and texts, and what has to stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from orjson import dumps

from gateprobe.stream.judge import StreamJudge
from gateprobe.stream.judged import judge_stream
from gateprobe.stream.keywords.grouping import value_fingerprint
from gateprobe.stream.model import AnswerKind
from gateprobe.stream.payload.decoding import parse
from gateprobe.stream.payload.fingerprints import fingerprint
from gateprobe.stream.payload.large_strings import LARGE, LargeString
from gateprobe.wire.sse import decode
from tests.support.evidence.streams import body, text_stream

WORDS = 'A "quick"\n brown\\fox, é 狐 \U0001f98a. '


@settings(max_examples=40)
@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), st.integers(0, 40), st.booleans())
@example(text=WORDS, shift=0, ascii_only=True)
@example(text="\U0001f98a", shift=1, ascii_only=True)
@example(text="\\", shift=1, ascii_only=False)
@example(text='"', shift=7, ascii_only=True)
def test_a_long_text_is_lifted_however_it_is_escaped(text: str, shift: int, ascii_only: bool) -> None:  # noqa: FBT001 - given by hypothesis
    """Its size and fingerprint are those of the text itself, wherever it is cut to be read."""
    whole = "." * shift + " " + text * (2 * LARGE // len(text.encode()) + 1)
    value, faults = parse(json.dumps({"a": whole}, ensure_ascii=ascii_only).encode())
    assert faults == ()
    assert isinstance(value, dict)
    lifted = value["a"]
    assert isinstance(lifted, LargeString)
    assert (lifted.size, lifted.fingerprint) == (len(whole), fingerprint(whole.encode()))
    assert not lifted.picture
    assert whole.encode().startswith(lifted.head)
    assert str(lifted) == f"{whole[:100]}... ({len(whole):,} characters)"


@pytest.mark.parametrize("bad", [b"\\ud83d", b"\xff", b"\x01", b"\\x", b"\\ude00\\ud83d", b"\x80" * 99])
@pytest.mark.parametrize("shift", range(0, 24, 5))
def test_a_text_that_is_no_valid_string_is_judged_as_ever(bad: bytes, shift: int) -> None:
    """A fault that a parser reports is reported in a large string too."""
    filler = b" word" * LARGE
    data = b'{"a":"' + filler[: LARGE - 12 + shift] + bad + filler + b'"}'
    assert parse(data) == parse(data, full_text=True)
    assert parse(data)[1]


def test_a_picture_with_escaped_slashes_stays() -> None:
    """Some JSON writers escape the slash: it is base64 all the same, and is left for the judge of pictures."""
    value, _ = parse(b'{"a":"' + b"QU\\/D" * LARGE + b'"}')
    assert value == {"a": "QU/D" * LARGE}


def test_a_delta_stays() -> None:
    """Its text is needed: it is joined to the deltas before it."""
    value, _ = parse(dumps({"delta": WORDS * LARGE}))
    assert value == {"delta": WORDS * LARGE}


def test_large_strings_are_equal_where_their_texts_are() -> None:
    """Two long texts of one beginning and one length are not taken for each other, alone or inside an object."""
    first, same, other = (parse(dumps({"a": {"b": WORDS * 2000 + end}}))[0]["a"] for end in ("x", "x", "y"))
    assert isinstance(first["b"], LargeString)
    assert str(first["b"]) == str(other["b"])
    assert (first == same, first["b"] != same["b"], hash(first["b"]) == hash(same["b"])) == (True, False, True)
    assert first != other
    assert value_fingerprint(first) == value_fingerprint(same) != value_fingerprint(other)


def _live(events: list[dict[str, Any]]) -> tuple[list[str], tuple[Any, ...]]:
    judge, whole = StreamJudge(AnswerKind.RESPONSES), decode(body(events))
    violations = [violation for frame in whole.frames for violation in judge.feed(frame)] + judge.finish(whole.tail)
    return [violation.rule for violation in violations], tuple(violations)


@pytest.mark.parametrize("deltas", [[WORDS] * 3000, [WORDS * 3000], [WORDS * 1500, "x", WORDS * 1500]])
def test_a_long_text_agrees_with_its_deltas(deltas: list[str]) -> None:
    """In many deltas or in one, nothing is held against it."""
    assert _live(text_stream(deltas))[0] == []


def test_a_long_text_that_lost_a_delta_is_a_violation() -> None:
    """The sentence has both lengths and the stretch in which the texts part; live and whole judgement are the same."""
    events = text_stream([WORDS] * 3000)
    events[2002]["delta"] = WORDS.replace("quick", "quiet")
    rules, violations = _live(events)
    assert rules == ["stream.final_agrees.deltas"]
    at = len(WORDS.encode()) * (2002 - 4) + WORDS.index("ck")
    first, last = at // 16_384 * 16_384, (at // 16_384 + 1) * 16_384
    assert f"they differ first between byte {first:,} and byte {last:,} (" in str(violations[0].message)
    assert violations == judge_stream(AnswerKind.RESPONSES, body(events)).violations


def test_another_long_text_at_the_end_is_a_violation() -> None:
    """The finished part and the final output must repeat the long text to the last byte."""
    events = text_stream([WORDS] * 3000)
    events[-1] = json.loads(json.dumps(events[-1]))
    events[-1]["response"]["output"][0]["content"][0]["text"] = WORDS * 2999 + WORDS[:-1] + "!"
    rules, violations = _live(events)
    assert rules == ["stream.final_agrees.content"]
    assert violations == judge_stream(AnswerKind.RESPONSES, body(events)).violations
