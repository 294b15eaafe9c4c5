"""A night as OpenMetrics, for the textfile collector of a Prometheus node exporter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import generate_latest

from gateprobe.model import Level, Verdict
from gateprobe.record.file import Run
from gateprobe.views.matrix import read_gateways
from gateprobe.views.nights.night_comparison import NightComparison


def metrics(night: NightComparison, exit_code: int) -> str:
    """Return the metrics of a night. Every verdict of each level is listed, with 0 where no finding has it.

    Raises:
        BrokenRunError: a gateway file of the run cannot be read.
    """
    registry = CollectorRegistry()
    run = night.tonight
    registry.register(_Collected([*_findings(run), *_spent(run), _keys(night), *_times(night, exit_code)]))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call] # the library has no types for it
    return text.decode()


class _Collected:
    """Collected metrics, in the form that the library expects."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> list[Metric]:
        """Return the metrics."""
        return self._families


def _findings(run: Run) -> Iterator[Metric]:
    family = GaugeMetricFamily(
        "gateprobe_findings",
        "Findings of the night by verdict and level.",
        labels=["gateway", "model", "level", "verdict"],
    )
    counted = Counter((record.gateway, record.level, record.verdict) for record in run.records)
    for name, gateway in read_gateways(run).items():
        if name not in run.header.gateways:
            continue
        for level in Level:
            for verdict in Verdict:
                labels = [name, gateway.models.image, str(level), str(verdict)]
                family.add_metric(labels, counted[name, level, verdict])
    yield family


def _keys(night: NightComparison) -> Metric:
    family = GaugeMetricFamily(
        "gateprobe_key_missing",
        "1 for a gateway that an earlier night audited and whose key is no longer set.",
        labels=["gateway"],
    )
    for name in night.tonight.header.gateways:
        family.add_metric([name], 0)
    for name in night.keyless:
        family.add_metric([name], 1)
    return family


def _spent(run: Run) -> Iterator[Metric]:
    pictures = GaugeMetricFamily("gateprobe_pictures", "Pictures that the night bought.", labels=["gateway"])
    dollars = GaugeMetricFamily(
        "gateprobe_dollars",
        "US dollars that the night spent; estimated without a documented price.",
        labels=["gateway"],
    )
    for name, spent in (run.footer.spent if run.footer else {}).items():
        pictures.add_metric([name], spent.pictures)
        dollars.add_metric([name], spent.total.usd)
    yield from (pictures, dollars)


def _times(night: NightComparison, exit_code: int) -> Iterator[Metric]:
    run = night.tonight
    began, ended = _moment(run), _end(run)
    yield _single("gateprobe_seconds", "Seconds that the night took.", (ended - began).total_seconds())
    yield _single("gateprobe_exit_code", "The exit code of the night.", exit_code)
    yield _single("gateprobe_night_timestamp_seconds", "When the night ended.", ended.timestamp())
    is_good = run.footer is not None and run.footer.exit_code == 0 and not night.keyless
    good = run if is_good else night.last_good
    if good is not None:  # a metric without a sample would look like an age of 0
        when = _end(good)
        yield _single("gateprobe_good_night_timestamp_seconds", "When the last good night ended.", when.timestamp())
        age = (ended - when).total_seconds()
        yield _single("gateprobe_good_night_age_seconds", "The age of the last good night at the end of this one.", age)


def _single(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help_text, value=value)


def _moment(run: Run) -> datetime:
    return _utc(run.header.started_at)


def _end(run: Run) -> datetime:
    return _utc(run.footer.finished_at if run.footer else run.header.started_at)


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
