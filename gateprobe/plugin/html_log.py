"""The run log of pytest-html: its table in gateprobe's words, through the plugin's own hooks.

Loaded only where pytest-html writes a page. What a gateway said is a value everywhere, and escaped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import pytest
from markupsafe import Markup, escape

from gateprobe.formats.answer import one_line
from gateprobe.formats.findings import explanation
from gateprobe.formats.html import INDEX
from gateprobe.formats.html.exchanges import href
from gateprobe.plugin.html_details import Details
from gateprobe.plugin.reports import record_of
from gateprobe.plugin.session import known_session, relative, session_of
from gateprobe.record.file import Record
from gateprobe.text import printable
from gateprobe.views.answer import answer_of
from gateprobe.views.states import WORST_FIRST, State, state_of

_COLUMNS: Final = ("verdict", "gateway", "capability", "level", "claim", "reason")
_ANSWER: Final = 2000  # characters of the answer
_STYLE: Final = (Path(__file__).parent / "html_log.css").read_text("utf-8")
_HIDDEN: Final = '<th class="sortable" data-column-type="result" hidden>Result</th>'


class HtmlLog:
    """Fills the page of pytest-html from records: columns, details, and a summary in verdicts."""

    def __init__(self, config: pytest.Config, page: Path) -> None:
        self._config = config
        self._folder = relative(Path(config.option.run), page.parent)  # the run folder as the page links to it
        self._details: Details | None = None
        self._records: list[Record] = []

    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page, and let it begin with what is contradicted."""
        named = [Path(name).name if name.endswith(".toml") else name for name in self._config.option.gateways]
        report.title = f"gateprobe run log: {', '.join(map(printable, named)) if named else 'embedded references'}"
        report.set_data("initialSort", "verdict")
        report.set_data("renderCollapsed", ["passed", "failed"])
        report.outcomes["failed"]["label"] = "contradicted at level must"
        report.outcomes["passed"]["label"] = "other verdicts"

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        """Name the columns. pytest's own outcome, which its filters need, is there and not shown."""
        titles = [f'<th class="sortable" data-column-type="{name}">{name.capitalize()}</th>' for name in _COLUMNS]
        probe = '<th class="sortable" data-column-type="testId">Probe</th>'
        cells[:] = [_HIDDEN, *titles[:3], probe, *titles[3:], "<th>Report</th>"]

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """Show a record; of a test that is no probe, its outcome."""
        if not cells:
            return
        record = record_of(report)
        outcome = cells[0].replace("<td", "<td hidden", 1)
        if record is None:
            empty = '<td class="col-{}"></td>'.format
            name = f'<td class="col-testId">{escape(report.nodeid)}</td>'
            cells[:] = [outcome, *map(empty, _COLUMNS[:3]), name, *map(empty, _COLUMNS[3:]), "<td></td>"]
            return
        link = f"{self._report()}{href(f'{record.gateway}/{record.capability}')}"
        state = state_of(record)
        verdict = f"{state} (accepted)" if record.accepted else str(state)
        # The rank makes the column sort by what needs attention, not by the alphabet.
        cells[:] = [
            outcome,
            f'<td class="col-verdict {state}"><span hidden>{record.attention}</span>{verdict}</td>',
            f'<td class="col-gateway">{escape(record.gateway)}</td>',
            f'<td class="col-capability">{escape(record.capability)}</td>',
            f'<td class="col-testId">{escape(printable(record.item, 200))}</td>',
            f'<td class="col-level">{record.level}</td>',
            f'<td class="col-claim">{record.stance}</td>',
            f'<td class="col-reason">{escape(printable(explanation(record), 300))}</td>',
            f'<td class="col-links"><a href="{escape(link)}">matrix cell</a></td>',
        ]

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        """Leave out pytest's log where a record says more."""
        if record_of(report) is not None:
            data.clear()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add the details of a record before pytest-html reads the report."""
        record = record_of(report) if report.when == "call" else None
        if record is None:
            return
        if self._details is None:
            contained = bool(self._config.option.self_contained_html)
            self._details = Details(session_of(self._config).audit, self._folder, contained=contained)
        self._records.append(record)
        details = {"format_type": "html", "content": str(self._details.of(record)), "name": "", "extension": ""}
        added = [*getattr(report, "extras", []), details]
        report.extras = added  # type: ignore[attr-defined] # where pytest-html looks

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Count verdicts, and link to the run's own report."""
        session = known_session(self._config)
        if session is None:
            return
        prefix.append(f"<style>{_STYLE}</style>")
        if session.finished is not None:
            sentence = printable(one_line(answer_of(session.finished.run)), _ANSWER)
            prefix.append(str(_summary(self._records, self._report(), sentence)))

    def _report(self) -> str:
        return f"{self._folder}/{INDEX}"


def _summary(records: Iterable[Record], report: str, sentence: str) -> Markup:
    """Return the counts of verdicts by gateway, the answer of the run, and the link to its report."""
    by_gateway: dict[str, Counter[State]] = {}
    for record in records:
        by_gateway.setdefault(record.gateway, Counter())[state_of(record)] += 1
    item = Markup('<span class="{0}">{1} {0}</span>').format
    lines = Markup().join(
        Markup("<li><b>{}</b>: {}</li>").format(
            gateway, Markup(", ").join(item(state, counts[state]) for state in WORST_FIRST if counts[state])
        )
        for gateway, counts in by_gateway.items()
    )
    return Markup(
        '<ul class="verdicts">{}</ul><p class="answer">{}</p><p class="report"><a href="{}">Report of this run</a></p>'
    ).format(lines, sentence, report)
