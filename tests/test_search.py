"""The search for the smallest example that fails: drawn from a seed and shrunk, the same in every process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from gateprobe.evidence import Exchange
from gateprobe.plan.oddities import odd_inputs
from gateprobe.plan.sizes import Size, illegal_sizes
from gateprobe.request import JsonBody, Request
from gateprobe.search import SearchLimits, Trial, TrialOutcome, search
from tests.support.evidence.playing import Answer, exchange

ROOMY = SearchLimits(drawn=8, shrunk=60, pictures=60)


def _searched(
    strategy: st.SearchStrategy[object],
    seed: str,
    fails: Callable[[object], bool],
    limits: SearchLimits = ROOMY,
) -> list[tuple[object, bool]]:
    """Return the examples that a search tried, with whether each failed."""
    tried: list[tuple[object, bool]] = []

    def trial(example: object) -> Trial:
        answer: Exchange = yield Request("POST", "/images/generations", JsonBody({"value": str(example)}))
        tried.append((example, fails(example)))
        return TrialOutcome(fails=tried[-1][1], billed=fails(example) and answer.ok)

    steps = search(strategy, seed, trial, limits)
    try:
        request = next(steps)
        while True:
            assert isinstance(request, Request)
            request = steps.send(exchange(request, Answer({})))
    except StopIteration:
        return tried


def _is_long(example: object) -> bool:
    return isinstance(example, Size) and example.width > 3840


def test_nothing_fails_and_the_stated_number_is_drawn() -> None:
    """Where every example passes, as many are tried as may be drawn, each once."""
    tried = _searched(illegal_sizes(), "1", lambda _: False)
    assert len(tried) == len({str(size) for size, _ in tried}) == ROOMY.drawn


@pytest.mark.parametrize("seed", ["1", "4", "5", "6"])
def test_the_last_that_failed_is_the_smallest(seed: str) -> None:
    """A fault that only shows for some sizes is shrunk to the smallest size that shows it, which was tried last."""
    tried = _searched(illegal_sizes(), seed, _is_long)
    failed = [str(size) for size, fails in tried if fails]
    assert failed[-1] == "3856x1296"
    assert len(failed) > 1


@pytest.mark.parametrize("seed", [str(number) for number in range(6)])
def test_an_option_is_named_alone(seed: str) -> None:
    """Of a handful of odd values, what makes no difference is left out."""
    tried = _searched(odd_inputs(), seed, lambda case: isinstance(case, dict) and "quality" in case)
    assert [case for case, fails in tried if fails][-1] == {"quality": "ultra"}


def test_the_seed_decides() -> None:
    """The same seed tries the same examples; another seed tries others."""
    first, again, other = (_searched(illegal_sizes(), seed, _is_long) for seed in ("6", "6", "7"))
    assert first == again
    assert first != other


@pytest.mark.slow
def test_another_process_draws_the_same() -> None:
    """A run that is resumed draws what it drew before, whatever other modules are loaded."""
    code = (
        "import email, json, tests.support.loopback, tests.test_search as tests\n"
        "print([str(size) for size, _ in tests._searched(tests.illegal_sizes(), '6', tests._is_long)])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    assert result.stdout.strip() == str([str(size) for size, _ in _searched(illegal_sizes(), "6", _is_long)])


def test_shrinking_is_bounded() -> None:
    """After the first example that fails, no more are tried than shrinking may take."""
    tried = _searched(illegal_sizes(), "6", _is_long, SearchLimits(drawn=8, shrunk=2, pictures=60))
    assert [fails for _, fails in tried].index(True) == len(tried) - 3


def test_pictures_are_bounded() -> None:
    """The search ends after as many pictures as may be billed."""
    tried = _searched(illegal_sizes(), "6", _is_long, SearchLimits(drawn=8, shrunk=60, pictures=2))
    assert [fails for _, fails in tried].count(True) == 2


def test_an_answer_that_decides_nothing_ends_the_search() -> None:
    """Where an obstacle comes, nothing more is asked."""

    def trial(_: Size) -> Trial:
        yield Request("GET", "/models")
        return None

    steps = search(illegal_sizes(), "1", trial, ROOMY)
    request = next(steps)
    assert isinstance(request, Request)
    with pytest.raises(StopIteration):
        steps.send(exchange(request, Answer({})))


def test_no_file_is_left_behind(tmp_path: Path) -> None:
    """Hypothesis writes no cache where gateprobe was started."""
    code = "import tests.test_search as tests; tests._searched(tests.illegal_sizes(), '6', tests._is_long)"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment)  # noqa: S603 - ours
    assert not list(tmp_path.iterdir())
