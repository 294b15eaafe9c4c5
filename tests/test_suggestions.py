"""Which known name was meant by one that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.gateway.catalogue import catalogue
from gateprobe.suggestions import closest, did_you_mean

NAMES = ("images.generate.n", "images.edit.mask", "images.edit", "xai-router", "openai")


@pytest.mark.parametrize(
    ("word", "first"),
    [
        ("opnai", "openai"),
        ("OpenAI", "openai"),
        ("xai_router", "xai-router"),
        ("images generate n", "images.generate.n"),
        ("images.edit.masks", "images.edit.mask"),
        ("mask", "images.edit.mask"),
    ],
)
def test_the_nearest_name_comes_first(word: str, first: str) -> None:
    """A slip, another case, other signs between the parts, or one telling part of a name lead to it."""
    assert closest(word, NAMES)[0] == first


def test_a_name_without_a_suggestion_ends_with_the_alternative() -> None:
    """Without a similar name, the sentence ends with the caller's alternative."""
    assert did_you_mean("zzz", NAMES, "`gateprobe gateways` lists them") == "`gateprobe gateways` lists them"
    assert did_you_mean("xz", NAMES, "none") == "none"


def test_several_are_joined_as_a_sentence_does() -> None:
    """Up to three names are offered, the last one with an `or`."""
    assert (
        did_you_mean("edit", ["edit.a", "edit.b", "edit.c", "edit.d"], "") == "did you mean edit.a, edit.b or edit.c?"
    )


@given(st.sampled_from(catalogue().ids), st.data())
def test_a_letter_too_few_is_forgiven(name: str, data: st.DataObject) -> None:
    """Every capability is suggested when any one letter of it is missing."""
    at = data.draw(st.integers(0, len(name) - 1))
    assert name in closest(name[:at] + name[at + 1 :], catalogue().ids)


@given(st.text(max_size=200), st.lists(st.text(max_size=40), max_size=20))
def test_nothing_is_offered_that_is_not_known(word: str, known: list[str]) -> None:
    """Suggestions for any word are known names, at most three, each once."""
    names = closest(word, known)
    assert set(names) <= set(known)
    assert len(names) == len(set(names)) <= 3
