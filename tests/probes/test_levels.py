"""The level of each probe is defended in one table, and a capability has the level of its highest probe."""

from __future__ import annotations

from docs.tools.levels_page import PAGE, REASONS, page, reason_of
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Level

_ORDER = list(Level)


def test_each_probe_has_a_reason_for_its_level() -> None:
    """No probe is left out of the table, and no reason is left without a probe."""
    assert {id(reason_of(probe)) for probe in probes(relay=True)} == {id(reason) for reason in REASONS}


def test_the_page_is_as_the_table() -> None:
    """`python -m docs.tools.levels_page` writes it."""
    assert PAGE.read_text("utf-8") == page()


def test_a_capability_has_the_level_of_its_highest_probe() -> None:
    """What the catalogue states of a contradiction is what its probes state."""
    highest: dict[str, Level] = {}
    for probe in probes(relay=True):
        level = highest.get(probe.capability, Level.INFO)
        highest[probe.capability] = min(level, probe.level, key=_ORDER.index)
    assert highest == {name: catalogue(relay=True)[name].level for name in highest}


def test_what_lies_about_a_result_is_a_must() -> None:
    """Injected tools, previews equal to the final picture, lost sequence numbers, pictures that are lost."""
    levels = {probe.id: probe.level for probe in probes(relay=True)}
    for name in (
        "no_tool_is_injected",
        "no_other_tool_is_injected",
        "partials_differ",
        "partials_differ_from_the_final_picture",
        "sequence_numbers_rise",
        "three_pictures_by_words",
        "streams_are_not_held_back_whole",
    ):
        assert levels[name] is Level.MUST, name


def test_absent_usage_is_a_should() -> None:
    """A picture without its usage is a picture."""
    assert catalogue()["usage.present"].level is Level.SHOULD
