"""The run file of an audit: its header, how its records count, and its footer."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from gateprobe import __version__
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.origin import seal
from gateprobe.capture import pictures_of
from gateprobe.evidence import Evidence, Failure
from gateprobe.gateway import Gateway, reference
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.modelfacts import endings
from gateprobe.judge import acceptance
from gateprobe.judge.judging import judge
from gateprobe.library import probes
from gateprobe.message import message
from gateprobe.model import EMPTY, Cause, Tier
from gateprobe.plan.planning import Item, items_for, paths_beside
from gateprobe.plan.spending import Spending, spending
from gateprobe.record import file as record
from gateprobe.record.digest import digests
from gateprobe.record.file import Footer, Header, Record
from gateprobe.store import folder as store

_VERSIONS: Final = ("httpx", "pytest", "jsonschema", "hypothesis", "pillow")


def now() -> str:
    """Return the time as runs write it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_folder() -> Path:
    """Return the absolute path of a run folder that begins now, below `reports/`."""
    return (Path("reports") / now().replace(":", "")).absolute()


def all_items(
    gateways: Iterable[Gateway], settings: Settings, absent: Mapping[str, Collection[str]] = EMPTY
) -> tuple[Item, ...]:
    """Return every item of a tier for several gateways: by gateway, then in the catalogue's order.

    `absent` has the paths of endpoints that do not exist, by gateway.
    """
    asked = catalogue(relay=settings.relay, chaos=settings.chaos)
    some = [probe for probe in probes(relay=settings.relay) if probe.capability in asked]
    return tuple(
        item
        for gateway in gateways
        for item in items_for(gateway, some, settings.tier, settings.needs, _unasked(gateway, settings, absent))
    )


def _unasked(gateway: Gateway, settings: Settings, absent: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the paths at which a smoke audit buys no picture: those that are absent, and those of another API."""
    return frozenset(absent.get(gateway.name, ())) | paths_beside(gateway, settings.surface)


def header_of(targets: Sequence[Target], settings: Settings, started_at: str) -> Header:
    """Return the header of a run."""
    warned = joined_warnings(settings.notices, model_warnings(targets, started_at))
    return Header(
        started_at=started_at,
        version=__version__,
        gateways=tuple(target.gateway.name for target in targets),
        tier=settings.tier,
        embedded=all(target.embedded for target in targets),
        options=settings.options,
        versions={"python": platform.python_version()}
        | {name: version(name) for name in _VERSIONS}
        | digests(target.gateway for target in targets),
        warnings=tuple(dict.fromkeys(sentence for sentences in warned.values() for sentence in sentences)),
        warned=warned,
    )


def model_warnings(targets: Iterable[Target], started_at: str) -> dict[str, tuple[str, ...]]:
    """Return a sentence for each model that was shut down, or about to be, when the run began, by gateway."""
    today = date.fromisoformat(started_at[:10])
    named = {target.gateway.name: target.gateway.models for target in targets}
    return {
        name: tuple(f"{name}: {ending}" for ending in endings(today, models.image, models.text))
        for name, models in named.items()
    }


def write_run(
    folder: Path, header: Header, records: Sequence[Record], finished_at: str = "", *, stopped: bool = False
) -> int:
    """Write a run file with its footer, on the terms that its header states; return the exit code.

    `stopped` is set where a person stopped the judging; a capture that was stopped shows in the evidence.
    """
    settled = settle(header, records)
    complaints = _complaints(folder, header, settled)
    flat = tuple(sentence for sentences in complaints.values() for sentence in sentences)
    header = replace(header, complaints=flat, warned=joined_warnings(header.warned, complaints))
    code = header.limit(record.exit_code(settled, header.options.needs, header.complaints))
    counts = Counter(str(record.verdict) for record in settled)
    spent, cut_short = _stored(folder, header.gateways)
    footer = Footer(finished_at or now(), code, dict(sorted(counts.items())), spent, stopped or cut_short)
    record.write(folder / "run.jsonl", header, settled, footer)
    seal(folder)
    return code


_STOPPED: Final = Failure(
    Cause.BUDGET,
    message("the audit was stopped before this was judged; `gateprobe judge` judges what is stored"),
    stopped=True,
)


def not_judged(item: Item) -> Record:
    """Return the record of an item that a stopped audit did not come to."""
    name = item.gateway.name
    stopped = {run.id: Evidence(name, run.id, run.value, (), _STOPPED) for run in item.scenario_runs}
    return judge(item, reference(), stopped)


def settle(header: Header, records: Sequence[Record]) -> list[Record]:
    """Apply the profile and the baseline of a run to its records; by a profile before the first, all probes count."""
    if header.options.profile < min(_since().values()):
        header = replace(header, options=replace(header.options, profile=""))
    return acceptance.settled(header, records, _since())


@cache
def _since() -> dict[str, str]:
    """Return the profile that each probe was added in."""
    return {probe.id: probe.since for probe in probes(relay=True)}


def _stored(folder: Path, names: Iterable[str]) -> tuple[dict[str, Spending], bool]:
    """Return the spending on each gateway with stored evidence, and whether the audit of any was stopped."""
    spent: dict[str, Spending] = {}
    stopped = False
    for gateway in gateways_of(folder, store.captured(folder, names)):
        scenarios = store.read_stored(folder, gateway.name).values()
        evidence = [store.settled(scenario) for scenario in scenarios]
        spent[gateway.name] = spending(gateway, pictures_of(scenarios), evidence)
        stopped = stopped or any(scenario.blocked is not None and scenario.blocked.stopped for scenario in evidence)
    return spent, stopped


def joined_warnings(*several: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Return the sentences about each gateway, each once."""
    names = dict.fromkeys(name for warned in several for name, sentences in warned.items() if sentences)
    return {name: tuple(dict.fromkeys(text for warned in several for text in warned.get(name, ()))) for name in names}


def _complaints(folder: Path, header: Header, records: Sequence[Record]) -> dict[str, tuple[str, ...]]:
    """Return what is wrong with a run's baseline, by gateway."""
    if not acceptance.of_header(header):
        return {}
    everything = Settings(Tier.DEEP, relay=True, chaos=True)  # one baseline serves runs with and without both sides
    known = {item.id for item in all_items(gateways_of(folder, header.gateways), everything)}
    alone = {name: replace(header, gateways=(name,)) for name in header.gateways}
    return {name: acceptance.complaints(header, records, known) for name, header in alone.items()}


def gateways_of(folder: Path, names: Iterable[str]) -> tuple[Gateway, ...]:
    """Read the gateway files stored in a run.

    Raises:
        BrokenRunError, GatewayFileError: one of them is missing or broken.
    """
    return tuple(store.read_gateway(folder, name) for name in names)


def evidence_of(folder: Path, names: Iterable[str]) -> dict[str, dict[str, Evidence]]:
    """Read all evidence of a run, by gateway and scenario."""
    return {name: store.read(folder, name) for name in names}
