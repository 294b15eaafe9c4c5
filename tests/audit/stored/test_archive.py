"""Runs that are kept: joined from shards, packed for a vendor who opens and judges them elsewhere, and thrown away."""

from __future__ import annotations

import shutil
import socket
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.audit.stored.archive import StoredRun, pack, to_prune
from gateprobe.cli import run as gateprobe
from gateprobe.errors import UsageError
from gateprobe.record import file as record
from gateprobe.record.file import Footer
from gateprobe.store.folder import bodies_of

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 29, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Audit two gateways, each into a folder of its own, as two shards would."""
    room = tmp_path_factory.mktemp("shards")
    for name in ("oversold", "openai"):
        arguments = ["audit", name, "--embedded", "--tier", "smoke", "--out", str(room / name)]
        assert gateprobe(arguments) in (0, 1, 10)
    return room


def test_a_vendor_opens_and_judges_it_elsewhere(audited: Path, tmp_path: Path) -> None:
    """Unpacked in another place, with the run itself gone, it is judged and drawn as here."""
    here = tmp_path / "here" / "run"
    shutil.copytree(audited / "oversold", here)
    expected = record.load(here).records
    assert gateprobe(["pack", str(here), "-o", str(tmp_path / "run.tar.gz")]) == 0
    shutil.rmtree(here)
    with tarfile.open(tmp_path / "run.tar.gz") as archive:
        archive.extractall(tmp_path / "there", filter="data")
    there = tmp_path / "there" / "run"
    assert gateprobe(["judge", str(there)]) == 1
    assert record.load(there).records == expected
    for form in ("html", "markdown", "junit"):
        assert gateprobe(["report", str(there), "--format", form]) == 0


def test_a_selection_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judged again, a run of some probes is those probes, and ends as it did."""
    monkeypatch.chdir(tmp_path)
    assert gateprobe(["audit", "openai", "--embedded", "-k", "models_are_listed or key_is", "--out", "run"]) == 0
    records = record.load(Path("run")).records
    assert gateprobe(["judge", "run"]) == 0
    assert record.load(Path("run")).records == records


def test_an_archive_names_no_machine(audited: Path, tmp_path: Path) -> None:
    """Neither its names nor its files hold a path, a user or a host of this machine; made twice, it is the same."""
    for name in ("one.tar.gz", "two.tar.gz"):
        pack(audited / "oversold", tmp_path / name, {})
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    traces = [str(audited).encode(), str(Path.home()).encode() + b"/", f"//{socket.gethostname()}".encode()]
    with tarfile.open(tmp_path / "one.tar.gz") as archive:
        for member in archive.getmembers():
            assert member.name.startswith("oversold/")
            assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
            file = archive.extractfile(member)
            assert file is not None
            data = file.read()
            assert not [trace for trace in traces if trace in data], member.name


def test_what_a_crash_left_is_not_packed(audited: Path, tmp_path: Path) -> None:
    """A lock, half a body and half a run file stay behind."""
    folder = shutil.copytree(audited / "openai", tmp_path / "run")
    whole = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    for name in (".lock", "run.tmp", "evidence/bodies/part-x1"):
        (folder / name).write_text("half")
    pack(folder, tmp_path / "run.tar.gz", {})
    with tarfile.open(tmp_path / "run.tar.gz") as archive:
        assert sorted(archive.getnames()) == [f"run/{name}" for name in whole if name != ".lock"]


