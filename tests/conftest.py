"""For all tests: their order, no deadline for properties (no test asserts a time), and a state folder of their own."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from gateprobe.gateway.catalogue import parse
from gateprobe.record.file import Run, load
from gateprobe.views.matrix import Matrix, build_matrix, read_gateways
from tests.support.runs import write_run

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
gc.set_threshold(100_000, 50, 100)  # thousands of tests keep much alive; the usual thresholds took a fifth of the time

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
_STATE = tempfile.mkdtemp(prefix="gateprobe-state-")
os.environ["XDG_STATE_HOME"] = _STATE  # what a user of this machine agreed to, and judged, is not ours
os.environ["LC_ALL"] = "C.UTF-8"  # sentences are English, whatever the language of this machine
os.environ.pop("GATEPROBE_LANG", None)
atexit.register(shutil.rmtree, _STATE, ignore_errors=True)


def pytest_configure(config: pytest.Config) -> None:
    """Let xdist hand out files in the order below; its own puts files of few tests last, which may be the longest."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slow tests first, so that the many fast ones keep both workers busy to the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


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
    known = parse((Path(__file__).parent / "support" / "catalogue.toml").read_text("utf-8"))
    records = tuple(record for record in run.records if record.gateway == "acme" and record.capability in known)
    header = replace(run.header, gateways=("acme",))
    return build_matrix(replace(run, header=header, records=records), read_gateways(run), known)
