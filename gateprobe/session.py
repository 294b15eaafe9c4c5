"""The audit of one pytest session: made from pytest's options, so that every xdist worker can make its own."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from gateprobe.audit import Audit, Settings, all_items, captured, now
from gateprobe.capture import Budget, Patience
from gateprobe.errors import WrongUse
from gateprobe.evidence import Evidence
from gateprobe.gateway import Overrides, reference
from gateprobe.judge import judge
from gateprobe.model import Tier
from gateprobe.plan import Item
from gateprobe.progress import showing
from gateprobe.record import Record
from gateprobe.target import resolve, served

AUDITING = pytest.StashKey["Auditing"]()
"""Where a session keeps its audit."""


class Auditing:
    """An audit with its items, what was captured, and its records so far."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.option
        overrides = Overrides(option.key_env, option.text_model, option.image_model, option.base_url)
        targets = resolve(option.gateway, os.environ, overrides, embedded=option.embedded)
        patience = Patience(total=option.patience, first_byte=option.patience) if option.patience else Patience()
        budget = Budget(option.budget, option.max_images, option.max_requests)
        settings = Settings(Tier(option.tier), tuple(option.need), budget, option.jobs, patience)
        folder = Path(option.run or Path("reports") / now().replace(":", ""))
        self.audit = Audit(folder, targets, settings)
        self.items = {item.id: item for item in all_items([target.gateway for target in targets], settings)}
        self._delay: float = option.delay
        self._resume: bool = option.resume_run
        self._captured: dict[str, dict[str, Evidence]] = {}
        self._records: dict[str, Record] = {}

    def begin(self, items: list[Item], config: pytest.Config) -> None:
        """Capture what the selected items need, and read it back from disk: judging sees only what is stored.

        Raises:
            WrongUse: the run folder cannot be used.
        """
        self.audit.open(resume=self._resume)
        wanted = {item.gateway.name for item in items}
        targets = tuple(target for target in self.audit.targets if target.gateway.name in wanted)
        with ExitStack() as stack:
            ready = stack.enter_context(served(targets, delay=self._delay))
            listener = stack.enter_context(showing(config, items))
            self.audit.capture(items, ready, listener)
        for name, evidence in captured(self.audit.folder, wanted).items():
            self._captured[name] = dict(evidence)

    def judge(self, item: Item) -> Record:
        """Judge one item."""
        return judge(item, reference(), self._captured.get(item.gateway.name, {}))

    def keep(self, record: Record) -> None:
        """Keep a record for the run file."""
        self._records[record.item] = record

    def finish(self) -> int | None:
        """Write the run and give its exit code; None where nothing was judged."""
        ordered = [self._records[name] for name in self.items if name in self._records]
        code = self.audit.finish(ordered) if ordered else None
        self.audit.close()
        return code


def auditing(config: pytest.Config) -> Auditing:
    """Give the session's audit, made when first needed.

    Raises:
        pytest.UsageError: an option cannot be used.
    """
    if AUDITING not in config.stash:
        try:
            config.stash[AUDITING] = Auditing(config)
        except WrongUse as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[AUDITING]
