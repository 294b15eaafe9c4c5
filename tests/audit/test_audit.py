"""An audit is an ordinary function: targets, settings and a selection in; events out, and a run folder."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from pathlib import Path

import pytest

from gateprobe.audit.engine import audit
from gateprobe.audit.events import (
    Captured,
    CaptureStarted,
    Event,
    Finished,
    Judged,
    Started,
)
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.rejudge import rejudged
from gateprobe.capture import Exchanged, ScenarioEnded, ScenarioStarted
from gateprobe.errors import ExitCode, UsageError
from gateprobe.gateway import find
from gateprobe.model import Cause, Verdict
from gateprobe.reference import Served, serve

ONE = ItemFilter(("models_are_listed",))


def target(served: Served) -> Target:
    """Return the served gateway with its key."""
    return Target(replace(find("openai"), base_url=served.url), served.key)


def test_events_come_in_order(tmp_path: Path) -> None:
    """Started, captured scenario by scenario, judged item by item, finished; the run on disk is what was reported."""
    events: list[Event] = []
    with serve("openai") as served:
        finished = audit([target(served)], Settings(), tmp_path / "run", select=ONE, listener=events.append)
        assert served.counters.requests == sum(isinstance(event, Exchanged) for event in events) == 1
    assert [kind for kind, _ in groupby(map(type, events))] == [
        Started,
        CaptureStarted,
        ScenarioStarted,
        Exchanged,
        ScenarioEnded,
        Captured,
        Judged,
        Finished,
    ]
    assert events[-1] == finished
    assert finished.exit_code is ExitCode.OK
    assert finished.run.records == tuple(event.record for event in events if isinstance(event, Judged))


def test_a_resumed_audit_keeps_its_selection(tmp_path: Path) -> None:
    """Without another selection, a resume is about the items that the audit began with, and sends nothing twice."""
    with serve("openai") as served:
        first = audit([target(served)], Settings(), tmp_path, select=ONE)
        sent = served.counters.requests
        again = audit([target(served)], Settings(), tmp_path, resume=True)
        assert served.counters.requests == sent
    assert again.run.records == first.run.records


def test_an_interrupt_before_judging_leaves_a_run_without_a_footer(tmp_path: Path) -> None:
    """What was stopped before it was judged is incomplete, keeps its evidence, and frees the folder."""

    def interrupt(event: Event) -> None:
        if isinstance(event, Captured):
            raise KeyboardInterrupt

    with serve("openai") as served:
        stopped = audit([target(served)], Settings(), tmp_path, select=ONE, listener=interrupt)
        assert (stopped.exit_code, stopped.run.footer) == (ExitCode.INCOMPLETE, None)
        assert list(tmp_path.glob("evidence/openai/*.jsonl"))
        assert audit([target(served)], Settings(), tmp_path, resume=True).exit_code is ExitCode.OK


def test_an_interrupt_while_judging_leaves_a_footer_that_says_so(tmp_path: Path) -> None:
    """What was judged counts, the rest is unproven and keeps the run incomplete; judged again, the run is whole."""
    judged: list[Judged] = []

    def interrupt(event: Event) -> None:
        if isinstance(event, Judged):
            judged.append(event)
            if len(judged) == 2:
                raise KeyboardInterrupt

    two = ItemFilter(("models_are_listed", "bogus_key_is_refused"))
    with serve("openai") as served:
        stopped = audit([target(served)], Settings(), tmp_path, select=two, listener=interrupt)
    assert stopped.exit_code is ExitCode.INCOMPLETE
    assert stopped.run.footer is not None
    assert (stopped.run.footer.stopped, stopped.run.footer.exit_code) == (True, ExitCode.INCOMPLETE)
    assert [record.cause for record in stopped.run.records] == [None, Cause.BUDGET]
    assert [record.verdict for record in rejudged(stopped.run).records] == [Verdict.CONFIRMED] * 2


def test_nothing_is_written_where_the_selection_is_refused(tmp_path: Path) -> None:
    """A selection that fits nothing is refused before the folder is made and before anything is sent."""
    with serve("openai") as served:
        with pytest.raises(UsageError, match="did you mean"):
            audit([target(served)], Settings(), tmp_path / "run", select=ItemFilter(("models_are_lsted",)))
        assert served.counters.requests == 0
    assert not (tmp_path / "run").exists()
