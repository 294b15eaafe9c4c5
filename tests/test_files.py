"""Files inside a folder of a stranger: no link is followed, nothing but a regular file is opened."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe import files
from gateprobe.errors import ForeignFileError

SECRET = b"outside of the folder"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """Make a folder with a file in it, and a secret outside of it."""
    (tmp_path / "run" / "below").mkdir(parents=True)
    (tmp_path / "run" / "below" / "file").write_bytes(b"inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_bytes(SECRET)
    return tmp_path


Act = Callable[[Path, Path], object]
ACTS: dict[str, Act] = {
    "read": files.read,
    "open_file": files.open_file,
    "open_end": files.open_end,
    "write": lambda folder, path: files.write(folder, path, b"written"),
    "create": files.create,
    "make_folder": lambda folder, path: files.make_folder(folder, path / "more"),
    "is_file": files.is_file,
    "names": files.names,
    "check": files.check,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
@pytest.mark.parametrize("level", ["file", "folder"])
def test_no_link_is_followed(act: Act, level: str, room: Path) -> None:
    """A link in place of a file or of a folder above it is refused by name; what it leads to stays as it was."""
    run = room / "run"
    if level == "file":
        (run / "below" / "file").unlink()
        (run / "below" / "file").symlink_to(room / "outside" / "file")
        named = run / "below" / "file"
    else:
        (run / "below" / "file").unlink()
        (run / "below").rmdir()
        (run / "below").symlink_to(room / "outside")
        named = run / "below"
    if act is files.create and level == "file":
        with pytest.raises(FileExistsError):
            act(run, run / "below" / "file")
    else:
        with pytest.raises(ForeignFileError, match=f"{named} is a link"):
            act(run, run / "below" / "file")
    assert [path.name for path in (room / "outside").iterdir()] == ["file"]
    assert (room / "outside" / "file").read_bytes() == SECRET


@pytest.mark.parametrize("act", [files.read, files.open_end, files.check], ids=["read", "open_end", "check"])
def test_a_pipe_does_not_block(act: Act, room: Path) -> None:
    """A pipe, which would wait for its writer, is refused."""
    os.mkfifo(room / "run" / "pipe")
    with pytest.raises(ForeignFileError, match="is a pipe"):
        act(room / "run", room / "run" / "pipe")


@pytest.mark.parametrize("name", ["../outside/file", "below/../../outside/file", "/etc/hostname", "below/\0"])
def test_no_name_leads_out(name: str, room: Path) -> None:
    """Neither parts that go up, nor an absolute path, nor a NUL."""
    with pytest.raises(ForeignFileError, match="leads out of"):
        files.read(room / "run", room / "run" / name)


def test_a_file_of_terabytes_is_not_read(room: Path) -> None:
    """A file with holes has any size at no cost."""
    os.truncate(room / "run" / "below" / "file", files.LARGEST + 1)
    with pytest.raises(ForeignFileError, match="has 536870913 bytes"):
        files.read(room / "run", room / "run" / "below" / "file")


def test_what_is_written_takes_its_place_at_once(room: Path) -> None:
    """A file is replaced: another name of the old one keeps its content, and no temporary file stays."""
    path, other = room / "run" / "below" / "file", room / "outside" / "second name"
    other.hardlink_to(path)
    files.write(room / "run", path, b"new")
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"inside")
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_what_is_appended_reaches_no_other_name(room: Path) -> None:
    """A file that has a second name elsewhere is copied before something is written at its end."""
    path, other = room / "run" / "below" / "file", room / "outside" / "second name"
    other.hardlink_to(path)
    with files.open_end(room / "run", path) as file:
        file.write(b" and more")
    assert (path.read_bytes(), other.read_bytes()) == (b"inside and more", b"inside")


def test_a_failed_write_leaves_nothing(room: Path) -> None:
    """Where the file cannot take its place, the temporary one is removed."""
    with pytest.raises(OSError, match="directory"):
        files.write(room / "run", room / "run" / "below", b"a file in the place of a folder")
    assert [entry.name for entry in (room / "run").iterdir()] == ["below"]


def test_the_folder_itself_may_be_linked(room: Path) -> None:
    """The user names the folder, by whatever name."""
    (room / "named").symlink_to(room / "run")
    assert files.read(room / "named", room / "named" / "below" / "file") == b"inside"


def test_all_files_are_listed(room: Path) -> None:
    """In the order of their paths; a link among them is an error."""
    (room / "run" / "a").write_bytes(b"")
    assert [path.name for path in files.walk(room / "run")] == ["a", "file"]
    (room / "run" / "link").symlink_to("a")
    with pytest.raises(ForeignFileError, match="is a link"):
        files.walk(room / "run")


def test_runs_are_folders_of_their_own(room: Path) -> None:
    """A folder that is reached by a link is none of the runs of a folder."""
    (room / "run" / "run.jsonl").write_bytes(b"")
    (room / "linked").symlink_to(room / "run")
    assert files.runs(room) == [room / "run"]
    assert files.runs(room / "missing") == []


@pytest.mark.parametrize("kind", ["pipe", "device", "huge"])
def test_a_named_file_is_regular_and_small(tmp_path: Path, kind: str) -> None:
    """A file that the user named is read through a link, unless reading could block or never end."""
    path = tmp_path / "named.toml"
    (tmp_path / "target").write_text("a = 1", "utf-8")
    path.symlink_to("target")
    assert files.read_named(path) == "a = 1"
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with path.open("wb") as file:
            file.truncate(1 << 40)
    with pytest.raises(OSError, match=r"not a regular file|at most 16,777,216 are read"):
        files.read_named(path)
