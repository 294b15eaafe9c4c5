"""What is asked of an image model depends on its generation, read from the table of facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateprobe.gateway import Gateway, Models
from gateprobe.gateway.modelfacts import known_models
from gateprobe.model import Json, Observed
from gateprobe.plan.planning import Item
from gateprobe.plan.sizes import LEGAL_EDGES, is_drawn
from gateprobe.probe import PROBES
from gateprobe.scenario import SCENARIOS, ScenarioRun
from tests.support.evidence import misdeeds as bad
from tests.support.evidence.painter import honest
from tests.support.evidence.playing import GATEWAY, judged, module, offering, refusal

SIZES = "images.generate.size"
QUALITIES = "images.generate.quality"


def _of(image: str, **claims: tuple[Json, ...]) -> Gateway:
    named = {name.replace("__", "."): values for name, values in claims.items()}
    return replace(offering(named), models=Models("gpt-5.5", image))


def _asked(probe: str, gateway: Gateway) -> tuple[Json, ...]:
    return PROBES[probe].values_for(gateway)


@pytest.mark.parametrize("image", ["gpt-image-2", "openai/gpt-image-2.5-flare", "somebody-elses"])
def test_a_model_with_the_rule_is_asked_by_the_rule(image: str) -> None:
    """Sizes on each limit, the largest one, and seven that break a limit: so too of a model that nobody knows."""
    gateway = _of(image)
    assert all(is_drawn(str(size)) for size in _asked("size_within_rule_is_drawn", gateway))
    assert _asked("size_within_rule_is_drawn", gateway) == LEGAL_EDGES
    assert _asked("drawn_size_within_rule_is_honoured", gateway) == (None,)
    assert _asked("largest_size_is_drawn", gateway) == (None,)
    assert _asked("invalid_size_is_refused", gateway)[:2] == ("512x512", "1000x1000")


@pytest.mark.parametrize("image", ["gpt-image-1", "gpt-image-1.5", "chatgpt-image-latest", "dall-e-3"])
def test_a_model_with_a_list_is_not_asked_by_the_rule(image: str) -> None:
    """A model that draws listed sizes is not asked for others, and ought to refuse one that the rule would allow."""
    gateway = _of(image)
    assert _asked("size_within_rule_is_drawn", gateway) == ()
    assert _asked("largest_size_is_drawn", gateway) == ()
    assert "2048x1152" in _asked("invalid_size_is_refused", gateway)


def test_a_size_that_a_model_draws_is_not_called_invalid() -> None:
    """dall-e-2 draws 512x512, which breaks gpt-image-2's rule."""
    assert "512x512" not in _asked("invalid_size_is_refused", _of("dall-e-2"))


@pytest.mark.parametrize("image", known_models())
def test_no_model_is_asked_to_draw_what_it_should_refuse(image: str) -> None:
    """Of no model is one size both asked for and held to be invalid."""
    gateway = replace(
        _of(image), claims=offering({SIZES: ("512x512", "1024x1536", "2048x1152", "3840x2160", "auto")}).claims
    )
    drawn = {
        *_asked("size_is_honoured", gateway),
        *_asked("larger_size_is_honoured", gateway),
        *_asked("size_within_rule_is_drawn", gateway),
    }
    assert drawn & set(_asked("invalid_size_is_refused", gateway)) == set()


@pytest.mark.parametrize(
    ("image", "asked"), [("gpt-image-2", ("high",)), ("gpt-image-2.5-flare", ("high", "max")), ("new", ("high", "max"))]
)
def test_a_quality_is_asked_of_models_that_have_it(image: str, asked: tuple[str, ...]) -> None:
    """A vendor's list of qualities is asked as far as the model has them; of a model that nobody knows, all of it."""
    gateway = replace(_of(image), claims=offering({QUALITIES: ("low", "medium", "high", "max")}).claims)
    assert _asked("costlier_quality_is_reported", gateway) == asked


@pytest.mark.parametrize(
    ("image", "sent", "images"),
    [("gpt-image-2", "high", 0), ("gpt-image-1.5", "high", 1), ("gpt-image-1-mini", "low", 1), ("new", "high", 0)],
)
def test_fidelity_is_asked_as_the_model_takes_it(image: str, sent: str, images: int) -> None:
    """The mini takes low alone; a model that refuses the parameter costs nothing, and is planned so."""
    gateway = _of(image)
    (value,) = _asked("input_fidelity_is_taken", gateway)
    (scenario_run,) = Item(PROBES["input_fidelity_is_taken"], gateway, value).scenario_runs
    request: Any = next(ScenarioRun(SCENARIOS["edit_with_fidelity"], value).start(gateway))
    (field,) = [part.data.decode() for part in request.body.parts if part.name == "input_fidelity"]
    assert (field, scenario_run.images, request.images) == (sent, images, images)


@pytest.mark.parametrize(
    ("image", "observed"),
    [("gpt-image-2", Observed.HONOURED), ("gpt-image-1.5", Observed.REFUSED), ("new", Observed.HONOURED)],
)
def test_a_refused_transparency_is_right_where_the_model_may_refuse(image: str, observed: Observed) -> None:
    """gpt-image-2 may refuse a transparent background; gpt-image-1.5 draws it, so its refusal is the gateway's."""
    record = judged("transparency_is_refused_or_drawn", honest, gateway=_of(image))
    assert record.observed is observed, record.reason


@pytest.mark.parametrize(
    ("image", "observed"), [("gpt-image-2", Observed.HONOURED), ("gpt-image-1.5", Observed.REFUSED)]
)
def test_the_tool_is_judged_by_its_model_too(image: str, observed: Observed) -> None:
    """The image tool's refusal of transparency is right where the model that it names may refuse."""
    refusing = bad.always(refusal("Transparent background is not supported.", "tools[0].background"))
    record = judged("transparent_is_refused_or_drawn", refusing, gateway=_of(image))
    assert record.observed is observed, record.reason


def test_nothing_is_known_of_a_strange_name() -> None:
    """A hostile or odd model name in a request is a strange model, and no error."""
    transparency: Callable[[Json], Any] = module("support.generation").transparency
    assert [transparency(name) for name in (None, 7, "", "gpt-image-2-all", GATEWAY.models.text)] == [None] * 5
