"""Recorded traffic judged: no false alarm on what OpenAI and Azure sent, and every oddity of others by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from gateprobe.model import Level, Strictness
from gateprobe.stream import Framing, at_strictness, judge_body_bytes, judge_stream
from tests.support.evidence.recordings import needed, recordings, streams

if TYPE_CHECKING:
    from gateprobe.stream import Violation
    from tests.support.evidence.recordings import Recording

pytestmark = needed

BODIES: Final = [r for r in recordings() if not r.stream and r.is_reference]
OTHERS: Final = {r.id: r for r in recordings() if not r.is_reference}

DEFENDED: Final = {
    "stream.event_names.missing": "the framing of these recordings was rebuilt from events (fidelity events-only)",
    "stream.schema.expected": "an early recording without logprobs, a trimmed one, answers before the image metadata",
    "stream.body.schema": "642 is a chat completion, filed under /responses",
    "stream.body.expected": "bodies of servers behind OpenAI's name, trimmed bodies, early image answers",
    "stream.schema.picture": "pictures were replaced by one of 1x1 pixels, or shortened, by hand",
    "stream.sequence_number.everywhere": "recorded before 2025-06, when events got numbers",
    "stream.sequence_number.gap": "231 was trimmed by hand",
    "stream.output_index.gap": "231 was trimmed by hand",
    "stream.final_agrees.deltas": "231 and 234 were trimmed by hand, as their notes say",
    "stream.order.second_response": "232, 236 and 258 hold several responses, one after another, as their notes say",
    "stream.order.resumed": "189 was resumed after event 0 of a background response",
    "stream.order.interleaved": "195 was edited by hand: done events of MCP items were taken out",
    "stream.order.unfinished": "195 was edited by hand: done events of MCP items were taken out",
    "stream.ids_stable.call": "219: OpenAI's own client tool search changes its call_id",
    "stream.body.times": "331 and 332 have 0 in place of the time, which their recorder took out",
    "stream.body.usage": "none was seen to add up wrongly",
}
"""Every rule at level should that authentic recordings break, and why the rule stands all the same."""


def judged(recording: Recording) -> tuple[Violation, ...]:
    """Judge a recording as `gateprobe check` does."""
    if recording.stream:
        return judge_stream(recording.kind, recording.body, framing=Framing.RECORDED).violations
    return tuple(judge_body_bytes(recording.kind, recording.body, framing=Framing.RECORDED))


@pytest.mark.parametrize("reading", Strictness)
@pytest.mark.parametrize("recording", streams(), ids=lambda recording: recording.id)
def test_no_must_on_an_authentic_stream(recording: Recording, reading: Strictness) -> None:
    """Answers of OpenAI and Azure break no must at either strictness; each should is a documented exception."""
    violations = at_strictness(judged(recording), reading)
    assert [v for v in violations if v.level is Level.MUST] == []
    assert {v.rule for v in violations if v.level is Level.SHOULD} <= DEFENDED.keys()


@pytest.mark.parametrize("recording", BODIES, ids=lambda recording: recording.id)
def test_no_must_on_an_authentic_body(recording: Recording) -> None:
    """The same for answers that were not streamed."""
    violations = judged(recording)
    assert [v.message for v in violations if v.level is Level.MUST] == []
    assert {v.rule for v in violations if v.level is Level.SHOULD} <= DEFENDED.keys()


@pytest.mark.parametrize(
    ("provider", "rules", "of"),
    [
        ("openrouter", {"stream.event_names.missing", "stream.done_marker.present"}, 6),
        ("github-copilot", {"stream.ids_stable.item", "stream.ids_stable.response", "stream.final_agrees.items"}, 3),
        ("openai-chatgpt-codex", {"stream.final_agrees.empty"}, 9),
        ("openai (imitated)", {"stream.framing.json", "stream.framing.blank_line"}, 2),
    ],
)
def test_the_oddity_of_a_provider_is_named(provider: str, rules: set[str], of: int) -> None:
    """Each recording of such a provider breaks exactly its known rules."""
    recordings = [r for r in OTHERS.values() if r.provider == provider and r.stream]
    assert len(recordings) == of
    for recording in recordings:
        assert rules <= {violation.rule for violation in judged(recording)}


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("242", {"stream.no_foreign_events.undocumented", "stream.order.opened"}),
        ("272", {"stream.final_agrees.deltas"}),
        ("288", {"stream.framing.comment", "stream.order.interleaved", "stream.final_agrees.items"}),
        ("223", {"stream.order.unfinished"}),
        ("333", {"stream.body.schema"}),
        ("421", {"stream.body.schema"}),
        ("389", {"stream.body.schema"}),
        ("537", {"stream.body.schema"}),
        ("536", {"stream.body.expected"}),
    ],
)
def test_single_oddities_are_named(name: str, rules: set[str]) -> None:
    """Bedrock's own events, LM Renderer's lost deltas, changing ids, a hand-written stream, xAI and Gemini bodies."""
    assert rules <= {violation.rule for violation in judged(OTHERS[name])}


def test_most_streams_of_others_are_clean() -> None:
    """Streams of XAI and DeepSeek break no must."""
    clean = [r for r in OTHERS.values() if r.stream and r.provider in {"xai", "deepseek"}]
    assert len(clean) == 21
    assert [r.id for r in clean if any(v.level is Level.MUST for v in judged(r))] == []
