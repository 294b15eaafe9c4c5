"""An audit as an ordinary function: targets and settings in, events out, a run folder on disk.

It uses neither pytest nor a terminal. `gateprobe audit`, `night` and `discover`, the marker `needs_gateway` and the
pytest plugin are its clients; the pytest plugin calls the steps of `Audit` one by one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from gateprobe import files
from gateprobe.audit.events import Captured, CaptureStarted, Finished, Judged, Listener, Noticed, Started
from gateprobe.audit.gateways.survey import IMPATIENT, Surveyed, apply_survey, is_surveyed, survey_run
from gateprobe.audit.gateways.targets import Target, served
from gateprobe.audit.settings import Settings, new_seed
from gateprobe.audit.stored.origin import mark_judged_here, seal, with_origin
from gateprobe.audit.stored.run_file import all_items, header_of, now, settle, write_run
from gateprobe.audit.upstream import Upstream
from gateprobe.capture import PATIENT, Audited, Budget, capture, proxy_secrets
from gateprobe.capture.events import ignore
from gateprobe.clients import replay
from gateprobe.errors import ExitCode, UsageError, unwritable
from gateprobe.evidence import EVERYTHING, Evidence, Failure
from gateprobe.gateway import REFERENCE, dumps, reference
from gateprobe.judge.acceptance import of_header
from gateprobe.judge.judging import judge
from gateprobe.message import message
from gateprobe.model import EMPTY, Cause, Tier
from gateprobe.plan.afford import afford
from gateprobe.plan.columns import part_of, shared_runs
from gateprobe.plan.planning import Item, first_path, repeated, scenario_runs_of
from gateprobe.record import file as record
from gateprobe.record.file import Header, Record
from gateprobe.redact import Redactor
from gateprobe.redact.outgoing import clean
from gateprobe.scenario import ScenarioRun
from gateprobe.store import folder as store

Select = Callable[[Sequence[Item]], Sequence[Item]]
"""A function that selects items of an audit; the others are neither sent nor paid for."""


def audit(
    targets: Sequence[Target],
    settings: Settings,
    folder: Path,
    *,
    select: Select | None = None,
    resume: bool = False,
    listener: Listener = ignore,
    environment: Mapping[str, str] = os.environ,
    upstream: Upstream | None = None,
) -> Finished:
    """Audit gateways into a run folder, and report each event to a listener.

    A resumed audit sends only what is missing, with its first selection and baseline unless others are given.
    `environment` has the variables in which the official clients find their tools. `upstream` is what serves behind the
    only gateway: what it receives and answers is stored too.

    Raises:
        UsageError: the folder cannot be used, or `select` refuses.
    """
    work = Audit(
        targets, settings, folder, resume=resume, listener=listener, environment=environment, upstream=upstream
    )
    items = select(work.items) if select is not None else work.begun
    records: list[Record] = []
    with closing(work):
        work.open(items)
        try:
            items = work.survey(select)
            work.capture(items)
            work.replay(items)
            for item in items:
                records.append(work.judge(item))  # noqa: PERF401 - an interrupt keeps those that were judged
        except KeyboardInterrupt:
            return work.stopped(records)
        return work.finish(records)


class Audit:
    """The steps of one audit, in a folder that nobody else may write to: open, capture, judge, finish, close.

    `items` are all that can be tested; `begun` are the first selection of a resumed run, or all.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        settings: Settings,
        folder: Path,
        *,
        resume: bool = False,
        listener: Listener = ignore,
        environment: Mapping[str, str] = os.environ,
        started_at: str = "",
        upstream: Upstream | None = None,
    ) -> None:
        run = with_origin(record.load(folder)) if resume and (folder / "run.jsonl").exists() else None
        if run is not None:
            record.started_at(run)  # a run whose header states no time is refused
        begun = run.header if run is not None else None
        selected: Sequence[str] = begun.options.selected if begun is not None else ()
        if begun is not None and not settings.accepted:
            settings = replace(settings, accepted=of_header(begun))
        if begun is not None:  # `discover` spent something before its run began
            earlier = begun.options.budget.earlier.at_least(settings.budget.earlier)
            settings = replace(settings, budget=replace(settings.budget, earlier=earlier))
        settings = replace(settings, seed=_seed(settings.seed, begun))
        self.targets = tuple(targets)
        self.settings = settings
        self.folder = folder
        self.items = all_items([target.gateway for target in self.targets], settings)
        self.begun = tuple(item for item in self._all_of(selected) if not selected or item.id in selected)
        self.started_at = begun.started_at if begun is not None else started_at or now()
        self._resume = resume
        self._foreign = mark_judged_here(begun) if begun is not None else None
        self._listener = listener
        self._environment = environment
        self._upstream = upstream
        self._opened: tuple[Item, ...] = ()
        self._captured: set[str] = set()
        self._stopped = False
        self._absent: dict[str, Mapping[str, Failure]] = {}
        self._slow: frozenset[str] = frozenset()
        self._evidence: dict[str, dict[str, Evidence]] = {}
        self._lock: FileLock | None = None

    def open(self, items: Sequence[Item] | None = None) -> None:
        """Lock the folder; write the header, with the items where they are not all, and a copy of every gateway file.

        Without `items`, the first selection is used.

        Raises:
            UsageError: the folder cannot be written, contains a run already, or another audit is running in it.
        """
        self._opened = self.begun if items is None else tuple(items)
        if len(self._opened) < len(self.items):
            chosen = {item.id for item in self._opened}
            selected = tuple(item.id for item in self.items if item.id in chosen)
            self.settings = replace(self.settings, selected=selected)
        path = self.folder / "run.jsonl"
        try:
            if path.exists() and not self._resume:
                raise UsageError(
                    f"{self.folder} contains a run already: use --resume {self.folder}, or name another --out"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            files.check(self.folder, self.folder / ".lock")
            self._lock = FileLock(self.folder / ".lock", blocking=False)
            self._lock.acquire()
            store.bodies_of(self.folder).sweep()
            self._copy_gateway_files()
            self._write_header()
            if self._upstream is not None:
                (target,) = self.targets
                self._upstream.record(self.folder, target.gateway.name, target.secret)
        except Timeout:
            raise UsageError(f"another audit is running in {self.folder}; wait for it, or name another --out") from None
        except OSError as error:
            raise unwritable("the run", self.folder, error) from None
        self._listener(Started(self.folder, self._opened, self.settings))

    def _all_of(self, selected: Sequence[str]) -> tuple[Item, ...]:
        """Return the items of a first selection; its picture may not be that of a whole smoke audit."""
        if not selected:
            return self.items
        return all_items([target.gateway for target in self.targets], replace(self.settings, tier=Tier.DEEP))

    def survey(self, select: Select | None = None) -> tuple[Item, ...]:
        """Find out by free requests which endpoints and models exist, and return the remaining items.

        `is_surveyed` states which gateways are asked.
        """
        limit = self.settings.budget.requests
        by_name = {target.gateway.name: target for target in self.targets}
        asked = {item.gateway.name for item in self._opened if is_surveyed(item.gateway, item.scenario_runs, limit)}
        targets = [target for name, target in by_name.items() if name in asked]
        if not targets:
            return self._opened
        budget = self.settings.budget.part(len(targets), len(self.targets))
        runs = [
            Audited(
                target.gateway,
                target.secret,
                (survey_run(),),
                budget,
                jobs=1,
                per_minute=self.settings.per_minute,
                seed=self.settings.seed or 0,
                patience=IMPATIENT,
                columns=self._columns_beside(target),
            )
            for target in targets
        ]
        redactor = self._redactor(targets)
        self._stopped = capture(runs, self.folder, redactor, self.settings.limits)
        results = {target.gateway.name: self._apply_survey(target) for target in targets}
        self._absent = {name: self._skipped(result.absent) for name, result in results.items()}
        self._slow = frozenset(name for name, result in results.items() if result.slow)
        self._refit(results, select)
        if notices := {name: result.notices for name, result in results.items() if result.notices}:
            self.settings = replace(self.settings, notices=notices)
        if shown := tuple(notice for result in results.values() if not result.stopped for notice in result.notices):
            self._listener(Noticed(shown))  # the result of a stopped gateway states why it was not audited
        self.__dict__.pop("header", None)
        self._write_header()
        return self._opened

    def _apply_survey(self, target: Target) -> Surveyed:
        """Return a target as its survey changes it; a relay keeps its models, since its upstream draws with any."""
        captured = store.read(self.folder, target.gateway.name)
        result = apply_survey(target, captured)
        if self._upstream is None or not result.stopped:
            return result
        unlisted = apply_survey(replace(target, gateway=replace(target.gateway, adopted=False)), captured)
        return result if unlisted.stopped else Surveyed(target)

    def _skipped(self, absent: Mapping[str, Failure]) -> Mapping[str, Failure]:
        """Return the endpoints that receive no requests; for a relay none, since both sides show every outcome."""
        if self._upstream is None:
            return absent
        return {path: failure for path, failure in absent.items() if path == EVERYTHING}

    def _refit(self, results: Mapping[str, Surveyed], select: Select | None) -> None:
        """Replace the targets and items by those of the surveyed gateways; an unchanged gateway keeps its items."""
        targets = tuple(results[t.gateway.name].target if t.gateway.name in results else t for t in self.targets)
        if targets == self.targets and not any(self._absent.values()):
            return
        whole = len(self._opened) == len(self.items)
        chosen, before = {item.id for item in self._opened}, {item.id for item in self.items}
        self.targets = targets
        self._copy_gateway_files()
        self.items = all_items([target.gateway for target in targets], self.settings, self._absent)
        if whole:
            self._opened = self.items
        elif select is not None:
            self._opened = tuple(select(self.items))
        else:
            self._opened = tuple(item for item in self.items if item.id in chosen or item.id not in before)
        selected = () if whole else tuple(item.id for item in self._opened)
        self.settings = replace(self.settings, selected=selected)

    def close(self) -> None:
        """Release the folder."""
        if self._lock is not None and self._lock.is_locked:
            self._lock.release()
            (self.folder / ".lock").unlink(missing_ok=True)

    def _copy_gateway_files(self) -> None:
        folder = self.folder / "gateways"
        if not files.is_file(self.folder, folder / f"{REFERENCE}.toml"):
            files.write(self.folder, folder / f"{REFERENCE}.toml", dumps(reference()).encode())
        for target in self.targets:
            files.write(
                self.folder, store.path_of_gateway(self.folder, target.gateway.name), dumps(target.gateway).encode()
            )

    @cached_property
    def header(self) -> Header:
        """The run's header; opening the audit completes its settings."""
        header = header_of(self.targets, self.settings, self.started_at)
        if self._foreign is None:
            return header
        edited = () if header.embedded else self._foreign.edited  # the claims of embedded references are written anew
        return replace(header, foreign=self._foreign.foreign, edited=edited)

    def _write_header(self) -> None:
        record.write(self.folder / "run.jsonl", self.header, (), None)
        seal(self.folder)

    def capture(self, items: Iterable[Item]) -> None:
        """Capture the evidence that items need; embedded gateways are served meanwhile."""
        by_gateway: dict[str, list[Item]] = {}
        for item in items:
            by_gateway.setdefault(item.gateway.name, []).append(item)
        targets = [target for target in self.targets if target.gateway.name in by_gateway]
        with served(targets, delay=self.settings.delay) as ready:
            budget = self.settings.budget.part(len(targets), len(self.targets))
            captures: list[Audited] = []
            for target in ready:
                captures.append(self._audited(target, by_gateway[target.gateway.name], budget, captures))
            self._listener(CaptureStarted({item.gateway.name: len(item.scenario_runs) for item in captures}))
            redactor = self._redactor(ready)
            capture(captures, self.folder, redactor, self.settings.limits, self._listener, stopped=self._stopped)
        if self._upstream is not None:
            self._upstream.settle()
            seal(self.folder)
        self._captured |= by_gateway.keys()
        self._listener(Captured(tuple(by_gateway)))

    def _redactor(self, targets: Iterable[Target]) -> Redactor:
        behind = [self._upstream.key] if self._upstream is not None else []
        return Redactor([target.secret for target in targets], [*proxy_secrets(), *behind])

    def _audited(self, target: Target, items: Sequence[Item], budget: Budget, before: Sequence[Audited]) -> Audited:
        """Return the scenarios to capture of one gateway, and those that its budget does not reach.

        `before` are the captures of earlier gateways, whose answers another image model of the provider shares.
        """
        settings = self.settings
        scenario_runs = repeated(scenario_runs_of(items), settings.repeat)
        absent = self._absent.get(target.gateway.name, EMPTY)
        unasked = frozenset(run.id for run in scenario_runs_of(items) if absent and _is_absent(target, run, absent))
        asked = [item for item in items if not unasked & {run.id for run in item.scenario_runs}]
        sent = ((other.gateway, [run for run in other.scenario_runs if run.id not in other.cut]) for other in before)
        shared = shared_runs(target.gateway, scenario_runs_of(asked), sent)
        budget = part_of(budget, target.gateway.name, [other.gateway for other in self.targets])
        reached = afford(target.gateway, asked, budget.share(settings.repeat), shared) | unasked
        cut = frozenset(run.id for run in scenario_runs if replace(run, turn=1).id not in reached)
        return Audited(
            target.gateway,
            target.secret,
            scenario_runs,
            budget,
            settings.jobs,
            settings.per_minute,
            cut,
            settings.seed or 0,
            IMPATIENT if target.gateway.name in self._slow else PATIENT,
            absent,
            self._columns_beside(target),
        )

    def _columns_beside(self, target: Target) -> tuple[str, ...]:
        """Return the other image models of a target's provider, whose stored answers it shares."""
        gateway = next(each.gateway for each in self.targets if each.gateway.name == target.gateway.name)
        return tuple(each.gateway.name for each in self.targets if gateway.is_column_beside(each.gateway))

    def has_captured(self, gateway: str) -> bool:
        """Return whether this process has captured a gateway."""
        return gateway in self._captured

    def replay(self, items: Iterable[Item]) -> None:
        """Replay captured answers to the official clients, for the items that judge what they read."""
        if names := list(dict.fromkeys(item.gateway.name for item in items if item.probe.module == "clients")):
            replay(self.folder, names, self._environment)

    def evidence_of(self, gateway: str) -> Mapping[str, Evidence]:
        """Return the stored evidence of a gateway by scenario; it is read once, after its capture."""
        if gateway not in self._evidence:
            self._evidence[gateway] = store.read(self.folder, gateway)
        return self._evidence[gateway]

    def judge(self, item: Item) -> Record:
        """Judge one item by what is stored, as it counts in this run."""
        (judged,) = settle(self.header, [judge(item, reference(), self.evidence_of(item.gateway.name))])
        judged = judged.with_texts(clean)
        self._listener(Judged(judged))
        return judged

    def finish(self, records: Sequence[Record]) -> Finished:
        """Write the run with its footer, and return how it ended."""
        return self._finished(write_run(self.folder, self.header, records))

    def stopped(self, records: Sequence[Record]) -> Finished:
        """Return how a run ended that a person stopped.

        Where judging had begun, the rest is unproven and the footer says that the run was stopped; else there is none.
        """
        if not records:
            return self._finished(ExitCode.INCOMPLETE)
        judged = {record.item for record in records}
        rest = [_not_judged(item) for item in self._opened if item.id not in judged]
        return self._finished(write_run(self.folder, self.header, [*records, *rest], stopped=True))

    def _finished(self, code: int) -> Finished:
        finished = Finished(record.load(self.folder, evidence=self._evidence), code)
        self._listener(finished)
        return finished


_STOPPED: Final = Failure(
    Cause.BUDGET,
    message("the audit was stopped before this was judged; `gateprobe judge` judges what is stored"),
    stopped=True,
)


def _is_absent(target: Target, scenario_run: ScenarioRun, absent: Mapping[str, Failure]) -> bool:
    """Return whether a scenario begins at an endpoint that does not exist, so that it costs nothing."""
    return first_path(target.gateway, scenario_run) in absent


def _not_judged(item: Item) -> Record:
    """Return the record of an item that a stopped audit did not come to."""
    name = item.gateway.name
    stopped = {run.id: Evidence(name, run.id, run.value, (), _STOPPED) for run in item.scenario_runs}
    return judge(item, reference(), stopped)


def _seed(asked: int | None, begun: Header | None) -> int:
    """Return the seed of an audit: the stored one of a resumed run, the requested one, or a new one.

    Raises:
        UsageError: a resumed run has another seed than the requested one.
    """
    stored = begun.options.seed if begun is not None else None
    if stored is None:
        return new_seed() if asked is None else asked
    if asked not in (None, stored):
        raise UsageError(f"--seed {asked}: the run has seed {stored}, and a resumed run keeps its seed")
    return int(stored)
