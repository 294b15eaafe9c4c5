"""Scenarios: named, ordered requests that yield evidence for many probes.

A scenario is a generator: it yields a request and receives the exchange. It does no I/O itself: a stored run can be
replayed through it, and only missing requests are sent.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from gateprobe.evidence import Exchange, deliver, next_poll
from gateprobe.gateway import Gateway
from gateprobe.model import Json, Tier
from gateprobe.request import Buy, Request, Together

Steps = Generator[Request | Together, Exchange, None]
"""The return type of a scenario function: requests out, exchanges in (of simultaneous requests, see `answer_to`)."""

Images = int | tuple[Buy, ...] | Callable[[Any], int | tuple[Buy, ...]]
"""The pictures that a scenario buys: a number, exact buys, or either as a function of the value."""

_NO_VALUE: Final = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario as declared. `requests` and `images` are the cost of a success, for the plan.

    `first` scenarios run before all others: their answers decide what the other answers mean. A scenario that `waits`
    has a step that is due after some time: a resumed run repeats it and sends the steps that became due. A scenario
    that `draws` takes the run's seed and draws values from it. `last` scenarios run after all others: a gateway may
    remember what they show of its upstream. `stands_for` are the scenarios whose options the first request combines.
    """

    name: str
    statement: str
    steps: Callable[..., Steps]
    tier: Tier
    requests: int
    images: Images
    takes_value: bool
    first: bool = False
    waits: bool = False
    draws: bool = False
    last: bool = False
    stands_for: tuple[Scenario, ...] = ()

    def of(self, value: Json = None) -> ScenarioRun:
        """Return this scenario with its value (None where it takes none)."""
        return ScenarioRun(self, value if self.takes_value else None)


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """One scenario with one value: planned and captured once, judged by many probes.

    With `--repeat` it is captured several times, each a `turn` of its own.
    """

    scenario: Scenario
    value: Json = None
    turn: int = 1

    @property
    def id(self) -> str:
        """The name, the value if there is one, and the turn if it is not the first; safe as a file name."""
        value = f"~{_slug(self.value)}" if self.scenario.takes_value else ""
        return f"{self.scenario.name}{value}" + (f".r{self.turn}" if self.turn > 1 else "")

    @property
    def buys(self) -> tuple[Buy, ...]:
        """The pictures that a success of the whole scenario buys."""
        images = self.scenario.images
        if callable(images):
            images = images(self.value)
        if isinstance(images, int):
            return (Buy(images),) if images else ()
        return images

    @property
    def images(self) -> int:
        """How many pictures a success buys."""
        return sum(buy.n for buy in self.buys)

    def start(self, gateway: Gateway, seed: int = 0) -> Steps:
        """Start the scenario for a gateway, with the seed of the run; where pictures come by a task, it is polled."""
        values = (self.value,) if self.scenario.takes_value else ()
        drawn = {"seed": seed} if self.scenario.draws else {}
        steps = self.scenario.steps(replace(gateway, seed=seed), *values, **drawn)
        return steps if gateway.tasks is None else _with_polls(steps, gateway)


def answer_to(exchanges: Sequence[Exchange]) -> Exchange:
    """Return the exchange that a scenario receives for a step: the last one; `together` has all simultaneous ones."""
    last = exchanges[-1]
    return last if len(exchanges) == 1 else replace(last, together=tuple(exchanges))


def _with_polls(steps: Steps, gateway: Gateway) -> Steps:
    """Run a scenario whose orders are answered with tasks: poll each, and answer the order with what its task brought.

    Orders that are sent together leave one after the other, and then their tasks run together.
    """
    asked = next(steps, None)
    while asked is not None:
        requests = asked.requests if isinstance(asked, Together) else (asked,)
        orders = []
        for request in requests if all(request.of_images for request in requests) else (asked,):
            order: Exchange = yield request
            orders.append(order)
        answers = []
        for order in orders:
            answer = yield from _polled(order, gateway)
            answers.append(answer)
        try:
            asked = steps.send(answer_to(answers))
        except StopIteration:
            return


def _polled(order: Exchange, gateway: Gateway) -> Generator[Request, Exchange, Exchange]:
    polls: list[Exchange] = []
    while (poll := next_poll(order, polls, gateway)) is not None:
        polls.append((yield poll))
    return deliver(order, tuple(polls), gateway)


def _slug(value: Json) -> str:
    """Return a value as part of a file name, one to one for the values that probes use."""
    text = value if isinstance(value, str) else repr(value)
    return re.sub(r"[^A-Za-z0-9.+-]", lambda match: f"_{ord(match.group()):x}_", text) or "_"


SCENARIOS: Final[dict[str, Scenario]] = {}
"""All scenarios by name, in the order of their declaration."""


def scenario(
    *,
    images: Images = 0,
    requests: int = 1,
    tier: Tier | str = Tier.NIGHTLY,
    first: bool = False,
    waits: bool = False,
    last: bool = False,
    stands_for: tuple[Scenario, ...] = (),
) -> Callable[[Callable[..., Steps]], Scenario]:
    """Declare a scenario; the first line of its docstring describes it.

    A second parameter makes it take a value, a keyword-only parameter `seed` the seed of the run.

    Raises:
        ValueError: the name is taken, or the docstring is missing.
    """

    def declare(steps: Callable[..., Steps]) -> Scenario:
        name = steps.__name__
        if name in SCENARIOS:
            raise ValueError(f"two scenarios are named {name}")
        statement = (inspect.getdoc(steps) or "").partition("\n")[0]
        if not statement:
            raise ValueError(f"the scenario {name} has no docstring")
        parameters = inspect.signature(steps).parameters.values()
        draws = any(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters)
        takes_value = len(parameters) - draws > 1
        declared = Scenario(
            name, statement, steps, Tier(tier), requests, images, takes_value, first, waits, draws, last, stands_for
        )
        SCENARIOS[name] = declared
        return declared

    return declare
