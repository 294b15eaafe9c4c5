"""Killed at any moment, an audit loses nothing, pays nothing twice, and ends as if it had never been killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateprobe.cli import run as gateprobe
from gateprobe.cli.summary import summary
from gateprobe.record import file as record
from gateprobe.reference import Served, serve
from tests.support.plays.killed_audits import series
from tests.support.plays.personas import personas

pytestmark = pytest.mark.slow

PROGRAM = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"
WHAT = ("-k", "generate or models or key", "--jobs", "2")
"""Enough probes for free requests, pictures, streams and chains."""


@pytest.fixture(scope="module")
def slow() -> Iterator[Served]:
    """Serve the reference gateway so that each picture takes a while."""
    with serve("openai", delay=0.15) as served:
        yield served


def start(served: Served, *arguments: str) -> subprocess.Popen[bytes]:
    """Start an audit in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
    return subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", PROGRAM, "audit", *arguments],
        env=environment | {"GATEPROBE_API_KEY": served.key},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def ended(process: subprocess.Popen[bytes]) -> int:
    """Wait for an audit to end, give its exit code; a traceback is a failure here and now."""
    _, said = process.communicate(timeout=120)
    assert b"Traceback" not in said, said
    return process.returncode


def killed(process: subprocess.Popen[bytes]) -> None:
    """Kill an audit without a warning."""
    process.kill()
    process.communicate()


def until(seen: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is seen of an audit that is at work; fail where it ends first."""
    while not seen():
        with contextlib.suppress(subprocess.TimeoutExpired):
            pytest.fail(f"the audit ended first, with exit {process.wait(0.02)}")


def outcome(folder: Path) -> dict[str, tuple[str, str | None]]:
    """Return verdict and cause of every item of a run."""
    return {one.item: (str(one.verdict), one.cause) for one in record.load(folder).records}


def test_killed_at_any_moment(tmp_path: Path) -> None:
    """Killed a dozen times, no answer is lost, no picture bought twice, and the records are those of a calm audit.

    But for a picture that was in flight: it may be billed and is not asked for again. `benchmarks/kills.py` kills more.
    """
    what = ("-k", "generate_n or turns or models")
    with personas("openai", delay=0.02) as found:
        told = series(found, found.served["openai"], what, (1, 2), tmp_path, deaths=6)
    assert told.sound, told
    assert told.kills
    assert told.audits == 2


def test_a_finished_run_is_resumed_for_nothing(slow: Served, tmp_path: Path) -> None:
    """Resuming what is complete sends nothing and gives the same records."""
    folder = tmp_path / "run"
    what = ("-k", "models_are_listed or listed_model_is_found")
    assert ended(start(slow, slow.url, "--out", str(folder), *what)) == 0
    heard, found, began = slow.counters.requests, outcome(folder), record.load(folder).header.started_at
    assert ended(start(slow, "--resume", str(folder), *what)) == 0
    assert slow.counters.requests == heard
    assert outcome(folder) == found
    assert record.load(folder).header.started_at == began


def test_a_resumed_run_keeps_its_tier_and_its_gateway(slow: Served, tmp_path: Path) -> None:
    """What was begun as smoke goes on as smoke, at the address it was begun with, without being told again."""
    folder = tmp_path / "run"
    assert ended(start(slow, slow.url, "--out", str(folder), "--tier", "smoke")) in (0, 1, 10)
    images, first = slow.counters.images, record.load(folder)
    assert ended(start(slow, "--resume", str(folder))) in (0, 1, 10)
    assert slow.counters.images == images
    again = record.load(folder)
    assert (again.header.tier, again.header.gateways) == ("smoke", first.header.gateways)
    assert outcome(folder) == {one.item: (str(one.verdict), one.cause) for one in first.records}


def test_two_audits_in_one_folder_refuse_each_other(slow: Served, tmp_path: Path) -> None:
    """While an audit is running in a folder, another one is refused and sends nothing."""
    folder = tmp_path / "run"
    with serve("openai", delay=600) as endless:
        first = start(endless, endless.url, "--out", str(folder), *WHAT)
        try:
            until((folder / "run.jsonl").exists, first)
            second = start(endless, "--resume", str(folder))
            _, said = second.communicate(timeout=60)
            assert second.returncode == 2
            assert b"another audit is running in" in said
            assert len(said.strip().splitlines()) == 1
        finally:
            killed(first)
    resumed = start(slow, "--resume", str(folder), "-k", "models_are_listed")
    assert ended(resumed) in (0, 10), "a lock of a killed audit holds nobody up"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_in_order(slow: Served, tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end an audit with a run of what there is, exit 10, and no traceback."""
    folder = tmp_path / "run"
    process = start(slow, slow.url, "--out", str(folder), *WHAT)
    until(lambda: any(folder.glob("evidence/*/*.jsonl")), process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 10, said
    assert b"Traceback" not in said
    run = record.load(folder)
    assert run.footer is not None
    assert any(one.incomplete for one in run.records)
    assert summary(run, folder / "index.html").splitlines()[-1] == f"continue: gateprobe audit --resume {folder}"


def test_a_killed_embedded_audit_starts_its_chains_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded gateway forgets when its audit dies: what was half done is done again from its first step."""
    folder = tmp_path / "run"
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_KEY")}
    arguments = ["audit", "openai", "--embedded", "-k", "response", "--delay", "0.3", "--out", str(folder)]
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-c", PROGRAM, *arguments], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    until(lambda: any(b'"received"' in path.read_bytes() for path in folder.glob("evidence/*/*turn*.jsonl")), process)
    killed(process)
    monkeypatch.chdir(tmp_path)
    assert gateprobe(["audit", "--resume", str(folder), "-k", "response"]) == 0
    assert not [one for one in record.load(folder).records if one.verdict == "contradicted"]
