"""What a run's file states: a baseline may name items that this run did not ask for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.audit.stored.run_file import write_run
from gateprobe.record.file import load
from gateprobe.record.options import Accepted
from tests.support import runs


@pytest.mark.parametrize(
    ("item", "number"), [("cut_stream_is_no_success[cut_stream]@acme", 0), ("no_such_probe@acme", 1)]
)
def test_one_baseline_serves_runs_with_and_without_both_sides(tmp_path: Path, item: str, number: int) -> None:
    """An entry about a relay is left alone where the run shows one side; a misspelt one is not."""
    run = load(runs.write_run(tmp_path / "run", (), (runs.ACME,), capture=False))
    options = replace(run.header.options, accepted=(Accepted(item, "ticket 4711"),))
    write_run(run.folder, replace(run.header, options=options), ())
    assert len(load(run.folder).header.complaints) == number
