"""Search for the smallest example that fails: hypothesis draws and shrinks, a scenario sends the requests.

Hypothesis calls a function for each example and needs the result at once, while a scenario yields a request and gets
the answer later. So hypothesis starts again after each answer: with the same seed it repeats what it did, up to the
first example whose result is unknown, and that example is asked for next. This needs no thread, and a stored run can be
replayed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar, cast

from gateprobe.evidence import Exchange
from gateprobe.request import Request, Together

if TYPE_CHECKING:
    from hypothesis import strategies as st

Example = TypeVar("Example")

_LOCK: Final = Lock()  # the folder of hypothesis is global


@dataclass(frozen=True, slots=True)
class TrialOutcome:
    """What came of an example: whether it failed, and whether a picture may have been billed for it."""

    fails: bool
    billed: bool


Trial = Generator[Request | Together, Exchange, TrialOutcome | None]
"""Requests out, exchanges in; returns the outcome of one example, or None where the search cannot go on."""


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """The most examples that are drawn, the most that are tried to shrink one, and the most pictures of both."""

    drawn: int
    shrunk: int
    pictures: int


class _UnknownError(BaseException):
    """An example whose result is not known yet; no `Exception`, so that hypothesis does not take it for a failure."""

    def __init__(self, example: object) -> None:
        super().__init__(example)
        self.example = example


def search(
    strategy: st.SearchStrategy[Example], seed: str, trial: Callable[[Example], Trial], limits: SearchLimits
) -> Generator[Request | Together, Exchange, None]:
    """Try drawn examples until one fails, then smaller ones; the last that failed is the smallest.

    `seed` determines the examples. `trial` sends the requests of one example.
    """
    results: dict[str, bool] = {}
    shrunk = pictures = 0
    while shrunk <= limits.shrunk and pictures < limits.pictures:
        example = _next(strategy, seed, limits.drawn, tuple(results.items()))
        if example is None:
            return
        outcome = yield from trial(example)
        if outcome is None:
            return
        results[repr(example)] = outcome.fails
        shrunk += any(results.values())
        pictures += outcome.billed


@lru_cache(maxsize=4096)  # the gateways of a run draw the same, as long as they answer the same
def _next(
    strategy: st.SearchStrategy[Example], seed: str, drawn: int, results: tuple[tuple[str, bool], ...]
) -> Example | None:
    """Return the next example to try; None where all were drawn, or the smallest that fails is known."""
    from hypothesis import HealthCheck, Phase, find, settings  # noqa: PLC0415 - slow to import; most runs draw nothing
    from hypothesis.errors import NoSuchExample  # noqa: PLC0415 - the same

    failed = dict(results)

    def fails(example: Example) -> bool:
        if repr(example) not in failed:
            raise _UnknownError(example)
        return failed[repr(example)]

    options = settings(
        max_examples=drawn,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    with _no_files():
        try:
            find(strategy, fails, settings=options, random=Random(seed))  # noqa: S311 - examples, not secrets
        except _UnknownError as unknown:
            return cast("Example", unknown.example)
        except NoSuchExample:
            pass
    return None


@contextmanager
def _no_files() -> Iterator[None]:
    """Keep hypothesis from writing a cache into the folder that gateprobe was started in; one search at a time."""
    from hypothesis.configuration import set_hypothesis_home_dir, storage_directory  # noqa: PLC0415 - the same

    with _LOCK:
        home = storage_directory(intent_to_write=False).home_directory
        set_hypothesis_home_dir(Path(os.devnull))
        try:
            yield
        finally:
            set_hypothesis_home_dir(home)
