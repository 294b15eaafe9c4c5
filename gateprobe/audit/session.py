"""The audit of one pytest session: made from pytest's options, so that every xdist worker can make its own."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.auditing import Audit, Settings, all_items, captured
from gateprobe.audit.progress import showing
from gateprobe.audit.target import Target, resolve, served
from gateprobe.capture import Budget, Patience
from gateprobe.clients import replay
from gateprobe.errors import UsageError
from gateprobe.evidence import Evidence
from gateprobe.formats.words import count
from gateprobe.gateway import Overrides, reference
from gateprobe.judge.acceptance import check_profile, of_header
from gateprobe.judge.judging import judge
from gateprobe.model import Tier
from gateprobe.plan.planning import Item, check_needs
from gateprobe.record import baseline
from gateprobe.record import file as record
from gateprobe.record.baseline import Accepted
from gateprobe.record.file import Record

AUDITING = pytest.StashKey["Auditing"]()
"""Where a session keeps its audit."""


class Auditing:
    """An audit with its items, what was captured, and its records so far."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        overrides = Overrides(option.key_env, option.text_model, option.image_model, option.base_url)
        check_needs(option.need)
        targets = resolve(option.gateway, os.environ, overrides, embedded=option.embedded)
        settings = Settings(
            Tier(option.tier),
            tuple(option.need),
            Budget(option.budget, option.max_images, option.max_requests),
            option.jobs,
            option.rpm,
            Patience.of(option.patience, option.max_body),
            check_profile(option.profile) if option.profile else "",
            _accepted(option),
            option.repeat,
        )
        self.audit = Audit(Path(option.run), shard_of(targets, option.shard), settings)
        self.items = {item.id: item for item in all_items([one.gateway for one in self.audit.targets], settings)}
        self.begun = _selected(option)
        self._delay: float = option.delay
        self._resume: bool = option.resume_run
        self._captured: dict[str, dict[str, Evidence]] = {}
        self._records: dict[str, Record] = {}

    def open(self, items: Sequence[Item] = ()) -> None:
        """Take the run folder; where `items` are only some of the audit's own, the run says which.

        Raises:
            UsageError: it cannot be used.
        """
        chosen = {item.id for item in items} or self.begun
        if chosen and chosen < self.items.keys():
            selected = tuple(name for name in self.items if name in chosen)
            self.audit.settings = replace(self.audit.settings, selected=selected)
        self.audit.open(resume=self._resume)

    def capture(self, items: Sequence[Item], config: pytest.Config) -> None:
        """Capture what items need, and read it back from disk: judging sees only what is stored."""
        wanted = {item.gateway.name for item in items}
        targets = tuple(target for target in self.audit.targets if target.gateway.name in wanted)
        with ExitStack() as stack:
            ready = stack.enter_context(served(targets, delay=self._delay))
            listener = stack.enter_context(showing(config, items))
            self.audit.capture(items, ready, listener)
        if any(item.probe.module == "clients" for item in items):
            replay(self.audit.folder, sorted(wanted), os.environ)
        for name, evidence in captured(self.audit.folder, wanted).items():
            self._captured[name] = dict(evidence)

    def has(self, gateway: str) -> bool:
        """Say whether a gateway has been captured in this process."""
        return gateway in self._captured

    def judge(self, item: Item) -> Record:
        """Judge one item."""
        return self.audit.settled(judge(item, reference(), self._captured.get(item.gateway.name, {})))

    def keep(self, record: Record) -> None:
        """Keep a record for the run file."""
        self._records[record.item] = record

    def finish(self) -> int | None:
        """Write the run and give its exit code; None where nothing was judged."""
        ordered = [self._records[name] for name in self.items if name in self._records]
        code = self.audit.finish(ordered) if ordered else None
        self.audit.close()
        return code


def _accepted(option: argparse.Namespace) -> tuple[Accepted, ...]:
    """Give the baseline that is named; a resumed run keeps the one that it was begun with."""
    if option.baseline:
        return baseline.load(Path(option.baseline))
    begun = Path(option.run)
    return of_header(record.load(begun).header) if option.resume_run and (begun / "run.jsonl").exists() else ()


def _selected(option: argparse.Namespace) -> frozenset[str]:
    """Give the items that a resumed run was begun with, where they are not all; another `-k` replaces them."""
    begun = Path(option.run)
    if not option.resume_run or option.keyword or not (begun / "run.jsonl").exists():
        return frozenset()
    return frozenset(record.load(begun).header.options.get("selected", ()))


def shard_of(targets: Sequence[Target], shard: str | None) -> tuple[Target, ...]:
    """Give the part of the gateways that belongs to a shard (`3/8`): whole gateways, so that nothing is bought twice.

    Raises:
        UsageError: the shard is not written `K/N`, or holds no gateway.
    """
    if shard is None:
        return tuple(targets)
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", shard)
    if found is None or int(found[1]) > int(found[2]):
        raise UsageError(f"--shard {shard}: expected K/N with K from 1 to N, as in 3/8")
    part = tuple(targets[int(found[1]) - 1 :: int(found[2])])
    if not part:
        most = count(len(targets), "shard")
        raise UsageError(f"--shard {shard} holds no gateway: {count(len(targets), 'gateway')} can make at most {most}")
    return part


def auditing(config: pytest.Config) -> Auditing:
    """Give the session's audit, made when first needed.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    if AUDITING not in config.stash:
        try:
            config.stash[AUDITING] = Auditing(config)
        except UsageError as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[AUDITING]
