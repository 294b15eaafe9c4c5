"""The words of a run: drawn from its seed, alike for one seed, and recognised by the probes."""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from collections.abc import Iterator
from itertools import combinations
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.gateway import reference
from gateprobe.library import PACKAGE, probes
from gateprobe.model import Json, Tier
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.request import FormBody, RawBody, Request
from gateprobe.scenario import ScenarioRun
from gateprobe.wording import FIGURES, OTHER, Phrase, colours
from tests.support.evidence.painter import painted
from tests.support.evidence.playing import Answer, played

probes()
PHRASES: Final = {
    f"{name}.{attribute}": value
    for name, module in sorted(sys.modules.items())
    if name.startswith(PACKAGE) or name == "gateprobe.build"
    for attribute, value in vars(module).items()
    if isinstance(value, Phrase)
}
SEEDS: Final = st.integers(1, 1 << 31)

_PROTOCOL: Final = re.compile(
    r"[a-z0-9_]{0,24}|image\[\]|(?:content|http2|accept|access-control)-[a-z-]+|POST|\d{1,5}x\d{1,5}|gpt-[a-z0-9.-]+"
    r"|/[a-z]+(?:/[a-z]+){0,2}|/models/gpt-.+|response\.create|Upgrade, HTTP2-Settings|AAMAAABkAAQAAP__"
    r"|authorization,content-type|reasoning\.encrypted_content|/responses/resp_1/input_items|additionalProperties|omni-moderation-latest"
)
"""Values that a specification lists: options, sizes, models, endpoints, headers."""


@pytest.mark.parametrize("name", PHRASES)
def test_each_run_says_a_phrase_anew(name: str) -> None:
    """A phrase stands for itself without a seed, is alike for one seed, and has many forms."""
    phrase = PHRASES[name]
    assert phrase.of(0) == str(phrase)
    said = [phrase.of(seed) for seed in range(1, 200)]
    assert said == [phrase.of(seed) for seed in range(1, 200)]
    assert len(set(said)) > 90
    assert all(map(phrase.matches, [phrase, *said]))
    assert not phrase.matches(said[0] + "?!")
    assert phrase.find_in([None, "other", said[0]]) == said[0]
    assert not any("{" in text or "}" in text or "gateprobe" in text for text in said)


@given(SEEDS)
def test_colours_of_a_run_are_measured_ones(seed: int) -> None:
    """Each colour has its windows; a figure that is changed takes the other of its pair."""
    drawn = colours(seed)
    assert drawn.figure in FIGURES
    assert (drawn.new, OTHER[drawn.new]) == (OTHER[drawn.old], drawn.old)


@given(SEEDS)
def test_no_two_words_of_a_run_are_alike(seed: int) -> None:
    """None is part of another: an answer that holds one belongs to its request."""
    words = [Phrase("", f"{{word {number}}}").of(seed) for number in range(32)]
    assert not any(first in second or second in first for first, second in combinations(words, 2))


_PAINTED: Final = base64.b64encode(painted("Draw a red square.", "64x64")).decode()
_ANSWER: Final = Answer({"id": "resp_1", "object": "response", "output": [], "data": [{"b64_json": _PAINTED}]})
"""What everything is answered with: the same picture, which is quick."""


def _texts(value: Json) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, inner in value.items():
                yield name
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)


def _sent(request: Request) -> Iterator[str]:
    """Yield all that a request sends: its path, headers, query, names and texts, and the digests of its files."""
    yield request.path
    for name, value in (*request.headers, *request.query):
        yield from (name, value)
    match request.body:
        case FormBody(parts):
            for part in parts:
                yield part.name
                yield part.data.decode() if part.filename is None else f"sha {hashlib.sha256(part.data).hexdigest()}"
        case RawBody(data):
            yield f"raw {data!r}"
        case _:
            yield from _texts(request.json)


def _asked(runs: tuple[ScenarioRun, ...], seed: int) -> set[str]:
    plays = (played(run.scenario.name, lambda _request: _ANSWER, run.value, reference(), seed) for run in runs)
    return {text for play in plays for exchange in play.exchanges for text in _sent(exchange.request)}


@pytest.mark.slow
def test_two_runs_send_nothing_alike_but_the_protocol() -> None:
    """No prompt, name, id, picture or address is the same in two runs, in any tier; a run asks alike again."""
    runs = scenario_runs_of(items_for(reference(), probes(), Tier.DEEP))
    first, second = (_asked(runs, seed) for seed in (11, 12))
    alike = {text for text in first & second if not _PROTOCOL.fullmatch(text.removesuffix("/resp_1"))}
    assert alike == set()
    assert _asked(runs[::10], 11) <= first
