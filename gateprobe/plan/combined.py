"""Requests that combine the options of several scenarios: one picture then shows what otherwise takes several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from gateprobe.build import edits, generations, image_tool, responses
from gateprobe.gateway import Gateway
from gateprobe.model import Json
from gateprobe.plan.planning import first_step
from gateprobe.request import FormBody, Request, image_tool_in, text_fields
from gateprobe.scenario import SCENARIOS, ScenarioRun

_CONTENT = frozenset({"prompt", "input", "tools", "images", "mask"})
"""Fields that are no options: a combined scenario has its own prompt and pictures."""


def combined_runs(gateway: Gateway, scenario_runs: Iterable[ScenarioRun]) -> dict[str, ScenarioRun]:
    """Return the combined scenario by the id of each scenario run whose options its first request contains."""
    known: dict[str, ScenarioRun] = {}
    combined = [(known_run, first_step(gateway, known_run)) for known_run in _combined()]
    for run in scenario_runs:
        fitting = [(each, step) for each, step in combined if run.scenario in each.scenario.stands_for]
        asked = first_step(gateway, run) if fitting else None
        for each, step in fitting:
            if isinstance(asked, Request) and isinstance(step, Request) and contains(gateway, step, asked):
                known.setdefault(run.id, each)
    return known


def _combined() -> list[ScenarioRun]:
    return [scenario.of() for scenario in SCENARIOS.values() if scenario.stands_for]


def contains(gateway: Gateway, answered: Request, asked: Request) -> bool:
    """Return whether a request has every option of another one, and goes to the same endpoint."""
    same = (answered.method, answered.path, answered.transport) == (asked.method, asked.path, asked.transport)
    options = _options(answered)
    return same and all(options.get(name) == value for name, value in _own(gateway, asked).items())


def _own(gateway: Gateway, asked: Request) -> Mapping[str, str | None]:
    """Return the options of a request that the plain request to its endpoint does not have; None where it lacks one."""
    match asked.endpoint:
        case "generations":
            plain = generations(gateway)
        case "edits":
            plain = edits(gateway, "")
        case _:
            plain = responses(gateway, "", tools=[image_tool(gateway)])
    usual, options = _options(plain), _options(asked)
    return {name: options.get(name) for name in usual | options if options.get(name) != usual.get(name)}


def _options(request: Request) -> dict[str, str]:
    """Return the options of a request as text, those of the image tool by `tools.NAME`."""
    if isinstance(request.body, FormBody):
        fields: Mapping[str, Json] = text_fields(request.body.parts)
    else:
        fields = request.json if isinstance(request.json, Mapping) else {}
    options = {name: value for name, value in fields.items() if name not in _CONTENT}
    options |= {f"tools.{name}": value for name, value in image_tool_in(request.json).items()}
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in options.items()}
