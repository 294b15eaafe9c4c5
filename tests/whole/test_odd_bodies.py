"""A sample of odd bodies through `check` and the audit; `benchmarks/odd_bodies.py` judges them all."""

from __future__ import annotations

import pytest

from tests.support.evidence.odd_bodies import odd_bodies
from tests.support.evidence.odd_sentences import KINDS, audited, checked, unnamed

NAMES = list(odd_bodies())
FEWEST = 200


def test_there_are_many_bodies() -> None:
    """The corpus has more than two hundred."""
    assert len(NAMES) >= FEWEST


@pytest.mark.parametrize("name", NAMES[::5])
def test_the_form_of_a_body_is_named(name: str) -> None:
    """By `check` with every kind and by the audit, in plain words."""
    sentences = [sentence for kind in KINDS for sentence in checked(name, kind)] + list(audited(name))
    assert [sentence for sentence in sentences if sentence.python] == []
    assert unnamed(name, sentences) == []
