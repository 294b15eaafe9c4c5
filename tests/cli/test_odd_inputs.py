"""Odd inputs and outputs over every command: exit 2 and a sentence, never a failure of gateprobe."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateprobe.capture.transport.connections import _trusted as trusted
from gateprobe.cli import run as gateprobe
from gateprobe.cli.commands.audit import audit
from gateprobe.cli.commands.night import _replace as replace_metrics
from gateprobe.cli.param_types import BadValue, Number, Whole
from tests.support.runs import write_run

FILES = {
    "broken.toml": b"= [",
    "latin.toml": b'name = "\xe9"',
    "utf16.toml": 'name="x"'.encode("utf-16"),
    "deep.toml": b"a=" + b"[" * 5000,
    "nul.toml": b"a='\0'",
    "number.toml": b"a=" + b"9" * 5000,
    "tables.toml": b"[[claims]]\ncapability=3",
    "empty.toml": b"",
    "bytes": bytes(range(256)),
    "deep.json": b"[" * 100_000,
    "number.json": b"9" * 10_000,
    "nan.json": b'{"a":NaN}',
    "log.har": b'{"log":{"entries":[3]}}',
    "stream.txt": b"data: {}\n\n",
}
LONG = "x" * 5000
ENORMOUS = ("9" * 30, "9" * 400, "1e300", "-1", "1e-300")


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make a folder of odd files, odd runs and an honest run, and work in it."""
    room = tmp_path_factory.mktemp("odd")
    for name, data in FILES.items():
        (room / name).write_bytes(data)
    for name in ("folder", "folder.toml"):
        (room / name).mkdir()
    (room / "loop.toml").symlink_to("loop.toml")
    for name in ("pipe", "pipe.toml"):
        os.mkfifo(room / name)
    (room / "device.toml").symlink_to("/dev/zero")
    with (room / "huge.toml").open("wb") as file:
        file.truncate(1 << 40)
    write_run(room / "run")
    for name, replaced in {"evidence": "evidence", "gateways": "gateways", "records": "run.jsonl"}.items():
        run = shutil.copytree(room / "run", room / f"{name} missing")
        target = run / replaced
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        run = shutil.copytree(run, room / f"{name} of another kind")
        target = run / replaced
        target.mkdir() if name == "records" else target.write_text("a file")
    for name in ("index.html", ".lock", "seal.json"):
        run = shutil.copytree(room / "run", room / f"{name} is a folder")
        (run / name).unlink(missing_ok=True)
        (run / name).mkdir()
    yield room
    shutil.rmtree(room, ignore_errors=True)


GATEWAYS = (*(name for name in FILES if name.endswith(".toml")), "folder.toml", "loop.toml", "pipe", "pipe.toml",
            "device.toml", "huge.toml", "bytes", LONG, "", " ",
            "http://", "http://[", "http://a b/", "https://x:99999/v1", "é", "/dev/null")  # fmt: skip
RUNS = ("evidence missing", "evidence of another kind", "gateways missing", "gateways of another kind",
        "records missing", "records of another kind", "index.html is a folder", ".lock is a folder",
        "seal.json is a folder", "folder", "bytes", "", LONG, "/dev/null", "nowhere")  # fmt: skip
OUTPUTS = ("folder", "nowhere/file", "bytes/file", LONG, "/dev/full")
NEAR = "models_are_listed"
NUMBERS = [name for parameter in audit.params if isinstance(parameter.type, Whole | Number) for name in parameter.opts]
COMMANDS = [
    *(("plan", name) for name in GATEWAYS),
    *(("claims", name) for name in GATEWAYS),
    *(("audit", name, "--out", "never") for name in GATEWAYS),
    *(("audit", "openai", "--embedded", "-p", NEAR, "--baseline", name, "--out", "never")
      for name in (*FILES, "pipe", "device.toml", "huge.toml") if name != "empty.toml"),
    *(("audit", "openai", "--embedded", "-p", "nothing", name, value) for name in NUMBERS for value in ENORMOUS),
    *(("check", name) for name in (*FILES, "folder", "run", LONG, "")),
    *(("report", run, "--format", "json") for run in RUNS),
    *(("judge", run) for run in RUNS),
    *(("pack", run, "-o", "packed.tar.gz") for run in RUNS),
    *(("diff", "run", run) for run in RUNS),
    *(("history", run) for run in RUNS),
    *(("prune", run, "--older-than", "1", "--dry-run") for run in RUNS),
    *(("audit", "--resume", run) for run in RUNS),
    *(("report", "run", "--format", "json", "-o", path) for path in OUTPUTS),
    *(("compare", "run", "-o", path) for path in OUTPUTS),
    *(("pack", "run", "-o", path) for path in OUTPUTS),
    *(("audit", "openai", "--embedded", "-p", NEAR, "--out", "never", "--junit", path) for path in OUTPUTS[:4]),
    ("prune", "folder", "--older-than", "1e300"),
    ("plan", "openai", "--picture", "1e308"),
    ("audit", "openai", "--embedded", "-k", "a and", "--out", "never"),
    ("audit", "openai", "--embedded", "-k", "(" * 300, "--out", "never"),
    ("audit", "openai", "--embedded", "-p", "[", "--out", "never"),
    ("audit", "openai", "--embedded", "--max-body", "9" * 30),
    ("audit", "openai", "--embedded", "--seed", "nan"),
]  # fmt: skip


