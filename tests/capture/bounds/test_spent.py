"""What is spent and what is left of a budget, by literal figures; what may be sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.capture.bounds.billing import may_be_sent_again, spent_before
from gateprobe.capture.bounds.budget import Shared, Spent
from gateprobe.capture.bounds.drawn import Drawn
from gateprobe.evidence import Attempt, Exchange, Failure, failure
from gateprobe.gateway import find
from gateprobe.model import Cause
from gateprobe.plan.budget import Budget, EarlierSpending
from gateprobe.request import Buy, Following, Request

OPENAI = find("openai")
POST = Request("POST", "/images/generations")
LEFT = POST.with_(leave_after=64)
GET = Request("GET", "/models")
ONE, TWO = POST.with_(buys=(Buy(),)), POST.with_(buys=(Buy(2),))
PRICE = Spent(Budget(), OPENAI).price(ONE, 1)


def reason(refused: Failure | None) -> str:
    """Return why a request may not be sent; empty where it may."""
    return refused.reason if refused else ""


def spent(budget: Budget, *outcomes: tuple[Request, Drawn], lost: tuple[Request, ...] = ()) -> Spent:
    """Return what is spent after some requests were answered, and others were lost."""
    counted = Spent(budget, OPENAI)
    for request, outcome in outcomes:
        assert counted.reserve(request) is None
        counted.settle(request, outcome)
    for request in lost:
        counted.count(request)
        counted.lose(request)
    return counted


@pytest.mark.parametrize(
    ("outcomes", "images", "multiple", "draws_mistakes"),
    [
        ([], 0, None, False),
        ([(ONE, Drawn(1, 1))], 1, 1, False),
        ([(ONE, Drawn(0, 0))], 0, None, False),
        ([(TWO, Drawn(2, 2))], 2, 1, False),
        ([(TWO, Drawn(1, 2))], 2, 1, False),
        ([(TWO, Drawn(3, 3))], 3, 2, False),
        ([(ONE, Drawn(4, 4)), (ONE, Drawn(1, 1))], 5, 4, False),
        ([(ONE, Drawn(0, 1, complete=False))], 1, None, False),
        ([(ONE, Drawn(4, 4)), (ONE, Drawn(0, 1, complete=False))], 8, 4, False),
        ([(TWO, Drawn(4, 4)), (TWO, Drawn(0, 2, complete=False))], 8, 2, False),
        ([(POST, Drawn(0, 0))], 0, None, False),
        ([(POST, Drawn(2, 2))], 2, None, True),
        ([(POST, Drawn(0, 1, complete=False))], 1, None, True),
        ([(LEFT, Drawn(0, 1, complete=False))], 1, None, False),
        ([(LEFT, Drawn(1, 1))], 1, None, True),
        ([(GET, Drawn(0, 0))], 0, None, False),
    ],
)
def test_what_is_counted(
    outcomes: list[tuple[Request, Drawn]],
    images: int,
    multiple: int | None,
    draws_mistakes: bool,  # noqa: FBT001 - a row
) -> None:
    """Pictures that came or may have come, their price, the requests, and how many came for each requested one."""
    counted = spent(Budget(), *outcomes)
    assert (counted.images, counted.multiple, counted.draws_mistakes) == (images, multiple, draws_mistakes)
    assert counted.usd == pytest.approx(images * PRICE)
    assert counted.shared.usd.get("openai", 0.0) == counted.usd
    assert counted.requests == len(outcomes)


@pytest.mark.parametrize(
    ("counted", "request_", "expected"),
    [
        (spent(Budget(requests=1), (GET, Drawn(0, 0))), GET, "the budget of 1 requests is spent"),
        (spent(Budget(requests=2), (GET, Drawn(0, 0))), GET, ""),
        (spent(Budget(images=2), (ONE, Drawn(1, 1))), ONE, ""),
        (spent(Budget(images=2), (ONE, Drawn(1, 1))), TWO, "the budget of 2 images has 1 left, 2 needed"),
        (spent(Budget(images=0)), POST, ""),
        (
            spent(Budget(images=1), (ONE, Drawn(2, 2))),
            POST,
            "the budget of 1 images is exceeded (2 may have been drawn): no request that could draw is sent",
        ),
        (spent(Budget(images=1), (ONE, Drawn(2, 2))), ONE, "the budget of 1 images has 0 left, 1 needed"),
        (spent(Budget(images=1), (ONE, Drawn(1, 1))), POST, ""),
        (spent(Budget(images=10), lost=(ONE,)), POST, ""),
        (spent(Budget(images=10), lost=(ONE,)), ONE, "the budget of 10 images has 0 left, 1 needed"),
        (spent(Budget(images=11), lost=(ONE,)), ONE, ""),
        (spent(Budget(images=20), (TWO, Drawn(2, 2)), lost=(ONE,)), TWO, ""),
        (spent(Budget(images=19), lost=(TWO,)), POST, "the budget of 19 images is exceeded (20 may have been drawn)"),
        (spent(Budget(images=9), lost=(POST,)), GET, ""),
        (spent(Budget(usd=1.5 * PRICE)), ONE, ""),
        (spent(Budget(usd=1.5 * PRICE)), TWO, "the budget of 0.01 USD has "),
        (spent(Budget(usd=PRICE)), ONE, ""),
        (spent(Budget(total=1.5 * PRICE), (ONE, Drawn(1, 1))), ONE, "the budget of 0.01 USD has "),
        (spent(Budget(usd=9.0, total=9.0), (ONE, Drawn(1, 1))), ONE, ""),
    ],
)
def test_what_is_left(counted: Spent, request_: Request, expected: str) -> None:
    """A request is sent where each bound has room for it, and refused with the bound that has none."""
    before = counted.requests
    text = reason(counted.reserve(request_))
    assert text.startswith(expected)
    assert bool(text) is bool(expected)
    assert counted.requests == before + (not expected)


@pytest.mark.parametrize(
    ("budget", "requests", "together"),
    [
        (Budget(), (ONE, ONE, ONE), True),
        (Budget(images=0), (GET, GET), True),
        (Budget(images=0), (ONE, GET), True),
        (Budget(images=20), (ONE, ONE), True),
        (Budget(images=19), (ONE, ONE), False),
        (Budget(images=19), (POST, POST), False),
        (Budget(images=29), (ONE, TWO), False),
        (Budget(images=30), (ONE, TWO), True),
        (Budget(usd=20.5 * PRICE), (ONE, ONE), True),
        (Budget(usd=19.5 * PRICE), (ONE, ONE), False),
        (Budget(total=20.5 * PRICE), (ONE, ONE), True),
        (Budget(total=19.5 * PRICE), (ONE, ONE), False),
    ],
)
def test_what_may_fly_together(budget: Budget, requests: tuple[Request, ...], together: bool) -> None:  # noqa: FBT001 - a row
    """Requests are simultaneous where ten pictures for each requested one are within every bound."""
    assert Spent(budget, OPENAI).allows_together(requests) is together


def test_a_total_counts_what_another_gateway_spent() -> None:
    """Of one total, what one gateway spent is gone for the other; its own bound is its own."""
    shared = Shared()
    one, other = (
        Spent(Budget(usd=9.0, total=2.5 * PRICE), replace(OPENAI, name=name), shared=shared) for name in ("a", "b")
    )
    assert one.reserve(TWO) is None
    assert (other.images, other.usd) == (0, 0.0)
    assert reason(other.reserve(ONE)).startswith("the budget of 0.01 USD has ")
    one.settle(TWO, Drawn(0, 0))
    assert other.reserve(ONE) is None


def exchange(request: Request, status: int | None, *, cause: Cause | None = None, left: bool = True) -> Exchange:
    """Return the exchange of a request that was answered with a status, or not at all."""
    broken = failure(cause, "so") if cause else None
    attempt = Attempt(0, "now", 1.0, status, failure=broken, left=left)
    return Exchange(0, request, (attempt,), lambda _: b"")


@pytest.mark.parametrize(
    ("answered", "again"),
    [
        (exchange(GET, 200), False),
        (exchange(GET, 404), False),
        (exchange(GET, 500), False),
        (exchange(GET, 502), True),
        (exchange(GET, 503), True),
        (exchange(GET, 504), True),
        (exchange(ONE, 503), False),
        (exchange(ONE, 429), True),
        (exchange(POST, 429), True),
        (exchange(GET, 429), True),
        (exchange(GET, None, cause=Cause.NETWORK), True),
        (exchange(ONE, None, cause=Cause.NETWORK), False),
        (exchange(ONE, None, cause=Cause.NETWORK, left=False), True),
        (exchange(GET.with_(method="DELETE"), None, cause=Cause.TIMEOUT), False),
        (exchange(GET.with_(method="DELETE"), 503), False),
    ],
)
def test_what_a_resumed_run_sends_again(answered: Exchange, again: bool) -> None:  # noqa: FBT001 - a row
    """What never left, what only reads and got no answer, and a rate limit without a picture."""
    assert may_be_sent_again(answered) is again


def test_what_was_spent_before_a_run_counts() -> None:
    """The spending of `discover` to find a form counts against the bounds of its audit."""
    budget = Budget(usd=1.0, images=3, requests=9, earlier=EarlierSpending(usd=0.25, images=2, requests=2))
    counted = spent_before(budget, OPENAI, ())
    assert (counted.usd, counted.images, counted.requests, counted.draws_mistakes) == (0.25, 2, 2, True)
    assert reason(counted.reserve(TWO)) == "the budget of 3 images has 1 left, 2 needed"
    assert budget.share(1) == Budget(usd=0.75, images=1, requests=7)
    assert replace(budget, images=1).share(1).images == 0


def test_each_message_of_an_exchange_may_be_drawn() -> None:
    """An exchange over a WebSocket may draw a picture for each message, and the bounds must cover all."""
    talk = POST.with_(following=(Following({}), Following({})))
    assert not spent(Budget(images=29)).allows_together([talk])
    assert spent(Budget(images=30)).allows_together([talk])
    assert spent(Budget()).allows_together([talk])
    drawn = spent(Budget(images=4), (POST, Drawn(1, 1)))
    assert reason(drawn.reserve(talk)) == ""
    assert drawn.images == 4
    assert spent(Budget(), lost=(talk,)).images == 3
