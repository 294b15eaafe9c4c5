"""A disk that fills up stops the sending before it stops the recording."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateprobe.cli import run as gateprobe
from gateprobe.model import Cause
from gateprobe.record import file as record
from gateprobe.reference import serve

SIZE = 65_536 + 220
"""KiB: the 64 MiB below which nothing is sent, and a little more."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of its own in memory, where that is allowed."""
    mount, umount, place = shutil.which("mount"), shutil.which("umount"), tmp_path / "disk"
    place.mkdir()
    command = [mount or "", "-t", "tmpfs", "-o", f"size={SIZE}k", "tmpfs", str(place)]
    if mount is None or umount is None or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603 - a literal
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run([umount, str(place)], check=True)  # noqa: S603 - what was mounted above


@pytest.mark.slow
def test_a_disk_that_fills_stops_the_sending_first(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was answered is recorded and reported; what was not sent says that the disk is full; freed, it goes on."""
    folder = small_disk / "run"
    what = ["-k", "images and generate or models", "--jobs", "1"]
    with serve("openai") as served:
        monkeypatch.setenv("GATEPROBE_API_KEY", served.key)
        assert gateprobe(["audit", served.url, "--out", str(folder), *what]) == 11
        stopped = record.load(folder)
        heard, drawn = served.counters.requests, served.counters.images
        causes = {one.cause for one in stopped.records}
        assert Cause.HARNESS in causes
        assert any(one.verdict == "confirmed" for one in stopped.records)
        assert (folder / "index.html").stat().st_size > 0
        assert any("less than 64 MiB are free" in one.reason for one in stopped.records)
        resize = f"remount,size={2 * SIZE}k"
        subprocess.run(["mount", "-o", resize, str(small_disk)], check=True)  # noqa: S603, S607 - a literal
        assert gateprobe(["audit", "--resume", str(folder), *what]) == 0
        assert 0 < heard < served.counters.requests
        assert drawn < served.counters.images
    assert not any(one.cause is Cause.HARNESS for one in record.load(folder).records)
