"""The benchmark of pages: runs under other names are whole runs, and a trace is read as its sentence says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateprobe.formats.html.compare import measures_of
from gateprobe.record.file import load
from tests.support.plays.many_pages import free, renamed
from tests.support.runs import write_run

_THREAD = {"pid": 7, "tid": 1}
_START: dict[str, Any] = {
    "name": "navigationStart",
    "ts": 1_000_000,
    **_THREAD,
    "args": {"data": {"documentLoaderURL": "file:///compare.html"}},
}


def _task(ts: int, ms: int, tid: int = 1) -> dict[str, Any]:
    return {"name": "ThreadControllerImpl::RunTask", "ph": "X", "ts": ts, "dur": ms * 1000, "pid": 7, "tid": tid}


def test_a_run_under_other_names_is_whole(tmp_path: Path) -> None:
    """Three gateways out of a run of two: their records, files and evidence bear the new names."""
    run = load(write_run(tmp_path / "run"))
    made = list(renamed(run, tmp_path / "many", 3))
    assert [run.header.gateways for run in made] == [("openai-0", "acme-0"), ("openai-1",)]
    assert {record.gateway for record in made[1].records} == {"openai-1"}
    assert made[0].records[-1].item.endswith("@acme-0")
    assert measures_of(made[0])["acme-0"].whole.count == measures_of(run)["acme"].whole.count > 0


def test_interactive_is_the_end_of_the_last_long_task() -> None:
    """Short tasks, other threads and what came before the navigation do not count; the first paint does."""
    tasks = [_task(900_000, 90), _task(1_100_000, 60), _task(1_300_000, 49), _task(1_400_000, 80, tid=2)]
    assert free([_START, *tasks]) == 160.0
    assert free([_START, *tasks, {"name": "firstContentfulPaint", "ts": 1_250_000, **_THREAD}]) == 250.0
