"""Runs for the reports' tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.gateway.catalogue import parse
from gateprobe.record.file import Run, load
from gateprobe.reporting.matrix import Matrix, build_matrix, read_gateways
from tests.reporting.runs import write_run


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a run of OpenAI and Acme, embedded, in the smoke tier."""
    return write_run(tmp_path_factory.mktemp("runs") / "2026-11-21")


@pytest.fixture(scope="session")
def run(run_folder: Path) -> Run:
    """Load the same run."""
    return load(run_folder)


@pytest.fixture(scope="session")
def matrix(run: Run) -> Matrix:
    """Build Acme's column of that run over a catalogue of three capabilities, so that a report fits into a test."""
    known = parse((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))
    records = tuple(one for one in run.records if one.gateway == "acme" and one.capability in known)
    header = replace(run.header, gateways=("acme",))
    return build_matrix(replace(run, header=header, records=records), read_gateways(run), known)
