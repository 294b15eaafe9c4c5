"""Run folders that a stranger made to read, write or judge what he should not: each changes a copy of an honest run."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from gateprobe.cli import run as gateprobe

SECRET: Final = b"-----BEGIN PRIVATE KEY----- outside of the run"
Attack = Callable[[Path, Path], None]
"""Changes a run; the second folder lies outside of it."""


def _in_place(run: Path, name: str, target: Path) -> None:
    """Put a link in the place of a file or folder of a run."""
    path = run / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        path.rename(target.with_name(f"moved-{path.name}"))
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _link(name: str, target: str = "secret.txt") -> Attack:
    return lambda run, outside: _in_place(run, name, outside / target)


def _link_copied(name: str) -> Attack:
    """Move a file or folder out of the run, and leave a link to it: all that is read is right but for its place."""

    def attack(run: Path, outside: Path) -> None:
        moved = outside / "moved" / name
        moved.parent.mkdir(parents=True, exist_ok=True)
        (run / name).rename(moved)
        (run / name).symlink_to(moved)

    return attack


def _first(run: Path, pattern: str) -> Path:
    return next(path for path in sorted(run.glob(pattern)) if path.is_file() and path.stat().st_size)


def _link_first(pattern: str, target: str) -> Attack:
    def attack(run: Path, outside: Path) -> None:
        path = _first(run, pattern)
        _in_place(run, str(path.relative_to(run)), Path(target) if target.startswith("/") else outside / target)

    return attack


def _pipe(pattern: str) -> Attack:
    def attack(run: Path, _: Path) -> None:
        path = _first(run, pattern)
        path.unlink()
        os.mkfifo(path)

    return attack


def _socket(run: Path, _: Path) -> None:
    path = _first(run, "evidence/bodies/*")
    path.unlink()
    server = socket.socket(socket.AF_UNIX)
    with contextlib.chdir(path.parent):
        server.bind(path.name)
    server.close()


def _content(pattern: str, change: Callable[[bytes], bytes]) -> Attack:
    def attack(run: Path, _: Path) -> None:
        path = _first(run, pattern)
        path.write_bytes(change(path.read_bytes()))

    return attack


def _sparse(pattern: str, size: int = 3 << 40) -> Attack:
    def attack(run: Path, _: Path) -> None:
        os.truncate(_first(run, pattern), size)

    return attack


def _lines(pattern: str, change: Callable[[dict[str, Any]], object]) -> Attack:
    """Change each line of a file that is JSON lines; a change that returns bytes replaces the line."""

    def attack(run: Path, _: Path) -> None:
        path = _first(run, pattern)
        lines = []
        for line in path.read_bytes().splitlines():
            plain = orjson.loads(line)
            changed = change(plain)
            lines.append(changed if isinstance(changed, bytes) else orjson.dumps(plain))
        path.write_bytes(b"\n".join(lines) + b"\n")

    return attack


def _header(**fields: object) -> Attack:
    return _lines("run.jsonl", lambda plain: plain["kind"] == "header" and plain.update(fields))


def _record(**fields: object) -> Attack:
    return _lines("run.jsonl", lambda plain: plain["kind"] == "record" and plain.update(fields))


def _received(**fields: object) -> Attack:
    return _lines(
        "evidence/openai/*.jsonl", lambda plain: plain["kind"] == "received" and plain["attempt"].update(fields)
    )


def _hard_link(run: Path, outside: Path) -> None:
    path = _first(run, "evidence/openai/*.jsonl")
    os.link(path, outside / "second name of a journal.jsonl")


def _hard_link_to_secret(run: Path, outside: Path) -> None:
    (run / "run.jsonl.tmp").hardlink_to(outside / "secret.txt")


def _part_folder(run: Path, _: Path) -> None:
    (run / "evidence" / "bodies" / "part-0123456789abcdef").mkdir()


def _flipped(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _as_declined(data: bytes) -> bytes:
    return data.replace(b'stance = "offered"', b'stance = "declined"')


_DEEP: Final = b"[" * 200_000

ATTACKS: Final[dict[str, Attack]] = {
    "run.jsonl is a link": _link("run.jsonl"),
    "run.jsonl is a link to a run": _link_copied("run.jsonl"),
    "run.jsonl is a pipe": _pipe("run.jsonl"),
    "run.jsonl is a link to /dev/zero": lambda run, _: _in_place(run, "run.jsonl", Path("/dev/zero")),
    "run.jsonl has 3 TB": _sparse("run.jsonl"),
    "a journal is a link": _link_first("evidence/openai/*.jsonl", "secret.txt"),
    "a journal is a link to a journal": lambda run, outside: _link_copied(
        str(_first(run, "evidence/openai/*.jsonl").relative_to(run))
    )(run, outside),
    "a journal is a pipe": _pipe("evidence/openai/*.jsonl"),
    "a journal is a link to /dev/zero": _link_first("evidence/openai/*.jsonl", "/dev/zero"),
    "a journal has a second name": _hard_link,
    "a journal has 3 TB": _sparse("evidence/openai/*.jsonl"),
    "the evidence is a link": _link_copied("evidence"),
    "a gateway's evidence is a link": _link_copied("evidence/openai"),
    "the bodies are a link": _link_copied("evidence/bodies"),
    "the gateways are a link": _link_copied("gateways"),
    "a gateway file is a link": _link_copied("gateways/openai.toml"),
    "a gateway file is a link to a secret": _link("gateways/openai.toml"),
    "a gateway file is a pipe": _pipe("gateways/openai.toml"),
    "a body is a link": _link_first("evidence/bodies/*", "secret.txt"),
    "a body is a link to /dev/zero": _link_first("evidence/bodies/*", "/dev/zero"),
    "a body is a pipe": _pipe("evidence/bodies/*"),
    "a body is a socket": _socket,
    "a body has 3 TB": _sparse("evidence/bodies/*"),
    "a body has a flipped bit": _content("evidence/bodies/*", _flipped),
    "a body is empty": _content("evidence/bodies/*", lambda _: b""),
    "a part of a body is a folder": _part_folder,
    "the page is a link": _link("index.html"),
    "the pictures are a link": _link("pictures", "folder"),
    "the page of changes is a link": _link("diff.html"),
    "the night is a link": _link("night.json"),
    "the lock is a link": _link(".lock"),
    "the temporary file is a link": _link("run.tmp"),
    "the temporary file is a second name": _hard_link_to_secret,
    "an unknown file is a link": _link("notes.txt"),
    "an unknown folder is a link": _link("more", "folder"),
    "a gateway is named ../../outside": _header(gateways=["../../outside/secret"]),
    "a gateway is named /etc/passwd": _header(gateways=["/etc/passwd"]),
    "a gateway's name has a NUL": _header(gateways=["openai\0"]),
    "a gateway's name is long": _header(gateways=["x" * 5000]),
    "a body is named ../../secret": _received(sha256="../../../outside/secret.txt"),
    "a body's length is huge": _received(length=10**18, wire_length=10**18),
    "a journal is nested deeply": _lines("evidence/openai/*.jsonl", lambda _: _DEEP),
    "the run is nested deeply": _lines("run.jsonl", lambda plain: plain["kind"] == "record" and _DEEP),
    "a gateway file is nested deeply": _content("gateways/openai.toml", lambda _: b"x = " + _DEEP),
    "a gateway file is no UTF-8": _content("gateways/openai.toml", lambda data: data + b"# \xff\n"),
    "all claims are declined": _content("gateways/openai.toml", _as_declined),
    "all records are confirmed": _record(observed="honoured", verdict="confirmed", cause=None),
    "all counts are huge": _record(repeats={"honoured": 10**18, "refused": 1}, elapsed=1e308),
    "a record's template is odd": _record(message={"template": "{a.__class__} {b:>99999999}", "values": {"a": "x"}}),
    "a record has no capability": _record(capability="\0/../../outside"),
    "the start is no time": _header(started_at="yesterday\x1b[2J"),
    "the tier is unknown": _header(tier="../tier"),
    "the log leads out": _lines(
        "run.jsonl",
        lambda plain: plain["kind"] == "header" and plain["options"].update(log="../outside/secret.txt"),
    ),
    "the exit code is unknown": _lines(
        "run.jsonl", lambda plain: plain["kind"] == "footer" and plain.update(exit_code=77)
    ),
    "a lot of repeats": _lines(
        "run.jsonl", lambda plain: plain["kind"] == "header" and plain["options"].update(repeat=10**12)
    ),
}


@dataclass
class Outcome:
    """What a command did: its exit code, what it printed, and which paths outside it opened."""

    code: int
    text: str
    opened: list[str]


@dataclass
class _Watch:
    """Notes which files are opened below a folder, while it is on."""

    outside: str = ""
    opened: list[str] = field(default_factory=list)
    hooked: bool = False

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note an opened path that leads outside, whatever links lead there."""
        if self.outside and event in ("open", "os.link", "os.rename", "os.listdir", "os.truncate"):
            for path in arguments[:2]:
                if isinstance(path, str) and path and os.path.realpath(path).startswith((self.outside, "/dev/zero")):
                    self.opened.append(f"{event} {path}")


_WATCH: Final = _Watch()


@contextlib.contextmanager
def watching(outside: Path) -> Iterator[list[str]]:
    """Yield the paths below a folder that are opened in the block."""
    if not _WATCH.hooked:
        _WATCH.hooked = True
        sys.addaudithook(_WATCH)
    _WATCH.outside, _WATCH.opened = os.path.realpath(outside), []
    try:
        yield _WATCH.opened
    finally:
        _WATCH.outside = ""


def outcome(outside: Path, *arguments: object) -> Outcome:
    """Run a command in this process."""
    out, err = io.StringIO(), io.StringIO()
    with watching(outside) as opened, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = gateprobe([str(argument) for argument in arguments])
    return Outcome(code, out.getvalue() + err.getvalue(), opened)


def make_outside(folder: Path) -> Path:
    """Make what no command may read or change."""
    (folder / "folder").mkdir(parents=True)
    for path in (folder / "secret.txt", folder / "folder" / "secret.txt"):
        path.write_bytes(SECRET)
    return folder


def state(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.stat().st_size < 1 << 20 else b"large"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
