"""Several workers, or several shards, give the records and buy the pictures of one audit in one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.plays.personas import personas
from tests.support.plays.scaling_out import Field, bought_otherwise, differing

pytestmark = pytest.mark.slow


def test_workers_and_shards_are_one_audit(tmp_path: Path) -> None:
    """By xdist, and combined from shards: the same records in all fields, and the same pictures by their account."""
    pytest.importorskip("xdist")
    with personas("openai", "ofox") as served:
        field = Field(
            served,
            tmp_path,
            ["-k", "models_are_listed or n_is_honoured or missing_key_is or bogus_key_is", "--seed", "7"],
        )
        first = field.through(field.pytest(), "one")
        ways = {"workers": field.pytest("-n2", "--dist=loadgroup"), "shards": field.shards(2)}
        others = {name: field.through(way, name) for name, way in ways.items()}
    assert sum(account.pictures.total() for account in first.accounts.values()) > 0
    for name, other in others.items():
        assert other.code == first.code, name
        assert list(other.records) == list(first.records), name
        assert not differing(first, other, first.records), name
        assert not bought_otherwise(first, other), name
