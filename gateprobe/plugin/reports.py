"""The record of a probe as part of pytest's report, also where the report comes from another process."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import pytest

from gateprobe.cli.progress import LETTERS
from gateprobe.plugin.items import ProbeItem
from gateprobe.record import file as record_file
from gateprobe.record.file import Record
from gateprobe.text import printable
from gateprobe.views.states import State, state_of

_RECORD: Final = "gateprobe_record"
_COLOURS: Final = {
    State.CONFIRMED: {"green": True},
    State.CONTRADICTED: {"red": True},
    State.FLAKY: {"red": True},
    State.UNPROVEN: {"yellow": True},
}
_Report = pytest.TestReport | pytest.CollectReport


def record_of(report: _Report) -> Record | None:
    """Return the record that a report carries."""
    record = getattr(report, _RECORD, None)
    return record if isinstance(record, Record) else None


def status(record: Record) -> tuple[str, str, Any]:
    """Return a verdict as pytest shows the outcome of a test: its category, its letter, its word."""
    state = state_of(record)
    word = f"{state.upper()} {printable(record.reason, 300)}"
    return str(state), LETTERS[state], (word, _COLOURS.get(state, {}))


class Reports:
    """Puts the record of an item on its report, and carries it from a worker of xdist to the controller."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the record on the report of the call."""
        report = yield
        if isinstance(item, ProbeItem) and call.when == "call":
            setattr(report, _RECORD, item.record)
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_report_to_serializable(
        self, report: _Report
    ) -> Generator[None, dict[str, Any] | None, dict[str, Any] | None]:
        """Write the record as text."""
        data = yield
        record = record_of(report)
        if data is not None and record is not None:
            data[_RECORD] = record_file.dumps(record)
        return data

    @pytest.hookimpl(wrapper=True)
    def pytest_report_from_serializable(self, data: dict[str, Any]) -> Generator[None, _Report | None, _Report | None]:
        """Read the record again."""
        report = yield
        text = getattr(report, _RECORD, None)
        if report is not None and isinstance(text, str):
            setattr(report, _RECORD, record_file.loads(text))
        return report
