"""docs/nightly.md: what a nightly audit of OpenAI's API buys, for each generation of image models.

python -m docs.tools.nightly_page writes the page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateprobe.gateway import Gateway, reference
from gateprobe.library import probes
from gateprobe.model import Tier
from gateprobe.plan.planning import Item, items_for, scenario_runs_of
from gateprobe.plan.price import price_of_all
from gateprobe.scenario import ScenarioRun

PAGE: Final = Path(__file__).resolve().parents[1] / "nightly.md"
MODELS: Final = ("gpt-image-2", "gpt-image-2.5-sunburst", "gpt-image-2.6-sunburst")
"""A model of each generation."""

_HEAD: Final = """# What a nightly audit of OpenAI buys

Made by `python -m docs.tools.nightly_page`; do not edit.

The prices are those of a plan: documented where a document has them, else estimated from tokens (`gateprobe plan openai
--tier nightly`). Text is not counted. A picture serves all capabilities of its row.
"""


def page() -> str:
    """Return the page."""
    return "\n".join((_HEAD, *_totals(), "", *_rows())) + "\n"


def bought(model: str) -> dict[str, ScenarioRun]:
    """Return the scenarios of a nightly audit that buy pictures of a model, by name."""
    runs = scenario_runs_of(items_of(model))
    return {run.id: run for run in runs if run.images}


def items_of(model: str) -> tuple[Item, ...]:
    """Return what a nightly audit of a model tests."""
    return items_for(_gateway(model), probes(), Tier.NIGHTLY)


def _gateway(model: str) -> Gateway:
    gateway = reference()
    return replace(gateway, models=replace(gateway.models, image=model))


def _totals() -> Iterator[str]:
    yield "| model | pictures | USD |"
    yield "| --- | --- | --- |"
    for model in MODELS:
        runs = bought(model).values()
        price = price_of_all(_gateway(model), [buy for run in runs for buy in run.buys])
        yield f"| {model} | {sum(run.images for run in runs)} | {price.usd:.2f} |"


def _rows() -> Iterator[str]:
    yield f"| pictures of | {' | '.join(MODELS)} | capabilities |"
    yield f"| --- |{' --- |' * len(MODELS)} --- |"
    counts = [bought(model) for model in MODELS]
    capabilities = _capabilities()
    for name in dict.fromkeys(name for runs in counts for name in runs):
        numbers = " | ".join(str(runs[name].images) if name in runs else "-" for runs in counts)
        yield f"| `{name}` | {numbers} | {', '.join(f'`{one}`' for one in capabilities[name])} |"


def _capabilities() -> Mapping[str, list[str]]:
    """Return the capabilities that each scenario serves, in the order of the catalogue."""
    served: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for model in MODELS:
        for item in items_of(model):
            for run in item.scenario_runs:
                served[run.id][item.probe.capability] = None
    return {name: list(capabilities) for name, capabilities in served.items()}


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
