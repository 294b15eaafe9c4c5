"""Option values become an audit: time-outs, sizes, bounds and terms."""

from __future__ import annotations

import pytest

from gateprobe.audit.request import read_limits, read_request, read_settings
from gateprobe.capture import AttemptLimits
from gateprobe.errors import UsageError
from gateprobe.model import Tier


def test_nothing_given_is_the_default() -> None:
    """Without values, every time-out and size is what it is by default."""
    assert read_limits({}) == AttemptLimits()
    assert read_settings({}).tier is Tier.NIGHTLY


@pytest.mark.parametrize(
    ("option", "value", "field", "expected"),
    [
        ("connect_timeout", 3, "connect", 3),
        ("first_byte_timeout", 7, "first_byte", 7),
        ("silence_timeout", 5, "silence", 5),
        ("answer_timeout", 900, "total", 900),
        ("max_body", 2, "body", 2 * 1024 * 1024),
        ("max_stream_lines", 10, "lines", 10),
        ("max_json_values", 10, "values", 10),
        ("keep_oversized", 1, "kept", 1024),
        ("link_timeout", 9, "link_total", 9),
        ("max_link_body", 3, "link_body", 3 * 1024 * 1024),
    ],
)
def test_each_limit_is_a_setting(option: str, value: int, field: str, expected: int) -> None:
    """Each option sets its own limit."""
    assert getattr(read_limits({option: value}), field) == expected


def test_no_wait_is_longer_than_a_whole_answer() -> None:
    """A short time-out for the answer bounds every other wait, also a pause that the gateway asks for."""
    limits = read_limits({"answer_timeout": 2})
    assert {limits.connect, limits.first_byte, limits.silence, limits.total, limits.longest_pause} == {2}


def test_what_cannot_be_asked_is_refused() -> None:
    """A need that is no capability, and a shard without a gateway, are refused before anything is sent."""
    with pytest.raises(UsageError, match="did you mean"):
        read_settings({"needs": ["images.generate.m"]})
    with pytest.raises(UsageError, match="contains no gateway"):
        read_request(["oversold"], {"shard": "2/2"}, {})
