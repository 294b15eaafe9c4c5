"""Probes: pure functions of evidence that judge one capability each and return a finding.

The function's name is its permanent id, the first line of its docstring the requirement that a report prints.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateprobe.errors import UsageError
from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.message import NOTHING, Message
from gateprobe.model import Cause, Claim, Finding, Json, Level
from gateprobe.scenario import Scenario, ScenarioRun

REFUSAL: Final = "refusal"
"""In `accepts`: this probe judges 4xx answers; without it, the judge turns them into a `refused` finding."""

PARTIAL: Final = "partial"
"""In `accepts`: this probe judges answers that were cut off."""

REPLAYS: Final = "client."
"""The prefix of the ids of scenarios that contain outcomes of clients, not answers of the gateway."""

SURVEY: Final = "surfaces"
"""The scenario that finds out which endpoints are there; no probe judges what it sent."""

BOTH_SIDES: Final = "relay_"
"""The prefix of the ids of scenarios that are judged from both sides of a gateway, and by no other probe."""

CHAT: Final = "chat_picture"
"""The scenario that asks for a picture by chat completions, whose answer has a shape that no other probe judges."""

Accepts = frozenset[str]
Values = tuple[Json, ...] | Callable[[Gateway], tuple[Json, ...]]


@dataclass(frozen=True, slots=True)
class Selection:
    """All exchanges of a gateway that match, from every scenario: evidence that other probes paid for.

    `requires` are the scenarios that must have run for the question to make sense, or a function of the gateway.
    `scenario_prefix` selects scenarios by the beginning of their ids; empty means all but the replays to clients,
    the survey of endpoints, and what is judged from both sides.
    `could_match` returns whether the answer to a request might match; `missing_reason` states that none did.
    `optional_reason` is set where a missing match is nobody's fault: a run is complete without it.
    """

    statement: str
    requires: tuple[Scenario, ...] | Callable[[Gateway], tuple[Scenario, ...]]
    matches: Callable[[Exchange], bool]
    scenario_prefix: str = ""
    optional_reason: Message = NOTHING
    could_match: Callable[[Exchange], bool] = lambda _exchange: True
    missing_reason: Message = NOTHING

    def covers(self, scenario: str) -> bool:
        """Return whether a scenario's exchanges are among those to select from."""
        if self.scenario_prefix:
            return scenario.startswith(self.scenario_prefix)
        return not scenario.startswith((REPLAYS, BOTH_SIDES)) and scenario not in (SURVEY, CHAT)

    def requires_for(self, gateway: Gateway) -> tuple[Scenario, ...]:
        """Return the scenarios that must have run for a gateway."""
        return self.requires(gateway) if callable(self.requires) else self.requires


@dataclass(frozen=True, slots=True)
class Probe:
    """A probe as declared; `judge` takes the evidence, the claim and, where there are values, the value.

    `documented` is set where its values are those that a claim lists: no other value is promised. `vendor_only` is set
    where every specification leaves the matter open: a vendor's own document may promise it, but a bare URL, which
    takes OpenAI's claims over, does not. `refused_with` and
    `refused_option` are the fault kind and the request option of a refusal that names no more exact reason.
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
    vendor_only: bool = False
    refused_with: str = ""
    refused_option: str = ""

    def values_for(self, gateway: Gateway) -> tuple[Json, ...]:
        """Return the values that this probe judges for a gateway; `(None,)` where it has none.

        A function may return none for a gateway with nothing to judge: other probes judge the capability there.
        """
        return self.values(gateway) if callable(self.values) else self.values or (None,)

    def scenario_runs(self, gateway: Gateway, value: Json) -> tuple[ScenarioRun, ...]:
        """Return the scenarios, with their value, that this probe needs of a gateway."""
        if isinstance(self.needs, Selection):
            return tuple(scenario.of() for scenario in self.needs.requires_for(gateway))
        return (self.needs.of(value),)

    def __call__(self, evidence: Evidence, claim: Claim, value: Json = None) -> Finding:
        """Return the finding about the evidence."""
        return self.judge(evidence, claim, value) if self.takes_value else self.judge(evidence, claim)


PROBES: Final[dict[str, Probe]] = {}
"""All probes by id, in the order of their declaration."""


def probe(
    capability: str,
    *,
    needs: Scenario | Selection,
    level: Level | str = Level.MUST,
    values: Values | None = None,
    accepts: tuple[str | Cause, ...] = (),
    since: str = "2026.11",
    documented: bool = False,
    vendor_only: bool = False,
    refused_with: str = "",
    refused_option: str = "",
) -> Callable[[Callable[..., Finding]], Probe]:
    """Declare a probe. With `values`, it becomes one item for each, and may take the value as third parameter.

    Raises:
        UsageError: the name is taken, the docstring is missing, the values are empty, or the function has other
            parameters than `(evidence, claim)` or, with values, `(evidence, claim, value)`.
    """

    def declare(judge: Callable[..., Finding]) -> Probe:
        name, statement = judge.__name__, (inspect.getdoc(judge) or "").partition("\n")[0]
        parameters = inspect.signature(judge).parameters.values()
        if name in PROBES:
            raise _wrong(judge, f"has the name of another probe, in {PROBES[name].module}; rename it")
        if not statement:
            raise _wrong(judge, "has no docstring; its first line is the requirement that reports print")
        if values is not None and not callable(values) and not values:
            raise _wrong(judge, "declares empty `values`; leave them out, or give a function of the gateway")
        most, expected = (2, "(evidence, claim)") if values is None else (3, "(evidence, claim, value)")
        plain = all(parameter.kind is parameter.POSITIONAL_OR_KEYWORD for parameter in parameters)
        if not plain or not 2 <= len(parameters) <= most:
            raise _wrong(judge, f"takes {inspect.signature(judge)}; expected {expected}")
        declared = Probe(
            id=name,
            capability=capability,
            statement=statement,
            needs=needs,
            level=Level(level),
            judge=judge,
            values=values or (),
            accepts=frozenset(str(kind) for kind in accepts),
            since=since,
            module=judge.__module__.removeprefix("gateprobe.probes."),
            takes_value=len(parameters) > 2,
            documented=documented,
            vendor_only=vendor_only,
            refused_with=refused_with,
            refused_option=refused_option,
        )
        PROBES[name] = declared
        return declared

    return declare


def _wrong(judge: Callable[..., Finding], problem: str) -> UsageError:
    """Return the error that a probe is declared wrongly: where, which and how."""
    code = judge.__code__
    return UsageError(f"{code.co_filename}, line {code.co_firstlineno}: the probe {judge.__name__} {problem}")


def value_text(value: Any) -> str:
    """Return a probe's value as part of an id: `2`, `1024x1024`."""
    return value if isinstance(value, str) else repr(value)
