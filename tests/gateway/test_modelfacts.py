"""What is known of image models, and when they end."""

from __future__ import annotations

from datetime import date

import pytest

from gateprobe.gateway import find, known
from gateprobe.gateway.modelfacts import (
    ModelFacts,
    Transparency,
    facts_of,
    generation_of,
    generations,
    known_models,
)


def _known(model: str) -> ModelFacts:
    facts = facts_of(model)
    assert facts is not None
    return facts


def test_a_snapshot_is_its_model() -> None:
    """A dated name, and one with a vendor's prefix, have the facts of the model itself."""
    assert facts_of("gpt-image-2-2026-04-21") == facts_of("openai/gpt-image-2") == facts_of("gpt-image-2")


@pytest.mark.parametrize("model", ["gpt-image-2-all", "gpt-image-20", "grok-imagine-image", ""])
def test_nothing_is_assumed_of_a_strange_model(model: str) -> None:
    """A name that resembles a model is not that model."""
    assert facts_of(model) is None


@pytest.mark.parametrize(
    ("today", "sentence"),
    [
        ("2026-10-01", ""),
        (
            "2026-10-02",
            "gpt-image-1.5 will be shut down on 2026-12-01, in 60 days; gpt-image-2.6-sunburst takes its place.",
        ),
        (
            "2026-11-30",
            "gpt-image-1.5 will be shut down on 2026-12-01, in 1 day; gpt-image-2.6-sunburst takes its place.",
        ),
        ("2026-12-01", "gpt-image-1.5 was shut down on 2026-12-01; gpt-image-2.6-sunburst takes its place."),
    ],
)
def test_an_end_is_told_in_time(today: str, sentence: str) -> None:
    """A model that ends is warned of sixty days before, and called gone from the day of its end."""
    assert _known("gpt-image-1.5").ending(date.fromisoformat(today)) == sentence


def test_a_model_without_an_end_is_never_warned_of() -> None:
    """No day makes gpt-image-2 end."""
    assert _known("gpt-image-2").ending(date.max) == ""


def test_what_depends_on_the_generation() -> None:
    """Transparency, sizes, fidelity and quality steps differ as the documents say."""
    first, second, third = map(_known, ("gpt-image-1", "gpt-image-2", "gpt-image-2.5-flare"))
    assert [facts.transparent for facts in (first, second, third)] == [
        Transparency.DRAWN,
        Transparency.PREVIEW,
        Transparency.DRAWN,
    ]
    assert (first.sizes, second.sizes) == (("1024x1024", "1536x1024", "1024x1536"), None)
    assert (first.input_fidelity, second.input_fidelity) == (("high", "low"), ())
    assert set(third.qualities) - set(second.qualities) == {"xhigh", "max"}


def test_every_successor_is_known_and_stays() -> None:
    """What is suggested instead of a model that ends is in the table and does not end itself."""
    for name in known_models():
        facts = _known(name)
        assert (facts.shutdown is None) == (facts.successor is None)
        assert facts.successor is None or _known(facts.successor).shutdown is None
        assert facts.sources


def test_no_gateway_file_names_a_model_that_is_gone() -> None:
    """No file that ships names a model that is shut down or about to be."""
    today = date(2026, 12, 1)
    assert [name for name in known() if (facts := facts_of(find(name).models.image)) and facts.ending(today)] == []


def test_every_generation_has_a_price_and_a_source() -> None:
    """What a generation costs follows from factors or from prices of pictures, and each has its source."""
    for generation in generations().values():
        assert generation.sources
        assert bool(generation.factors) != bool(generation.pictures)


@pytest.mark.parametrize("name", known_models())
def test_every_model_has_a_generation(name: str) -> None:
    """The generation of each model is in the table; a vendor's own model counts as gpt-image-2."""
    assert generation_of(name).id == _known(name).generation
    assert generation_of("vendor-own").id == "2"
