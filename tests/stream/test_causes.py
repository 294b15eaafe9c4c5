"""One fault of a stream is told once: what follows from it is known to."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateprobe.model import Level, Reading
from gateprobe.stream import RULES, Violation
from gateprobe.stream.causes import FOLLOWS, FOLLOWS_AT, cause_of


def broken(rule: str, event: int | None = 3) -> Violation:
    """Make a violation of a rule."""
    return Violation(rule, Level.MUST, Reading.STRICT, event, None, "x")


def test_a_lost_event_explains_a_gap() -> None:
    """A frame that is no JSON takes an event away, so the numbers jump."""
    cause = broken("stream.framing.json")
    assert cause_of(broken("stream.sequence_number.gap", 5), [cause]) is cause


def test_a_fault_of_its_own_stands_for_itself() -> None:
    """Numbers that repeat do not follow from a frame that cannot be read, and a missing end never does."""
    for rule in ("stream.sequence_number.repeated", "stream.terminal.missing", "stream.framing.utf8"):
        assert cause_of(broken(rule), [broken("stream.framing.json"), broken(rule)]) is None


def test_an_unnumbered_event_of_another_protocol_is_foreign_and_nothing_else() -> None:
    """What the same event breaks besides follows; what another event breaks does not."""
    foreign = broken("stream.no_foreign_events.foreign", 1)
    assert cause_of(broken("stream.sequence_number.absent", 1), [foreign]) is foreign
    assert cause_of(broken("stream.sequence_number.absent", 2), [foreign]) is None


def test_a_spliced_stream_is_told_as_spliced() -> None:
    """Of two causes that name each other's consequences, the first of the table stands."""
    spliced, repeated = broken("stream.order.spliced"), broken("stream.output_index.repeated")
    assert cause_of(spliced, [repeated, spliced]) is None
    assert cause_of(repeated, [repeated, spliced]) is spliced


@given(st.lists(st.sampled_from(sorted(RULES)), min_size=1, max_size=8))
def test_something_always_stands_for_itself(rules: list[str]) -> None:
    """However many rules are broken, at least one of them is no consequence."""
    violations = [broken(rule) for rule in rules]
    assert any(cause_of(one, violations) is None for one in violations)


def test_the_table_speaks_of_rules_that_there_are() -> None:
    """Each cause is a rule, and each beginning begins at least one."""
    for table in (FOLLOWS, FOLLOWS_AT):
        for rule, beginnings in table.items():
            assert rule in RULES
            assert all(any(name.startswith(one) for name in RULES) for one in beginnings)
