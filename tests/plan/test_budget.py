"""A budget: its shares for turns and gateways, and what it bounds."""

from __future__ import annotations

import pytest

from gateprobe.plan.budget import Budget


def test_a_share_is_an_equal_part() -> None:
    """Dollars, images and requests are shared, a total is not."""
    assert Budget(3.0, 10, None).share(3) == Budget(1.0, 3, None)
    assert Budget(None, None, 7, 5.0).share(2) == Budget(None, None, 3, 5.0)
    assert Budget(3.0, 10, 9).share(1) == Budget(3.0, 10, 9)


@pytest.mark.parametrize(
    ("budget", "gateways", "of", "part"),
    [
        (Budget(3.0, 10, 9), 1, 4, Budget(3.0, 10, 9)),
        (Budget(total=8.0), 1, 4, Budget(usd=2.0, total=2.0)),
        (Budget(total=8.0), 3, 4, Budget(usd=2.0, total=6.0)),
        (Budget(usd=1.0, total=8.0), 2, 4, Budget(usd=1.0, total=4.0)),
        (Budget(usd=5.0, images=7, requests=6, total=8.0), 4, 4, Budget(2.0, 7, 6, 8.0)),
        (Budget(total=8.0), 0, 0, Budget(total=8.0)),
    ],
)
def test_a_total_is_shared_among_gateways(budget: Budget, gateways: int, of: int, part: Budget) -> None:
    """Each gateway has an equal part of a total, and at most its own bound; images and requests are its own."""
    assert budget.part(gateways, of) == part


@pytest.mark.parametrize(
    ("budget", "bounds"),
    [
        (Budget(), False),
        (Budget(requests=3), False),
        (Budget(images=0), True),
        (Budget(usd=0.0), True),
        (Budget(total=1.0), True),
    ],
)
def test_what_bounds_pictures(budget: Budget, bounds: bool) -> None:  # noqa: FBT001 - a row
    """A bound of 0 is a bound; one on requests alone is none on pictures."""
    assert budget.bounds_pictures is bounds
