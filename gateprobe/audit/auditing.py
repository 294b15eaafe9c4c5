"""An audit: targets and items in, a run folder out. Knows nothing of pytest or of the terminal."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from gateprobe import __version__
from gateprobe.audit.target import Target
from gateprobe.capture import Audited, Budget, Listener, Patience, capture, may_be_billed, proxy_secrets
from gateprobe.codec import to_plain
from gateprobe.errors import BrokenRunError, NoSuchRunError, UsageError, unwritable
from gateprobe.evidence import Evidence
from gateprobe.gateway import REFERENCE, Gateway, dumps, load, reference
from gateprobe.gateway.modelfacts import endings
from gateprobe.judge import acceptance as standing
from gateprobe.judge.judging import judge_all
from gateprobe.library import probes
from gateprobe.model import Json, Tier
from gateprobe.plan.afford import afford
from gateprobe.plan.planning import Item, items_for, repeated, scenario_runs_of
from gateprobe.plan.spending import Spending, spending
from gateprobe.record import file as record
from gateprobe.record.baseline import Accepted
from gateprobe.record.digest import digests
from gateprobe.record.file import Footer, Header, Record
from gateprobe.redact import Redactor
from gateprobe.store import folder as store

_VERSIONS: Final = ("httpx", "pytest", "jsonschema", "hypothesis", "pillow")


@dataclass(frozen=True, slots=True)
class Settings:
    """What an audit was asked to do, but for the gateways."""

    tier: Tier = Tier.NIGHTLY
    needs: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    jobs: int = 4
    per_minute: int | None = None
    patience: Patience = field(default_factory=Patience)
    profile: str = ""
    accepted: tuple[Accepted, ...] = ()
    repeat: int = 1
    selected: tuple[str, ...] = ()
    """The items that were chosen, where they are not all of the tier."""

    def plain(self) -> dict[str, Json]:
        """Give the settings as the run's header keeps them."""
        budget = {"usd": self.budget.usd, "images": self.budget.images, "requests": self.budget.requests}
        plain: dict[str, Json] = {"needs": list(self.needs), "budget": budget, "jobs": self.jobs}
        if self.repeat > 1:
            plain["repeat"] = self.repeat
        if self.selected:
            plain["selected"] = list(self.selected)
        if self.profile:
            plain["profile"] = self.profile
        if self.accepted:
            plain["accepted"] = to_plain(self.accepted)
        return plain


def all_items(gateways: Iterable[Gateway], settings: Settings) -> tuple[Item, ...]:
    """Give every item of a tier for several gateways: by gateway, then in the catalogue's order."""
    return tuple(item for one in gateways for item in items_for(one, probes(), settings.tier, settings.needs))


def now() -> str:
    """Give the time as runs write it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Audit:
    """An audit under way in a folder that nobody else may write to."""

    folder: Path
    targets: tuple[Target, ...]
    settings: Settings
    started_at: str = field(default_factory=now)
    _lock: FileLock | None = field(default=None, repr=False)
    _terms: Header | None = field(default=None, repr=False)

    def open(self, *, resume: bool = False) -> None:
        """Take the folder, write the header and a copy of every gateway file.

        Raises:
            UsageError: the folder cannot be written, holds a run already, or another audit is at work in it.
        """
        path = self.folder / "run.jsonl"
        try:
            if path.exists() and not resume:
                raise UsageError(
                    f"{self.folder} holds a run already: go on with --resume {self.folder}, or name another --out"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self.folder / ".lock", blocking=False)
            self._lock.acquire()
            if path.exists():
                self.started_at = record.load(self.folder).header.started_at
            store.bodies_of(self.folder).sweep()
            self._snapshot()
            record.write(path, self.header(), (), None)
        except Timeout:
            raise UsageError(f"another audit is at work in {self.folder}; wait for it, or name another --out") from None
        except OSError as error:
            raise unwritable("the run", self.folder, error) from None

    def close(self) -> None:
        """Give the folder back."""
        if self._lock is not None:
            self._lock.release()
            (self.folder / ".lock").unlink(missing_ok=True)

    def _snapshot(self) -> None:
        folder = self.folder / "gateways"
        folder.mkdir(exist_ok=True)
        if not (folder / f"{REFERENCE}.toml").exists():
            (folder / f"{REFERENCE}.toml").write_text(dumps(reference()), "utf-8")
        for target in self.targets:
            (folder / f"{target.gateway.name}.toml").write_text(dumps(target.gateway), "utf-8")

    def header(self) -> Header:
        """Give the run's header."""
        return Header(
            started_at=self.started_at,
            version=__version__,
            gateways=tuple(target.gateway.name for target in self.targets),
            tier=self.settings.tier,
            embedded=all(target.embedded for target in self.targets),
            options=self.settings.plain(),
            versions={"python": platform.python_version()}
            | {name: version(name) for name in _VERSIONS}
            | digests(target.gateway for target in self.targets),
            warnings=tuple(self._warnings()),
        )

    def _warnings(self) -> Iterator[str]:
        """Say which gateway is asked for a model that was gone, or about to go, when the run began."""
        today = date.fromisoformat(self.started_at[:10])
        for target in self.targets:
            for sentence in endings(today, target.gateway.models.image, target.gateway.models.text):
                yield f"{target.gateway.name}: {sentence}"

    @property
    def redactor(self) -> Redactor:
        """Give what hides the keys of all targets, and the password of a proxy."""
        return Redactor((target.secret for target in self.targets), proxy_secrets())

    def capture(self, items: Iterable[Item], targets: Sequence[Target], listener: Listener) -> None:
        """Capture the evidence that items need; `targets` are those that are being served now."""
        wanted = tuple(items)
        capture(
            [
                self._audited(target, [item for item in wanted if item.gateway.name == target.gateway.name])
                for target in targets
            ],
            self.folder,
            Redactor((target.secret for target in targets), proxy_secrets()),
            listener,
            self.settings.patience,
        )

    def _audited(self, target: Target, items: Sequence[Item]) -> Audited:
        """Say what to capture of one gateway, and what its budget does not reach."""
        settings, scenario_runs = self.settings, repeated(scenario_runs_of(items), self.settings.repeat)
        kept = afford(target.gateway, items, settings.budget.share(settings.repeat))
        cut = frozenset(
            scenario_run.id for scenario_run in scenario_runs if replace(scenario_run, turn=1).id not in kept
        )
        return Audited(
            target.gateway, target.secret, scenario_runs, settings.budget, settings.jobs, settings.per_minute, cut
        )

    def settled(self, one: Record) -> Record:
        """Give a record as it counts in this run."""
        if self._terms is None:
            self._terms = self.header()
        return standing.settled(self._terms, [one], _since())[0]

    def finish(self, records: Sequence[Record]) -> int:
        """Write the run whole, give its exit code."""
        return write_run(self.folder, self.header(), records)


