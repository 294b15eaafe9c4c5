"""The hooks that make a pytest session an audit: capture before the first item, the run at the end."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from gateprobe.errors import UsageError
from gateprobe.plan.planning import Item
from gateprobe.plugin.items import ProbeItem
from gateprobe.plugin.reports import record_of
from gateprobe.plugin.session import audits, known_session, session_of
from gateprobe.redact.outgoing import clean
from gateprobe.text import printable


class Auditor:
    """Captures before the first item is judged, keeps the records, and writes the run at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker = hasattr(config, "workerinput")
        self._items: list[Item] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Resolve the gateways before anything is collected: wrong use is one sentence, not one error per module."""
        if audits(self._config):
            if self._distributing and self._config.option.dist != "loadgroup":
                raise pytest.UsageError(
                    "an audit on several workers takes --dist loadgroup: else two would ask one gateway"
                )
            session_of(self._config)
        return (yield)

    @property
    def _distributing(self) -> bool:
        """Whether this is the process that hands items to the workers of xdist."""
        return bool(self._config.pluginmanager.hasplugin("dsession"))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Go on with what a resumed run began with, and with nothing besides."""
        if not audits(self._config):
            return
        begun = session_of(self._config).begun
        left_out = [item for item in items if isinstance(item, ProbeItem) and item.item.id not in begun]
        if left_out:
            self._config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if item not in left_out]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """Capture once, for everything that was selected.

        Under xdist the controller has no items and takes the folder only; a worker learns item by item which gateways
        are its own, and captures each when the first of its items comes.
        """
        self._items = [item.item for item in session.items if isinstance(item, ProbeItem)]
        if not self._config.option.collectonly:
            try:
                self._begin()
            except UsageError as error:
                raise pytest.UsageError(str(error)) from None
        return (yield)

    def _begin(self) -> None:
        if self._worker or not (self._items or (self._distributing and audits(self._config))):
            return
        audit = session_of(self._config)
        audit.open(self._items)
        if self._items:
            audit.capture(self._items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """On an xdist worker, capture a gateway when its first item comes; all its items come to this worker."""
        if not (self._worker and isinstance(item, ProbeItem)):
            return
        name = item.item.gateway.name
        session = session_of(self._config)
        if not session.audit.has_captured(name):
            session.capture([item for item in self._items if item.gateway.name == name])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a record as it comes in, also from another process."""
        record = record_of(report) if report.when == "call" else None
        if record is not None:
            session_of(self._config).keep(record)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int | pytest.ExitCode) -> None:
        """Write the run whole; the exit code is gateprobe's, not pytest's."""
        audit = known_session(self._config)
        if audit is None or self._worker:
            return
        is_wrong = exitstatus == pytest.ExitCode.USAGE_ERROR
        finished = audit.finish(interrupted=is_wrong or exitstatus == pytest.ExitCode.INTERRUPTED)
        if finished is not None and not is_wrong:
            session.exitstatus = int(finished.exit_code)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print what gateprobe itself failed at: a letter does not say it."""
        session = known_session(self._config)
        for record in session.records if session is not None else ():
            if record.failed_here:
                terminalreporter.write_line(clean(f"{printable(record.item, 120)}: {printable(record.reason, 600)}"))
