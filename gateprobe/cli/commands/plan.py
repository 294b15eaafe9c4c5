"""`gateprobe plan`: the requests of an audit, their cost and duration, and the effect of a budget."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import click

from gateprobe.audit.gateways.survey import is_surveyed, survey_run
from gateprobe.audit.request import read_request
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items, model_warnings
from gateprobe.cli.options import BUDGET, GATEWAYS, JOBS, REPEAT, SELECTION, WHICH
from gateprobe.cli.output import echo_json
from gateprobe.cli.param_types import Number
from gateprobe.formats.words import count, few
from gateprobe.gateway import Gateway
from gateprobe.plan.afford import afford
from gateprobe.plan.columns import part_of, shared_runs
from gateprobe.plan.planning import Cost, Item, cost_of, repeated, scenario_runs_of, seconds_of
from gateprobe.plan.price import price_of_all
from gateprobe.plan.quotes import SIZE, quotes_of
from gateprobe.scenario import ScenarioRun


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of one gateway: its items, the scenarios within its budget, and their cost.

    `shared` are the scenarios that an earlier image model of the provider sends and pays for.
    """

    gateway: Gateway
    items: tuple[Item, ...]
    scenario_runs: tuple[ScenarioRun, ...]
    cost: Cost
    shared: frozenset[str] = frozenset()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The capabilities that the budget leaves out in part or completely: they are `unproven: budget`."""
        reached = {scenario_run.id for scenario_run in self.scenario_runs} | self.shared
        cut = (
            item.probe.capability
            for item in self.items
            if any(scenario_run.id not in reached for scenario_run in item.scenario_runs)
        )
        return tuple(dict.fromkeys(cut))

    def plain(self, jobs: int, picture: float) -> dict[str, Any]:
        """Return the plan as JSON."""
        return {
            "base_url": self.gateway.base_url,
            "items": len(self.items),
            "scenarios": len(self.scenario_runs),
            "shared": len(self.shared),
            "requests": self.cost.requests,
            "images": self.cost.images,
            "usd": round(self.cost.price.usd, 4),
            "usd_documented": self.cost.price.documented,
            "seconds": round(seconds_of(self.scenario_runs, jobs, picture), 1),
            "left_out": list(self.left_out),
        }


def planned(
    gateway: Gateway,
    settings: Settings,
    items: Sequence[Item],
    gateways: Sequence[Gateway] = (),
    before: Sequence[Planned] = (),
) -> Planned:
    """Return the plan for some items of a gateway, one of several, within the budget of the settings.

    `before` are the plans of earlier gateways, whose answers another image model of the same provider shares.
    """
    budget = part_of(settings.budget.part(1, len(gateways) or 1), gateway.name, gateways or [gateway])
    shared = shared_runs(gateway, scenario_runs_of(items), ((plan.gateway, plan.scenario_runs) for plan in before))
    reached = afford(gateway, items, budget.share(settings.repeat), shared)
    affordable = (run for run in scenario_runs_of(items) if run.id in reached - shared)
    scenario_runs = repeated(affordable, settings.repeat)
    if is_surveyed(gateway, scenario_runs, settings.budget.requests):
        scenario_runs = (survey_run(), *scenario_runs)
    return Planned(gateway, tuple(items), scenario_runs, cost_of(gateway, scenario_runs), shared)


@click.command(params=[GATEWAYS, *WHICH, *SELECTION, *BUDGET, JOBS, REPEAT])
@click.option(
    "--picture", type=Number(0, 86_400), default=20.0, show_default=True, help="Seconds that a picture may take."
)
@click.option("--scenarios", "graph", is_flag=True, help="List the scenarios, with their cost and who shares them.")
@click.option("--prices", is_flag=True, help="Show the price of a picture at each quality, with its source.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable output.")
def plan(
    gateways: tuple[str, ...],
    *,
    graph: bool,
    prices: bool,
    as_json: bool,
    picture: float,
    **values: Any,
) -> None:
    """Show the requests and pictures of an audit, their cost and duration.

    With a budget, the plan selects the same scenarios as an audit, and names the capabilities that are left out. Sends
    nothing.
    """
    request = read_request(gateways, values | {"consent": None}, _AnyKey(os.environ))
    items = request.select(all_items([target.gateway for target in request.targets], request.settings))
    targets = [target.gateway for target in request.targets]
    plans: list[Planned] = []
    for gateway in targets:
        gateway_items = [item for item in items if item.gateway.name == gateway.name]
        plans.append(planned(gateway, request.settings, gateway_items, targets, plans))
    jobs = request.settings.jobs
    warned = model_warnings(request.targets, datetime.now(UTC).isoformat())
    for warning in dict.fromkeys(warning for warnings in warned.values() for warning in warnings):
        click.echo(f"Warning: {warning}", err=as_json)
    if as_json:
        plans_by_name = {proposal.gateway.name: proposal.plain(jobs, picture) for proposal in plans}
        for proposal in plans if prices else ():
            plans_by_name[proposal.gateway.name]["prices"] = [quote.plain() for quote in quotes_of(proposal.gateway)]
        echo_json(plans_by_name)
        return
    for line in _table(plans, jobs, picture):
        click.echo(line)
    for line in (line for proposal in plans for line in _details(proposal, graph=graph, prices=prices)):
        click.echo(line)
    if not gateways or values["embedded"]:
        click.echo("\nEmbedded references cost nothing; these are the prices of the real gateways.")
    click.echo(
        f"\nAssumptions: everything succeeds, and a picture takes {picture:g} s."
        " ~ marks estimates from OpenAI's prices. Nothing was sent."
    )


def _table(plans: Sequence[Planned], jobs: int, picture: float) -> Iterator[str]:
    width = max([16, *(len(proposal.gateway.name) + 2 for proposal in plans)])
    yield f"{'gateway':<{width}}{'items':>7}{'scenarios':>11}{'requests':>10}{'images':>8}{'USD':>9}{'time':>9}"
    for proposal in plans:
        yield f"{proposal.gateway.name:<{width}}{_row(proposal.plain(jobs, picture))}"
    for proposal in plans:
        if not proposal.gateway.embedded:
            yield f"{proposal.gateway.name} would be tested at {proposal.gateway.base_url}"


def _details(proposal: Planned, *, graph: bool, prices: bool) -> Iterator[str]:
    yield from _cut(proposal)
    if graph:
        yield from _graph(proposal)
    if prices:
        yield from _prices(proposal.gateway)


def _row(plain: dict[str, Any]) -> str:
    usd = f"{'' if plain['usd_documented'] else '~'}{plain['usd']:.2f}"
    minutes, seconds = divmod(round(plain["seconds"]), 60)
    counted = f"{plain['items']:>7}{plain['scenarios']:>11}{plain['requests']:>10}{plain['images']:>8}"
    return f"{counted}{usd:>9}{f'{minutes}:{seconds:02}':>9}"


def _cut(proposal: Planned) -> Iterator[str]:
    if proposal.shared:
        scenarios = count(len(proposal.shared), "scenario")
        yield f"{proposal.gateway.name} shares the answers to {scenarios} that do not depend on the image model"
    if proposal.left_out:
        some = count(len(proposal.left_out), "capability", "capabilities")
        named = few(list(proposal.left_out))
        yield f"\n{proposal.gateway.name}: not tested within this budget: {some}: {named}"


def _prices(gateway: Gateway) -> Iterator[str]:
    """List what a picture costs at each quality."""
    yield f"\n{gateway.name}: a picture of {SIZE} by {gateway.models.image}"
    for quote in quotes_of(gateway):
        tokens = f"{quote.tokens:,} tokens" if quote.tokens is not None else "-"
        yield f"  {quote.quality:<8}{quote.usd:>8.3f} USD{tokens:>16}  {quote.basis}: {quote.source}"


def _graph(proposal: Planned) -> Iterator[str]:
    """List the scenarios of a plan: what each costs, and how many items and capabilities share it."""
    items = Counter(scenario_run.id for item in proposal.items for scenario_run in item.scenario_runs)
    capabilities = Counter(
        name
        for name, _ in {
            (scenario_run.id, item.probe.capability) for item in proposal.items for scenario_run in item.scenario_runs
        }
    )
    yield f"\n{proposal.gateway.name:<34}{'requests':>10}{'images':>8}{'USD':>9}{'items':>7}{'capabilities':>14}"
    for scenario_run in proposal.scenario_runs:
        usd = price_of_all(proposal.gateway, scenario_run.buys).usd
        shared = f"{items[scenario_run.id]:>7}{capabilities[scenario_run.id]:>14}"
        yield f"  {scenario_run.id:<32}{scenario_run.scenario.requests:>10}{scenario_run.images:>8}{usd:>9.3f}{shared}"


class _AnyKey(dict[str, str]):
    """An environment in which every key variable is set: a plan sends nothing and needs no key."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return the variable, or a placeholder for a key."""
        return super().get(name) or default or "a-plan-needs-no-key"