def write_run(folder: Path, header: Header, records: Sequence[Record], finished_at: str | None = None) -> int:
    """Write a run file with its footer, on the terms that its header states; give the exit code."""
    found = standing.settled(header, records, _since())
    header = replace(header, complaints=_complaints(folder, header, found))
    code = record.exit_code(found, header.options.get("needs", ()), header.complaints)
    counts = Counter(str(one.verdict) for one in found)
    spent, stopped = _stored(folder, header.gateways)
    footer = Footer(finished_at or now(), code, dict(sorted(counts.items())), spent, stopped)
    record.write(folder / "run.jsonl", header, found, footer)
    return code


def _stored(folder: Path, names: Iterable[str]) -> tuple[dict[str, Spending], bool]:
    """Return what was spent on each gateway whose evidence is there, and whether the audit of any was stopped."""
    spent: dict[str, Spending] = {}
    stopped = False
    for gateway in gateways_of(folder, [name for name in names if (folder / "evidence" / name).is_dir()]):
        scenarios = store.read_stored(folder, gateway.name).values()
        evidence = [store.settled(scenario) for scenario in scenarios]
        spent[gateway.name] = spending(gateway, may_be_billed(scenarios), evidence)
        stopped = stopped or any(scenario.blocked is not None and scenario.blocked.stopped for scenario in evidence)
    return spent, stopped


@cache
def _since() -> dict[str, str]:
    """Give the profile from which on each probe counts."""
    return {probe.id: probe.since for probe in probes()}


def _complaints(folder: Path, header: Header, records: Sequence[Record]) -> tuple[str, ...]:
    if not standing.of_header(header):
        return ()
    known = {one.id for one in all_items(gateways_of(folder, header.gateways), Settings(Tier.DEEP))}
    return standing.complaints(header, records, known)


def gateways_of(folder: Path, names: Iterable[str]) -> tuple[Gateway, ...]:
    """Read the gateway files that a run keeps.

    Raises:
        BrokenRunError: one is not there.
    """
    paths = [folder / "gateways" / f"{name}.toml" for name in names]
    for path in paths:
        if not path.is_file():
            raise BrokenRunError(f"{path} is missing from the run; a run keeps a copy of every gateway file")
    return tuple(load(path) for path in paths)


def captured(folder: Path, names: Iterable[str]) -> Mapping[str, Mapping[str, Evidence]]:
    """Read all evidence of a run, by gateway and shot id."""
    return {name: store.read(folder, name) for name in names}


def judge_run(folder: Path, claims: Path | None = None) -> tuple[Header, list[Record]]:
    """Judge a stored run again, from its folder alone.

    That is every item of the run's tier, or of its selection; of a whole run that came to its end, those that it judged
    and those whose evidence is there.

    The header says which gateprobe judges now, and by which probes. `claims` is another run, whose gateway files are
    used where it has them.

    Raises:
        NoSuchRunError, BrokenRunError: the folder holds no run, or a broken one.
    """
    run = record.load(folder, any_format=True)
    held = dict.fromkeys((*run.header.gateways, REFERENCE), folder)
    if claims is not None:
        held |= {name: claims for name in held if (claims / "gateways" / f"{name}.toml").is_file()}
    gateways = [gateways_of(held[name], [name])[0] for name in run.header.gateways]
    (theirs,) = gateways_of(held[REFERENCE], [REFERENCE])
    evidence = captured(folder, run.header.gateways)
    if not any(evidence.values()):
        raise NoSuchRunError(f"{folder} holds no evidence, so there is nothing to judge")
    settings = Settings(Tier(run.header.tier), tuple(run.header.options.get("needs", ())))
    known = {one.item for one in run.records}
    chosen = frozenset(run.header.options.get("selected", ()))
    items = [
        item
        for item in all_items(gateways, settings)
        if item.id in known
        or (item.id in chosen if chosen else run.footer is None)
        or (
            not chosen
            and run.footer is not None
            and all(s.id in evidence[item.gateway.name] for s in item.scenario_runs)
        )
    ]
    header = replace(
        run.header,
        version=__version__,
        versions={**run.header.versions, **digests(gateways)},
        warnings=tuple(one for one in run.header.warnings if one != record.TORN),
    )
    return header, standing.settled(header, judge_all(items, theirs, evidence), _since())