def test_a_key_is_never_packed(audited: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a key of the environment stands in a file, nothing is packed, and the file is named."""
    folder = shutil.copytree(audited / "openai", tmp_path / "run")
    (folder / "notes.txt").write_text("sk-very-secret-0123456789")
    with pytest.raises(UsageError, match=r"notes\.txt holds a key"):
        pack(folder, tmp_path / "run.tar.gz", {"SOME_API_KEY": "sk-very-secret-0123456789"})
    assert not (tmp_path / "run.tar.gz").exists()
    assert "sk-very-secret" not in capsys.readouterr().out


def test_a_link_out_of_the_run_is_not_followed(audited: Path, tmp_path: Path) -> None:
    """What a link leads to is no part of the run, and goes to nobody."""
    folder = shutil.copytree(audited / "openai", tmp_path / "run")
    (tmp_path / "diary.txt").write_text("dear diary")
    (folder / "evidence" / "bodies" / "leak").symlink_to(tmp_path / "diary.txt")
    with pytest.raises(UsageError, match="leak is a link, and a run contains only files and folders"):
        pack(folder, tmp_path / "run.tar.gz", {})
    assert not (tmp_path / "run.tar.gz").exists()


def test_shards_are_one_run(audited: Path, tmp_path: Path) -> None:
    """Combined, the run holds the records of all, each body once, and is judged as one; the exit code is the worst."""
    parts = [audited / "oversold", audited / "openai"]
    assert gateprobe(["combine", *map(str, parts), "--out", str(tmp_path / "all")]) == 1
    whole = record.load(tmp_path / "all")
    assert whole.records == tuple(one for part in parts for one in record.load(part).records)
    bodies = {path.name for part in parts for path in bodies_of(part).folder.iterdir()}
    assert {path.name for path in bodies_of(tmp_path / "all").folder.iterdir()} == bodies
    assert gateprobe(["judge", str(tmp_path / "all")]) == 1
    assert record.load(tmp_path / "all").records == whole.records


def test_one_gateway_of_a_run_is_packed_alone(audited: Path, tmp_path: Path) -> None:
    """An archive and a report about one gateway contain nothing of the other, and are judged as before."""
    run = tmp_path / "all"
    assert gateprobe(["combine", str(audited / "oversold"), str(audited / "openai"), "--out", str(run)]) == 1
    assert gateprobe(["pack", str(run), "--gateway", "openai", "-o", str(tmp_path / "part.tar.gz")]) == 0
    with tarfile.open(tmp_path / "part.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    part = tmp_path / "all-openai"
    content = {path: path.read_bytes() for path in part.rglob("*") if path.is_file()}
    assert not [path for path, data in content.items() if b"oversold" in data.lower() or "oversold" in path.name]
    expected = record.load(audited / "openai").records
    assert (gateprobe(["judge", str(part)]), record.load(part).records) == (0, expected)
    assert gateprobe(["report", str(run), "--gateway", "openai"]) == 0
    assert "oversold" not in (run / "gateway-openai.html").read_text("utf-8").lower()


def edited(folder: Path, version: str = "", tier: str = "", *, died: bool = False) -> None:
    """Change what a run says of itself."""
    run = record.load(folder)
    header = replace(run.header, version=version or run.header.version, tier=tier or run.header.tier)
    record.write(folder / "run.jsonl", header, run.records, None if died else run.footer)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: edited(folder, version="0.0.1"), "different versions of gateprobe"),
        (lambda folder: edited(folder, tier="deep"), "different tiers"),
        (lambda folder: edited(folder, died=True), "did not finish"),
        (
            lambda folder: shutil.copytree(folder.parent / "oversold", folder, dirs_exist_ok=True),
            "combine each gateway once",
        ),
    ],
    ids=["version", "tier", "died", "twice"],
)
def test_what_is_not_alike_is_not_combined(
    audited: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Path], object],
    said: str,
) -> None:
    """Runs of two versions or tiers, one that died, or the same gateway twice are refused in one sentence."""
    for name in ("oversold", "openai"):
        shutil.copytree(audited / name, tmp_path / name)
    change(tmp_path / "openai")
    assert (
        gateprobe(["combine", str(tmp_path / "oversold"), str(tmp_path / "openai"), "--out", str(tmp_path / "x")]) == 2
    )
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert said in line
    assert not (tmp_path / "x").exists()


@given(
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 100)), max_size=12),
    st.none() | st.integers(0, 60),
    st.none() | st.integers(0, 400),
    st.integers(0, 3),
)
def test_what_is_pruned(found: list[tuple[int, int]], days: int | None, size: int | None, newest: int) -> None:
    """The newest stay; all others that are too old go; then the oldest, until the rest fits, and not one more."""
    runs = [
        StoredRun(Path(str(at)), (NOW - timedelta(days=age)).strftime("%Y-%m-%dT%H:%M:%SZ"), weight)
        for at, (age, weight) in enumerate(sorted(found, reverse=True))
    ]
    gone = to_prune(runs, NOW, days=days, size=size, keep=newest)
    may_go = runs[: max(0, len(runs) - newest)]
    old = [run for run in may_go if days is not None and datetime.fromisoformat(run.started_at) < NOW - timedelta(days)]
    assert gone == tuple(may_go[: len(gone)])
    assert list(gone[: len(old)]) == old
    left = sum(run.size for run in runs) - sum(run.size for run in gone)
    if len(gone) > len(old):
        assert size is not None
        assert left + gone[-1].size > size
    assert size is None or left <= size or len(gone) == len(may_go)


def test_prune_by_age_and_by_size(audited: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command says what goes and takes it away; the newest stays, and so does a run with an audit at work."""
    for year in (2020, 2021, 2022, 2026):
        folder = shutil.copytree(audited / "openai", tmp_path / str(year))
        run = record.load(folder)
        header = replace(run.header, started_at=f"{year}-01-01T00:00:00Z")
        record.write(folder / "run.jsonl", header, run.records, Footer("", 0))
    assert gateprobe(["prune", str(tmp_path), "--older-than", "30", "--dry-run"]) == 0
    assert len(list(tmp_path.iterdir())) == 4
    with FileLock(tmp_path / "2021" / ".lock"):
        assert gateprobe(["prune", str(tmp_path), "--older-than", "1000"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["2021", "2026"]
    assert "deleted:" in capsys.readouterr().out
    assert gateprobe(["prune", str(tmp_path), "--larger-than", "1K"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["2026"]
    assert gateprobe(["prune", str(tmp_path / "none")]) == 2
