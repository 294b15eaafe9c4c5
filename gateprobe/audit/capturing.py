"""What is captured of one gateway: its scenarios, and those that its budget or a missing endpoint leaves out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gateprobe.audit.gateways.survey import IMPATIENT, survey_run
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.capture import Audited, Budget
from gateprobe.evidence import Failure
from gateprobe.gateway import Gateway
from gateprobe.plan.afford import afford
from gateprobe.plan.columns import part_of, shared_runs
from gateprobe.plan.combined import combined_runs
from gateprobe.plan.planning import Item, first_path, repeated, scenario_runs_of
from gateprobe.scenario import ScenarioRun


def gateway_capture(
    target: Target,
    items: Sequence[Item],
    budget: Budget,
    before: Sequence[Audited],
    *,
    gateways: Sequence[Gateway],
    settings: Settings,
    absent: Mapping[str, Failure],
    patience: int,
) -> Audited:
    """Return the scenarios to capture of one gateway, and those that its budget does not reach.

    `before` are the captures of earlier gateways, whose answers another image model of the provider shares. `gateways`
    are all of the audit; `absent` has the reason by path of an endpoint that does not exist.
    """
    scenario_runs = repeated(scenario_runs_of(items), settings.repeat)
    unasked = frozenset(run.id for run in scenario_runs_of(items) if absent and _is_absent(target, run, absent))
    asked = [item for item in items if not unasked & {run.id for run in item.scenario_runs}]
    sent = ((other.gateway, [run for run in other.scenario_runs if run.id not in other.cut]) for other in before)
    shared = shared_runs(target.gateway, scenario_runs_of(asked), sent)
    budget = part_of(budget, target.gateway.name, gateways)
    combined = combined_runs(target.gateway, scenario_runs_of(asked)) if settings.combined else {}
    share = budget.share(settings.repeat)
    if combined and share.images:  # the spare picture lets refusals be asked of a gateway that draws mistakes
        share = replace(share, images=share.images - 1)
    reached = afford(target.gateway, asked, share, shared, combined) | unasked
    return Audited(
        target.gateway,
        target.secret,
        scenario_runs,
        budget,
        settings.jobs,
        settings.per_minute,
        frozenset(run.id for run in scenario_runs if replace(run, turn=1).id not in reached),
        settings.seed or 0,
        patience,
        absent,
        _columns_beside(target.gateway, gateways),
        tuple({run.id: run for name, run in combined.items() if name in reached}.values()),
    )


def survey_capture(target: Target, budget: Budget, gateways: Sequence[Gateway], settings: Settings) -> Audited:
    """Return the free requests that find out which endpoints and models a gateway has."""
    return Audited(
        target.gateway,
        target.secret,
        (survey_run(),),
        budget,
        jobs=1,
        per_minute=settings.per_minute,
        seed=settings.seed or 0,
        patience=IMPATIENT,
        columns=_columns_beside(target.gateway, gateways),
    )


def _columns_beside(gateway: Gateway, gateways: Sequence[Gateway]) -> tuple[str, ...]:
    """Return the other image models of a gateway's provider, whose stored answers it shares."""
    listed = next(each for each in gateways if each.name == gateway.name)  # a served gateway has another address
    return tuple(each.name for each in gateways if listed.is_column_beside(each))


def _is_absent(target: Target, scenario_run: ScenarioRun, absent: Mapping[str, Failure]) -> bool:
    """Return whether a scenario begins at an endpoint that does not exist, so that it costs nothing."""
    return first_path(target.gateway, scenario_run) in absent
