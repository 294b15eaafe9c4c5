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

from gateprobe.audit.capturing import gateway_capture, survey_capture
from gateprobe.audit.events import Captured, CaptureStarted, Finished, Judged, Listener, Noticed, Started
from gateprobe.audit.gateways.survey import (
    IMPATIENT,
    Surveyed,
    apply_relay_survey,
    apply_survey,
    is_surveyed,
)
from gateprobe.audit.gateways.targets import Target, served
from gateprobe.audit.settings import Settings, seed_of
from gateprobe.audit.stored.locked_folder import LockedFolder, write_gateway_files
from gateprobe.audit.stored.origin import mark_judged_here, seal, with_origin
from gateprobe.audit.stored.run_file import all_items, header_of, not_judged, now, settle, write_run
from gateprobe.audit.upstream import Upstream
from gateprobe.capture import PATIENT, Audited, Budget, capture, proxy_secrets
from gateprobe.capture.events import ignore
from gateprobe.clients import replay
from gateprobe.errors import ExitCode
from gateprobe.evidence import Evidence, Failure
from gateprobe.gateway import reference
from gateprobe.judge.acceptance import of_header
from gateprobe.judge.judging import judge
from gateprobe.model import EMPTY, Tier
from gateprobe.plan.planning import Item
from gateprobe.record import file as record
from gateprobe.record.file import Header, Record
from gateprobe.redact import Redactor
from gateprobe.redact.outgoing import clean
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
        settings = replace(settings, seed=seed_of(settings.seed, begun))
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
        self._locked = LockedFolder(folder)

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
        with self._locked.opening(resume=self._resume):
            write_gateway_files(self.folder, self.targets)
            self._write_header()
            if self._upstream is not None:
                (target,) = self.targets
                self._upstream.record(self.folder, target.gateway.name, target.secret)
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
        gateways = [target.gateway for target in self.targets]
        runs = [survey_capture(target, budget, gateways, self.settings) for target in targets]
        redactor = self._redactor(targets)
        self._stopped = capture(runs, self.folder, redactor, self.settings.limits)
        apply = apply_survey if self._upstream is None else apply_relay_survey
        names = {target.gateway.name: target for target in targets}
        results = {name: apply(target, store.read(self.folder, name)) for name, target in names.items()}
        self._absent = {name: result.absent for name, result in results.items()}
        self._slow = frozenset(name for name, result in results.items() if result.slow)
        self._refit(results, select)
        if notices := {name: result.notices for name, result in results.items() if result.notices}:
            self.settings = replace(self.settings, notices=notices)
        if shown := tuple(notice for result in results.values() if not result.stopped for notice in result.notices):
            self._listener(Noticed(shown))  # the result of a stopped gateway states why it was not audited
        self.__dict__.pop("header", None)
        self._write_header()
        return self._opened

    def _refit(self, results: Mapping[str, Surveyed], select: Select | None) -> None:
        """Replace the targets and items by those of the surveyed gateways; an unchanged gateway keeps its items."""
        targets = tuple(results[t.gateway.name].target if t.gateway.name in results else t for t in self.targets)
        if targets == self.targets and not any(self._absent.values()):
            return
        whole = len(self._opened) == len(self.items)
        chosen, before = {item.id for item in self._opened}, {item.id for item in self.items}
        self.targets = targets
        write_gateway_files(self.folder, targets)
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
        self._locked.close()

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
        patience = IMPATIENT if target.gateway.name in self._slow else PATIENT
        absent = self._absent.get(target.gateway.name, EMPTY)
        beside = [other.gateway for other in self.targets]
        return gateway_capture(
            target, items, budget, before, gateways=beside, settings=self.settings, absent=absent, patience=patience
        )

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
        rest = [not_judged(item) for item in self._opened if item.id not in judged]
        return self._finished(write_run(self.folder, self.header, [*records, *rest], stopped=True))

    def _finished(self, code: int) -> Finished:
        finished = Finished(record.load(self.folder, evidence=self._evidence), code)
        self._listener(finished)
        return finished
