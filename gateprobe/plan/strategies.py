"""Building blocks of hypothesis strategies that draw the same from a seed in every process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec, TypeVar, cast

if TYPE_CHECKING:
    from hypothesis import strategies as st

Member = TypeVar("Member")
Example = TypeVar("Example")
Options = ParamSpec("Options")

_FAR: Final = 3**37
"""Where drawn numbers begin. Hypothesis prefers numbers that occur in the modules that are loaded, so that a seed would
draw other examples in another process; none of those numbers is in this range."""


def numbers(least: int, most: int) -> st.SearchStrategy[int]:
    """Return a strategy for whole numbers from `least` to `most`; the simplest is `least`."""
    from hypothesis import strategies as st  # noqa: PLC0415 - slow to import, and most runs draw nothing

    return st.integers(_FAR, _FAR + most - least).map(lambda number: number - _FAR + least)


def flips() -> st.SearchStrategy[bool]:
    """Return a strategy for yes or no; the simplest is no."""
    from hypothesis import strategies as st  # noqa: PLC0415 - slow to import, and most runs draw nothing

    return st.booleans()


def members(values: Sequence[Member]) -> st.SearchStrategy[Member]:
    """Return a strategy for one of some values; the simplest is the first."""
    return numbers(0, len(values) - 1).map(lambda index: values[index])


def composite(
    draw_example: Callable[Concatenate[st.DrawFn, Options], Example],
) -> Callable[Options, st.SearchStrategy[Example]]:
    """Make a strategy of a function that draws, as hypothesis' own decorator does; the same one for equal options."""

    @cache
    def strategy(*args: Options.args, **options: Options.kwargs) -> st.SearchStrategy[Example]:
        from hypothesis import strategies as st  # noqa: PLC0415 - slow to import, and most runs draw nothing

        return st.composite(draw_example)(*args, **options)

    return cast("Callable[Options, st.SearchStrategy[Example]]", strategy)
