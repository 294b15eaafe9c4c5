"""Limits of one attempt: their defaults, those of a link, and a documented time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.capture.bounds.limits import AttemptLimits


def test_the_defaults_are_those_of_the_documents() -> None:
    """A picture may take minutes, and an answer is at most 256 MB, 60,000 lines or 500,000 values."""
    assert AttemptLimits() == AttemptLimits(
        connect=10.0,
        first_byte=200.0,
        silence=150.0,
        total=400.0,
        body=268_435_456,
        lines=60_000,
        values=500_000,
        kept=65_536,
        link_total=60.0,
        link_body=67_108_864,
        retries=2,
        pause=0.5,
        longest_pause=60.0,
        cooldown=30.0,
        leave=0,
    )


def test_a_link_is_given_less() -> None:
    """A file that is there begins in half a minute, is over in one, and has at most 64 MB; stricter limits stay."""
    usual = AttemptLimits()
    assert usual.for_links() == replace(usual, first_byte=30.0, silence=20.0, total=60.0, body=67_108_864)
    strict = AttemptLimits(first_byte=3.0, silence=2.0, total=5.0, body=1000)
    assert strict.for_links() == strict
    longer = AttemptLimits(link_total=300.0, link_body=100_000_000).for_links()
    assert (longer.first_byte, longer.silence, longer.total, longer.body) == (150.0, 100.0, 300.0, 100_000_000)


@pytest.mark.parametrize(
    ("limits", "documented", "first_byte", "total"),
    [
        (AttemptLimits(), None, 200.0, 400.0),
        (AttemptLimits(), 100.0, 200.0, 400.0),
        (AttemptLimits(), 300.0, 300.0, 400.0),
        (AttemptLimits(), 600.0, 600.0, 600.0),
        (AttemptLimits(first_byte=8.0), 600.0, 8.0, 400.0),
        (AttemptLimits(total=8.0), 600.0, 200.0, 8.0),
    ],
)
def test_a_documented_time_extends_the_usual_ones(
    limits: AttemptLimits, documented: float | None, first_byte: float, total: float
) -> None:
    """It never shortens a limit, and leaves one that the user set."""
    extended = limits.extended(documented)
    assert (extended.first_byte, extended.total) == (first_byte, total)
    assert replace(extended, first_byte=limits.first_byte, total=limits.total) == limits
