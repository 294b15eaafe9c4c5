"""One fault of a stream is reported once: a violation that follows from another one is recognised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.message import message
from gateprobe.model import Level, Strictness
from gateprobe.stream import RULES, Violation
from gateprobe.stream.causes import FOLLOWS, FOLLOWS_AT, cause_of


def violation_of(rule: str, event: int | None = 3) -> Violation:
    """Return a violation of a rule."""
    return Violation(rule, Level.MUST, Strictness.STRICT, event, None, message("x"))


def test_a_lost_event_explains_a_gap() -> None:
    """A frame that is no JSON takes an event away, so the numbers jump."""
    cause = violation_of("stream.framing.json")
    assert cause_of(violation_of("stream.sequence_number.gap", 5), [cause]) is cause


def test_an_independent_violation_has_no_cause() -> None:
    """Numbers that repeat do not follow from a frame that cannot be read, and a missing end never does."""
    for rule in ("stream.sequence_number.repeated", "stream.terminal.missing", "stream.framing.utf8"):
        assert cause_of(violation_of(rule), [violation_of("stream.framing.json"), violation_of(rule)]) is None


def test_an_unnumbered_event_of_another_protocol_is_foreign_and_nothing_else() -> None:
    """Other violations of the same event follow from it; violations of another event do not."""
    foreign = violation_of("stream.no_foreign_events.foreign", 1)
    assert cause_of(violation_of("stream.sequence_number.absent", 1), [foreign]) is foreign
    assert cause_of(violation_of("stream.sequence_number.absent", 2), [foreign]) is None


def test_a_spliced_stream_is_the_cause_of_its_repeated_indices() -> None:
    """Of two causes that explain each other, the first of the table counts."""
    spliced, repeated = violation_of("stream.order.spliced"), violation_of("stream.output_index.repeated")
    assert cause_of(spliced, [repeated, spliced]) is None
    assert cause_of(repeated, [repeated, spliced]) is spliced


@given(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=8))
def test_one_violation_of_a_stream_has_no_cause(rules: list[str]) -> None:
    """However many rules are broken, at least one of them is no consequence."""
    violations = [violation_of(rule) for rule in rules]
    assert any(cause_of(violation, violations) is None for violation in violations)


def test_the_table_speaks_of_rules_that_there_are() -> None:
    """Each cause is a rule, and each consequence is a rule or a capability that has rules."""
    names = RULES.keys() | {rule.capability for rule in RULES.values()}
    for table in (FOLLOWS, FOLLOWS_AT):
        for rule, consequences in table.items():
            assert rule in RULES
            assert consequences <= names
