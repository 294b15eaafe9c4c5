"""Items are selected by name, capability or glob, or by an expression as pytest takes it."""

from __future__ import annotations

import pytest

from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.errors import UsageError
from gateprobe.gateway import reference
from gateprobe.plan.planning import first_path

ITEMS = all_items([reference()], Settings())


def selected(*patterns: str, expression: str = "") -> set[str]:
    """Return the probes that a filter selects."""
    return {item.probe.id for item in ItemFilter(patterns, expression)(ITEMS)}


@pytest.mark.parametrize(
    ("pattern", "field"),
    [("models.list", "capability"), ("models_are_listed", "id")],
)
def test_a_name_selects_exactly_itself(pattern: str, field: str) -> None:
    """A capability selects its probes, a probe itself, and nothing that only contains the name."""
    chosen = ItemFilter((pattern,))(ITEMS)
    assert chosen
    assert {getattr(item.probe, field) for item in chosen} == {pattern}


def test_a_glob_selects_a_surface() -> None:
    """`images.edit.*` selects the capabilities below images.edit, and not images.edit itself."""
    chosen = ItemFilter(("images.edit.*",))(ITEMS)
    assert {item.probe.capability.rpartition(".")[0] for item in chosen} == {"images.edit"}


def test_a_value_is_a_name() -> None:
    """An item is named with its value in brackets, which are no glob then."""
    chosen = ItemFilter(("n_is_honoured[2]",))(ITEMS)
    assert [item.id for item in chosen] == ["n_is_honoured[2]@openai"]


def test_several_patterns_add_up() -> None:
    """Each pattern adds its items; the order stays the catalogue's."""
    assert selected("n_is_honoured", "models_are_listed") == {"models_are_listed", "n_is_honoured"}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("models_are_listed", {"models_are_listed"}),
        ("MODELS_ARE_LISTED or n_is_honoured[2]", {"models_are_listed", "n_is_honoured"}),
        ("models.list and not complete", {"models_are_listed"}),
        ("not (not models_are_listed)", {"models_are_listed"}),
    ],
)
def test_expressions_are_pytests(expression: str, expected: set[str]) -> None:
    """Parts of names, `and`, `or`, `not` and parentheses mean what they mean to pytest's -k."""
    assert expected <= selected(expression=expression)
    assert "mask_is_kept_to" not in selected(expression=expression)


@pytest.mark.parametrize("expression", ["a b", "(a", "a()", "a == b", "and", "not", "a if b else c", "('" + "(" * 500])
def test_what_is_no_expression(expression: str) -> None:
    """Whatever else Python could read there is refused in one sentence."""
    with pytest.raises(UsageError, match="is not an expression"):
        selected(expression=expression)


@pytest.mark.parametrize(
    ("patterns", "expression", "hint"),
    [
        (("n_is_honored",), "", "did you mean n_is_honoured"),
        (("images.edit.*", "images.edit.msk"), "", "images.edit.mask"),
        ((), "images.edit.msk", "images.edit.mask"),
        ((), "nothing and like_this", "`gateprobe probes` lists"),
    ],
)
def test_nothing_selected_gets_a_suggestion(patterns: tuple[str, ...], expression: str, hint: str) -> None:
    """A pattern or an expression that selects nothing is refused, with what may have been meant."""
    with pytest.raises(UsageError, match=r"did you mean|lists") as refused:
        ItemFilter(patterns, expression)(ITEMS)
    assert hint in str(refused.value)


@pytest.mark.parametrize(("surface", "other"), [("images", "responses"), ("responses", "images")])
def test_a_surface_leaves_the_other_api_out(surface: str, other: str) -> None:
    """What asks the other API is gone; models, keys and streams of this one stay."""
    narrowed = ItemFilter(surface=surface)(ITEMS)
    families = {item.probe.capability.partition(".")[0] for item in narrowed}
    assert other not in families
    assert {surface, "models"} <= families
    paths = {first_path(item.gateway, run).split("/")[1] for item in narrowed for run in item.scenario_runs}
    assert other not in paths
    assert surface in paths
