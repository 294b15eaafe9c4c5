"""Gateway files that are drawn: what is written loads to the same gateway."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.gateway import (
    Baseline,
    Document,
    Gateway,
    KeyRule,
    Limits,
    Models,
    Paths,
    Prices,
    ResponsesBaseline,
    TokenPrices,
    dumps,
    loads,
)
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.write import toml

WORDS = st.text(min_size=1, max_size=20).filter(lambda word: word.strip() != "")
NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,9}", fullmatch=True)
MONEY = st.floats(0, 1000, allow_nan=False).filter(lambda price: str(price) != "-0.0")
COUNTS = st.none() | st.integers(1, 10**9)
JSON = st.recursive(
    st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.text(max_size=9), JSON, max_size=3)
DATES = st.sampled_from(["2026", "2026-05", "2026-05-08", "2025-12-31"])
DOCUMENTS = st.dictionaries(
    NAMES,
    st.builds(Document, WORDS, DATES, st.just("zh"), st.none() | st.just("https://example.com/ä"), st.booleans()),
    min_size=1,
    max_size=3,
)
PATHS = st.none() | st.from_regex(r"/[a-z{}_]{0,9}", fullmatch=True)
HEADERS = st.dictionaries(st.from_regex(r"[a-z-]{1,9}", fullmatch=True), st.text(max_size=9), max_size=2)
BASELINES = st.builds(
    Baseline,
    st.builds(Paths, PATHS, PATHS, PATHS, PATHS),
    HEADERS,
    HEADERS,
    st.builds(
        ResponsesBaseline, st.none() | WORDS, st.sampled_from(["string", "list"]), st.booleans(), st.booleans(), BODIES
    ),
    BODIES,
    BODIES,
    st.sampled_from(["json", "multipart"]),
)
TOKENS = st.builds(TokenPrices, *[st.none() | MONEY] * 4)
TABLE = st.dictionaries(
    st.sampled_from(["low", "high", "any"]),
    st.dictionaries(st.sampled_from(["1024x1024", "2K", "auto", "any"]), MONEY, max_size=3),
    max_size=2,
)
VALUES = {
    "none": st.just([]),
    "counts": st.lists(st.integers(0, 20), unique=True, max_size=4),
    "sizes": st.lists(st.sampled_from(["1024x1024", "auto", "4K"]), unique=True),
    "durations": st.just([{"quality": "low", "seconds": [1.5, 20]}, {"seconds": [0, 3]}]),
    "names": st.lists(WORDS, unique=True, max_size=3),
}


@st.composite
def gateways(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the data of a gateway file that the schema passes."""
    documents = draw(DOCUMENTS)
    keys = sorted(documents)
    ids = [name for name in catalogue().ids if catalogue()[name].form in VALUES]
    rows = []
    for capability in draw(st.lists(st.sampled_from(ids), max_size=6)):
        row: dict[str, Any] = {"capability": capability, "stance": draw(st.sampled_from(["offered", "declined"]))}
        row["document"], row["quote"] = draw(st.sampled_from(keys)), draw(WORDS)
        if draw(st.booleans()):
            row |= {"manner": draw(st.text(max_size=9)), "truncated": draw(st.booleans())}
            row |= {"refusal_status": [500], "values": draw(VALUES[catalogue()[capability].form])}
        rows.append(row)
    gateway = Gateway(
        name=draw(NAMES),
        title=draw(WORDS),
        about=draw(st.text(max_size=20)),
        base_url="http://127.0.0.1:9/v1",
        key=draw(st.builds(KeyRule, st.just("K_1"), st.just("api-key"), st.sampled_from(["", "Bearer"]))),
        models=Models.of(draw(WORDS), draw(st.lists(WORDS, min_size=1, max_size=3))),
        baseline=draw(BASELINES),
        documents=documents,
        prices=draw(st.builds(Prices, st.sampled_from(keys), TABLE, TOKENS, TOKENS)),
        limits=draw(st.builds(Limits, st.sampled_from(keys), *[COUNTS] * 2, st.none() | st.floats(0.1, 600))),
    )
    return {**tomllib.loads(dumps(gateway)), "claims": rows}


@pytest.mark.slow
@given(gateways())
def test_what_is_written_loads_to_the_same(data: dict[str, Any]) -> None:
    """A gateway that is written and read again is the same gateway."""
    gateway = loads(toml(copy.deepcopy(data)))
    assert loads(dumps(gateway)) == gateway


@given(st.dictionaries(st.text(max_size=9), JSON, max_size=4))
def test_toml_is_read_as_it_was_written(data: dict[str, Any]) -> None:
    """Any data written as TOML is what a TOML reader reads."""
    assert tomllib.loads(toml(data)) == data
