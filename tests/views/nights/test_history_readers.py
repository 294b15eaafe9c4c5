"""Runs read by processes beside this one: the same as read here, whatever becomes of the processes."""

from __future__ import annotations

import sys
from pathlib import Path

import orjson
import pytest

from gateprobe.errors import BrokenRunError
from gateprobe.formats.html.history import write_history
from gateprobe.model import Observed
from gateprobe.views.nights import history_readers as module
from gateprobe.views.nights.history_db import LEDGER
from gateprobe.views.nights.history_readers import reading, readings
from tests.support.runs import ACME, OPENAI, a_record, write_run


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of five runs, of which any is worth processes; two cores, however many there are."""
    monkeypatch.setattr(module, "_WORTH", 1)
    monkeypatch.setattr(module, "_cores", lambda: 2)
    for day in range(5):
        seen = Observed.IGNORED if day == 3 else Observed.HONOURED
        records = (a_record(ACME, "models.list", seen, "a list"), a_record(OPENAI, "models.list", seen, "ein Gerät"))
        write_run(tmp_path / f"2026-11-2{day}", records, (ACME, OPENAI))
    return tmp_path


def folders(store: Path) -> list[Path]:
    """Give the folders of the runs, in order."""
    return sorted(path.parent for path in store.glob("*/run.jsonl"))


def test_processes_say_what_is_read_here(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each run comes from a process, in order, letter for letter as it is read here."""
    here = [reading(folder) for folder in folders(store)]
    monkeypatch.setattr(module, "reading", lambda folder: pytest.fail(f"{folder} was read here"))
    assert list(readings(folders(store))) == here
    assert all(one.stamp for one in here)


_HALF = "import sys; sys.stdin.read(); print('[\"\", \"{}\"', end='')"


@pytest.mark.parametrize("program", ["raise SystemExit(3)", "import sys; sys.stdin.read(); print('[]')", _HALF])
def test_a_process_that_dies_is_no_loss(
    store: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], program: str
) -> None:
    """What a process does not say, or says by half, is read here, and nobody hears of it."""
    here = [reading(folder) for folder in folders(store)]
    monkeypatch.setattr(module, "_COMMAND", (sys.executable, "-c", program))
    assert list(readings(folders(store))) == here
    assert capfd.readouterr() == ("", "")


def test_processes_that_cannot_be_started_are_no_loss(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such interpreter, the runs are read here."""
    here = [reading(folder) for folder in folders(store)]
    monkeypatch.setattr(module, "_COMMAND", (str(store / "no-such-python"),))
    assert list(readings(folders(store))) == here


def test_a_broken_run_is_named_here(store: Path) -> None:
    """A run that a process cannot read raises here what it would have raised without; those before it were given."""
    (folders(store)[2] / "run.jsonl").write_text("no run\n")
    read = readings(folders(store))
    assert [orjson.loads(next(read).night)["folder"] for _ in range(2)] == ["2026-11-20", "2026-11-21"]
    with pytest.raises(BrokenRunError, match="2026-11-22"):
        next(read)


def test_the_page_is_the_same_by_processes(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page of the history is the same to the byte, read by processes, from the database, and here."""
    by_processes = write_history(store).read_bytes()
    assert write_history(store).read_bytes() == by_processes
    (store / LEDGER).unlink()
    monkeypatch.setattr(module, "_WORTH", 1_000_000_000)
    assert write_history(store).read_bytes() == by_processes
