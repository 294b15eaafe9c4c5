"""The metrics of a night are OpenMetrics that Prometheus' own tool accepts, with each verdict counted."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from gateprobe.formats.nights.metrics import metrics
from gateprobe.record.file import Footer, Run, load
from gateprobe.views.nights.night_comparison import NightComparison
from tests.support.runs import write_run

PROMTOOL: Final = shutil.which("promtool")
DASHBOARD: Final = Path(__file__).resolve().parents[2] / "docs" / "grafana.json"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Write a run of several gateways."""
    return load(write_run(tmp_path / "run"))


def samples(night: NightComparison) -> list[Sample]:
    """Return the samples of a night's metrics."""
    text = metrics(night, 1)
    families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call] # the library has no types for it
    return [sample for family in families for sample in family.samples]


def test_every_finding_is_counted_once(run: Run) -> None:
    """The findings by verdict and level are those of the run, and none is left out."""
    counted = {
        (sample.labels["gateway"], sample.labels["level"], sample.labels["verdict"]): sample.value
        for sample in samples(NightComparison(run))
        if sample.name == "gateprobe_findings"
    }
    assert sum(counted.values()) == len(run.records)
    for record in run.records:
        same = [
            other
            for other in run.records
            if (other.gateway, other.level, other.verdict) == (record.gateway, record.level, record.verdict)
        ]
        assert counted[record.gateway, str(record.level), str(record.verdict)] == len(same)


def test_the_age_of_the_last_good_night(run: Run) -> None:
    """A good night is 0 s old; after a bad one the age counts from the last good one; with none there is no sample."""
    footer = run.footer
    assert footer is not None
    good = replace(run, footer=Footer("2026-11-28T02:00:00+00:00", 0))
    bad = replace(run, footer=Footer("2026-11-29T02:00:30+00:00", 1))

    def ages(night: NightComparison) -> list[float]:
        return [sample.value for sample in samples(night) if sample.name == "gateprobe_good_night_age_seconds"]

    assert ages(NightComparison(good)) == [0]
    assert ages(NightComparison(bad, last_good=good)) == [86430]
    assert ages(NightComparison(bad)) == []


@pytest.mark.skipif(PROMTOOL is None, reason="promtool of Prometheus is not installed")
def test_prometheus_accepts_the_metrics(run: Run) -> None:
    """`promtool check metrics` finds nothing wrong."""
    text = metrics(NightComparison(run), 1)
    done = subprocess.run(  # noqa: S603 - a fixed command of the distribution
        [str(PROMTOOL), "check", "metrics"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_lost_key_has_a_sample(run: Run) -> None:
    """A gateway whose key is no longer set has the value 1, an audited one 0; the night is not a good one."""
    footer = run.footer
    assert footer is not None
    night = NightComparison(replace(run, footer=replace(footer, exit_code=0)), keyless=("vibeapi",))
    values = {
        sample.labels["gateway"]: sample.value for sample in samples(night) if sample.name == "gateprobe_key_missing"
    }
    assert values == {**dict.fromkeys(run.header.gateways, 0), "vibeapi": 1}
    assert not any(sample.name == "gateprobe_good_night_timestamp_seconds" for sample in samples(night))


def test_the_dashboard_shows_every_metric(run: Run) -> None:
    """The dashboard for Grafana names each metric that a night writes, and no other, with labels that it has."""
    board = json.loads(DASHBOARD.read_text("utf-8"))
    expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    named = set(re.findall(r"gateprobe_[a-z_]+", " ".join(expressions)))
    footer = Footer("2026-11-28T02:00:00+00:00", 0)
    night = NightComparison(replace(run, footer=footer))
    written = {sample.name: set(sample.labels) for sample in samples(night)}
    moment = "gateprobe_good_night_timestamp_seconds"  # its age is shown instead
    assert named == written.keys() - {moment} | named & {"gateprobe_pictures", "gateprobe_dollars"}
    for expression in expressions:
        for name, selector in re.findall(r"(gateprobe_[a-z_]+)\{([^}]*)\}", expression):
            labels = set(re.findall(r"(\w+)=", selector))
            assert labels <= written.get(name, {"gateway"}), expression


def test_the_panels_of_the_dashboard_have_ids_and_places_of_their_own() -> None:
    """Grafana loads a dashboard whose panels have different ids and do not overlap on its grid of 24 columns."""
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(places)) == len(places)
    assert max(x for x, _ in places) < 24


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")
def test_prometheus_parses_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    """Prometheus' own tool accepts each expression, as a recording rule."""
    board = json.loads(DASHBOARD.read_text("utf-8"))
    expressions = [target["expr"].replace("$gateway", ".*") for panel in board["panels"] for target in panel["targets"]]
    rules = [{"record": f"rule:{number}", "expr": expression} for number, expression in enumerate(expressions)]
    path = tmp_path / "rules.yml"
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}), "utf-8")
    done = subprocess.run(  # noqa: S603 - Prometheus' own tool
        [str(PROMTOOL), "check", "rules", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
