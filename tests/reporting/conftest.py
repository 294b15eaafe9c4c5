"""Runs for the reports' tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.record import Run, load
from tests.reporting.runs import write_run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a run of OpenAI and Acme, embedded, in the smoke tier."""
    return write_run(tmp_path_factory.mktemp("runs") / "2026-11-21")


@pytest.fixture(scope="session")
def run(run_folder: Path) -> Run:
    """Load the same run."""
    return load(run_folder)
