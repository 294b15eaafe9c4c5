"""Probes: pure functions of evidence that judge one capability each and return a finding.

The function's name is its permanent id, its docstring the statement that a report prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Cause, Claim, Finding, Json, Level
from gateprobe.scenario import Scenario, ScenarioRun

REFUSAL: Final = "refusal"
"""In `sees`: this probe is given 4xx answers; else the judge makes them a `refused` finding without asking."""

PARTIAL: Final = "partial"
"""In `sees`: this probe is given answers that were cut off."""

REPLAYS: Final = "client."
"""How the ids of scenarios begin that hold what clients made of answers, and no answers of the gateway."""

Accepts = frozenset[str]
Values = tuple[Json, ...] | Callable[[Gateway], tuple[Json, ...]]


@dataclass(frozen=True, slots=True)
class Selection:
    """All exchanges of a gateway that match, out of every scenario: evidence already paid for.

    `requires` are the scenarios that must have run for the question to make sense, or a function of the gateway.
    `scenario_prefix` selects scenarios by the beginning of their ids; empty means all but the replays to clients.
    `could_match` tells whether the answer to a request might match, `missing_reason` says in a few words that none did.
    `optional_reason` is set where there may be nothing to match through nobody's fault: a run is complete without it.
    """

    statement: str
    requires: tuple[Scenario, ...] | Callable[[Gateway], tuple[Scenario, ...]]
    matches: Callable[[Exchange], bool]
    scenario_prefix: str = ""
    optional_reason: str = ""
    could_match: Callable[[Exchange], bool] = lambda _exchange: True
    missing_reason: str = ""

    def covers(self, scenario: str) -> bool:
        """Say whether a scenario's exchanges are among those to select from."""
        return scenario.startswith(self.scenario_prefix) if self.scenario_prefix else not scenario.startswith(REPLAYS)

    def requires_for(self, gateway: Gateway) -> tuple[Scenario, ...]:
        """Give the scenarios that must have run for a gateway."""
        return self.requires(gateway) if callable(self.requires) else self.requires


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe as declared; `judge` takes the evidence, the claim and, where there are values, the value.

    `documented` is set where its values are those that a claim lists, so that no other value is promised.
    `refused_with` and `refused_option` are the kind of fault, and the request option, where its request is refused for
    no more exact reason than the answer names.
    """

    id: str
    capability: str
    statement: str
    needs: Scenario | Selection
    level: Level
    judge: Callable[..., Finding]
    values: Values
    accepts: Accepts
    since: str
    module: str
    takes_value: bool
    documented: bool = False
    refused_with: str = ""
    refused_option: str = ""

    def values_for(self, gateway: Gateway) -> tuple[Json, ...]:
        """Give the values this probe is asked with for a gateway; `(None,)` where it has none.

        A function may give none for a gateway that has nothing to ask: other probes judge the capability there.
        """
        return self.values(gateway) if callable(self.values) else self.values or (None,)

    def scenario_runs(self, gateway: Gateway, value: Json) -> tuple[ScenarioRun, ...]:
        """Give the scenarios, with their value, that this probe needs of a gateway."""
        if isinstance(self.needs, Selection):
            return tuple(scenario.of() for scenario in self.needs.requires_for(gateway))
        return (self.needs.of(value),)

    def __call__(self, evidence: Evidence, claim: Claim, value: Json = None) -> Finding:
        """Judge."""
        return self.judge(evidence, claim, value) if self.takes_value else self.judge(evidence, claim)


PROBES: Final[dict[str, Probe]] = {}
"""All probes by id, in the order of their declaration."""


def probe(
    capability: str,
    *,
    needs: Scenario | Selection,
    level: Level | str = Level.MUST,
    values: Values = (),
    accepts: tuple[str | Cause, ...] = (),
    since: str = "2026.11",
    documented: bool = False,
    refused_with: str = "",
    refused_option: str = "",
) -> Callable[[Callable[..., Finding]], Probe]:
    """Declare a probe. With `values`, it becomes one item for each, and may take the value as third parameter.

    Raises:
        ValueError: the name is taken, or the docstring is missing.
    """

    def declare(judge: Callable[..., Finding]) -> Probe:
        name = judge.__name__
        if name in PROBES:
            raise ValueError(f"two probes are named {name}")
        statement = (inspect.getdoc(judge) or "").partition("\n")[0]
        if not statement:
            raise ValueError(f"the probe {name} has no docstring")
        takes_value = len(inspect.signature(judge).parameters) > 2
        seen: Accepts = frozenset(str(what) for what in accepts)
        module = judge.__module__.removeprefix("gateprobe.probes.")
        made = Probe(
            name,
            capability,
            statement,
            needs,
            Level(level),
            judge,
            values,
            seen,
            since,
            module,
            takes_value,
            documented,
            refused_with,
            refused_option,
        )
        PROBES[name] = made
        return made

    return declare


def value_text(value: Any) -> str:
    """Write a probe's value for an id: `2`, `1024x1024`."""
    return value if isinstance(value, str) else repr(value)
