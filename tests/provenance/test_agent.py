"""The signed agent is held against the model that was asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.provenance import Agent, Drawn, Generation, Provenance, drawn_by


def made_by(agent: Agent, issuer: str = "OpenAI OpCo, LLC") -> Provenance:
    """Make what a manifest says, by one agent."""
    return Provenance("OpenAI Media Service API", issuer, "OpenAI Media Service", (agent,))


@pytest.mark.parametrize(
    ("asked", "agent", "drawn"),
    [
        ("1.5", Agent("gpt-image", "pre-2.0"), Drawn.AS_ASKED),
        ("1", Agent("gpt-image", "pre-2.0"), Drawn.AS_ASKED),
        ("2", Agent("gpt-image", "pre-2.0"), Drawn.OTHER),
        ("2", Agent("gpt-image", "2.0"), Drawn.AS_ASKED),
        ("2", Agent("gpt-image", "2.1.3"), Drawn.UNKNOWN),
        ("2", Agent("gpt-image", "2.0.1"), Drawn.AS_ASKED),
        ("2.5", Agent("gpt-image", "2.0"), Drawn.OTHER),
        ("2", Agent("gpt-image", "3"), Drawn.OTHER),
        ("1.5", Agent("gpt-image", "1"), Drawn.OTHER),
        ("1.5", Agent("gpt-image", "2.0"), Drawn.OTHER),
        ("2", Agent("gpt-image", "latest"), Drawn.UNKNOWN),
        ("2", Agent("gpt-image"), Drawn.UNKNOWN),
        ("1", Agent("GPT-4o"), Drawn.UNKNOWN),
        ("2", Agent("DALL·E"), Drawn.OTHER),
        ("2", Agent("a name of next year"), Drawn.UNKNOWN),
    ],
)
def test_generations_are_compared(asked: str, agent: Agent, drawn: Drawn) -> None:
    """Recorded and possible names, against what was asked for."""
    generation = Generation.read(asked)
    assert generation is not None
    assert drawn_by(made_by(agent), generation) is drawn


def test_another_vendors_signature_is_another_model() -> None:
    """A picture signed for another vendor was not drawn by a GPT image model."""
    signed = made_by(Agent("Adobe Firefly"), issuer="Adobe Inc.")
    assert drawn_by(signed, Generation(2)) is Drawn.OTHER


def test_a_manifest_without_agents_tells_nothing() -> None:
    """No agent, no answer."""
    assert drawn_by(Provenance("API", "OpenAI", ""), Generation(2)) is Drawn.UNKNOWN


@given(st.integers(0, 999), st.integers(0, 999))
def test_a_generation_reads_back(major: int, minor: int) -> None:
    """What is written as major and minor is read so; `pre-` is no generation of a model."""
    assert Generation.read(f"{major}.{minor}") == Generation(major, minor)
    assert Generation.read(f"pre-{major}.{minor}") is None


@pytest.mark.parametrize("text", ["dall-e", "", "2.x", "-1", "2."])
def test_what_is_no_generation_is_none(text: str) -> None:
    """Names of other families are not compared."""
    assert Generation.read(text) is None