@pytest.mark.slow
def test_odd_inputs_are_usage_errors(
    room: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of more than 200 commands none fails itself, and what exits with 2 says one sentence."""
    monkeypatch.chdir(room)
    monkeypatch.setenv("GATEPROBE_API_KEY", "")
    assert len(COMMANDS) > 200
    wrong = {}
    for command in COMMANDS:
        code = gateprobe(list(command))
        said = capsys.readouterr().err
        if code not in (0, 1, 2, 10) or "Traceback" in said or (code == 2 and not said.strip()):
            wrong[tuple(word[:40] for word in command)] = (code, said[-300:])
    assert not wrong


_PROGRAM = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "redirection", "code"),
    [
        ("report run --format json", "> /dev/full", 2),
        ("gateways", ">&-", 0),
        ("check stream.txt", ">&-", 0),
        ("check -", "<&-", 2),
        ("check stream.txt", "2>&-", 0),
    ],
)
def test_odd_outputs_are_usage_errors(room: Path, arguments: str, redirection: str, code: int) -> None:
    """A full output is named; a closed one takes everything, and the exit code stays."""
    line = f'"$0" -c "$1" {arguments} {redirection}'
    done = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-c", line, sys.executable, _PROGRAM], cwd=room, capture_output=True, text=True, check=False
    )
    assert "failed" not in done.stderr
    assert done.returncode in (code, 1 if arguments.startswith("check stream") else code)
    if code == 2 and redirection.startswith(">"):
        assert done.stderr.splitlines()[-1] == "gateprobe: the output cannot be used: No space left on device"


def test_whole_numbers_fit_into_a_run() -> None:
    """A number that the run file cannot store is refused, and the message states the limit."""
    for parameter in (parameter for parameter in audit.params if isinstance(parameter.type, Whole)):
        with pytest.raises(BadValue, match=r"at most 9,007,199,254,740,992|from \d+ to \d+"):
            parameter.type.convert("9" * 22, parameter, None)


class _LeftOutput(io.StringIO):
    """A standard output that its reader closes after a number of writes."""

    def __init__(self, writes: int) -> None:
        super().__init__()
        self._writes = writes
        self.left = False

    def write(self, text: str) -> int:
        self._writes -= 1
        if self._writes < 0:
            self.left = True
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        return super().write(text)


@pytest.mark.parametrize("writes", [0, 1, 2])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("report", "run", "--format", "text"), 0),
        (("gateways",), 0),
        (("diff", "run", "run"), 10),
        (("judge", "run"), 10),
        (("audit", "openai", "--embedded", "-p", NEAR, "--tier", "smoke", "--out", "left"), 10),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_a_closed_output_is_not_a_verdict(
    room: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, writes: int
) -> None:
    """If the reader closes the output, a listing exits with 0 and a command that judges with 10."""
    errors = io.StringIO()
    monkeypatch.chdir(room)
    monkeypatch.setattr(sys, "stdout", output := _LeftOutput(writes))
    monkeypatch.setattr(sys, "stderr", errors)
    shutil.rmtree("left", ignore_errors=True)
    assert gateprobe(list(arguments)) == (code if output.left else 0), errors.getvalue()
    assert "Traceback" not in errors.getvalue()


def test_a_run_does_not_state_how_often_all_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run with more repeats than the option allows is not resumed, because it would fill the memory."""
    run = write_run(tmp_path / "run")
    header, *rest = (run / "run.jsonl").read_text("utf-8").splitlines()
    plain = json.loads(header)
    plain["options"]["repeat"] = 10**12
    (run / "run.jsonl").write_text("\n".join((json.dumps(plain), *rest)) + "\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert gateprobe(["audit", "--resume", "run"]) == 2
    assert "1000000000000: expected a whole number from 1 to 100" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["gateprobe.toml", "pyproject.toml"])
def test_an_endless_settings_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A settings file of a terabyte is not read."""
    monkeypatch.chdir(tmp_path)
    with (tmp_path / name).open("wb") as file:
        file.truncate(1 << 40)
    assert gateprobe(["gateways"]) == 2
    assert "at most 16,777,216 are read" in capsys.readouterr().err


def test_missing_certificates_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Certificates that cannot be loaded are a usage error, reported before the first request."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    monkeypatch.setenv("GATEPROBE_API_KEY", "sk-0123456789abcdef")
    trusted.cache_clear()
    assert gateprobe(["audit", "https://127.0.0.1:1/v1", "--tier", "smoke", "-p", NEAR, "--out", "run"]) == 2
    assert "the certificates that SSL_CERT_FILE or SSL_CERT_DIR names cannot be loaded" in capsys.readouterr().err


def test_metrics_do_not_replace_a_device(tmp_path: Path) -> None:
    """Metrics written to a device or through a link do not replace it."""
    link, target = tmp_path / "link.prom", tmp_path / "target.prom"
    link.symlink_to(target.name)
    replace_metrics(link, "a 1\n")
    assert link.is_symlink()
    assert target.read_text("utf-8") == "a 1\n"
    _, terminal = os.openpty()
    device = Path(os.ttyname(terminal))
    replace_metrics(device, "a 1\n")
    assert device.is_char_device()
