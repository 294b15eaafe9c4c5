"""What it costs to hold each documented gateway to its word, by its own prices; and a gateway in twenty lines."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items
from gateprobe.cli import run
from gateprobe.gateway import UNLISTED, Gateway, find, known, load
from gateprobe.model import Tier
from gateprobe.plan.planning import cost_of, scenario_runs_of
from gateprobe.plan.price import price_of

EVERY = (*known(), *sorted(UNLISTED))
SHIPPED = frozenset(
    {
        "aihubmix",
        "aimlapi",
        "apiyi-all",
        "apiyi-official",
        "apiyi-vip",
        "azure-foundry",
        "codex-lb",
        "laozhang",
        "litellm",
        "llmgateway",
        "new-api",
        "ofox",
        "openai",
        "openrouter",
        "oversold",
        "portkey",
        "vibeapi",
        "xai",
        "xai-router",
        "zenmux",
    }
)
"""The gateways of which a file ships today; a further file needs no change here."""

MOST = {Tier.SMOKE: 1, Tier.NIGHTLY: 36}
"""The most pictures that an audit of OpenAI buys."""


def _images(gateway: Gateway, tier: Tier) -> int:
    items = all_items([gateway], Settings(tier))
    return cost_of(gateway, scenario_runs_of(items)).images


def test_twenty_ship() -> None:
    """No gateway file is lost."""
    assert len(SHIPPED) == 20
    assert set(EVERY) >= SHIPPED


@pytest.mark.parametrize("name", EVERY)
def test_each_gateway_has_a_cost(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The command prices a nightly audit of each gateway: requests, pictures and USD, all above 0."""
    assert run(["plan", name, "--json"]) == 0
    output: dict[str, Any] = orjson.loads(capsys.readouterr().out)[name]
    assert min(output["items"], output["requests"], output["images"], output["usd"]) > 0


@pytest.mark.parametrize("name", EVERY)
def test_each_price_is_the_documents_or_called_an_estimate(name: str) -> None:
    """A plan is called documented only where every picture in it is priced by the gateway's own file."""
    gateway = find(name)
    scenario_runs = scenario_runs_of(all_items([gateway], Settings(Tier.NIGHTLY)))
    cost = cost_of(gateway, scenario_runs)
    documented = [
        gateway.prices.picture(buy.quality, buy.size) is not None or gateway.prices.image_model.image_output is not None
        for scenario_run in scenario_runs
        for buy in scenario_run.buys
    ]
    assert cost.price.documented == all(documented)
    assert cost.price.usd == pytest.approx(
        sum(price_of(gateway, buy).usd for scenario_run in scenario_runs for buy in scenario_run.buys)
    )


def test_plans_that_rest_on_documents_alone() -> None:
    """These vendors state every price that a nightly audit needs; other prices are marked as estimated."""
    priced = {
        name
        for name in EVERY
        if cost_of(find(name), scenario_runs_of(all_items([find(name)], Settings(Tier.NIGHTLY)))).price.documented
    }
    documented = {"openai", "apiyi-all", "apiyi-official", "apiyi-vip", "laozhang", "vibeapi", "xai", "oversold"}
    assert priced & SHIPPED == documented


@pytest.mark.parametrize("tier", MOST)
def test_openai_stays_within_its_budget(tier: Tier) -> None:
    """An audit of OpenAI buys no more pictures than its tier allows."""
    assert _images(find("openai"), tier) <= MOST[tier]


@pytest.mark.parametrize("name", EVERY)
def test_smoke_buys_one_picture_of_anyone(name: str) -> None:
    """Whichever gateway is asked, a smoke audit buys at most one picture."""
    assert _images(find(name), Tier.SMOKE) <= 1


def _snippet() -> str:
    """Return the gateway file that CONTRIBUTING.md shows."""
    text = (Path(__file__).resolve().parents[2] / "CONTRIBUTING.md").read_text("utf-8")
    match = re.search(r"^```toml example\.toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert match is not None
    return match[1]


def test_a_gateway_takes_twenty_lines() -> None:
    """The file that CONTRIBUTING.md shows has at most twenty lines with something on them."""
    assert 1 < sum(bool(line.strip()) for line in _snippet().splitlines()) <= 20


def test_the_gateway_in_contributing_is_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What CONTRIBUTING.md shows loads, claims what it says, and is planned and priced by its path."""
    path = tmp_path / "example.toml"
    path.write_text(_snippet(), "utf-8")
    claim = load(path).claim("images.generate.n")
    assert (claim.stance, claim.values, claim.sources[0].quote) == (
        "offered",
        (1, 2, 3, 4),
        "You can request up to four images.",
    )
    assert run(["plan", str(path), "--json"]) == 0
    output = orjson.loads(capsys.readouterr().out)["example"]
    assert (output["images"] > 0, output["usd"] > 0, output["usd_documented"]) == (True, True, False)


@pytest.mark.parametrize("line", [line for line in _snippet().splitlines() if line.strip()])
def test_no_line_of_it_can_be_left_out(line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any one line but the optional ones, the command says in one sentence what is missing."""
    path = tmp_path / "example.toml"
    path.write_text(_snippet().replace(f"{line}\n", "", 1), "utf-8")
    code = run(["plan", str(path)])
    error_output = capsys.readouterr().err.splitlines()
    optional = line.startswith(("url =", "values ="))
    assert (code, len(error_output)) == ((0, 0) if optional else (2, 1))
