"""Wrong use of the command: one sentence that says what and where, exit 2, no traceback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.cli import run
from gateprobe.gateway import dumps, find, known, reference
from gateprobe.text import printable
from tests.support.loopback import raw_server, refusing_port, reply

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]
Sentence = Callable[[subprocess.CompletedProcess[str]], str]

BROKEN_TOML = 'name = "x\n'
BAD_FORM = 'name = "x"\ntitle = 3\n'


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with gateway files and runs, whole and broken, and without any key."""
    monkeypatch.chdir(tmp_path)
    for name in known():
        monkeypatch.delenv(find(name).key.env, raising=False)
    (tmp_path / "broken.toml").write_text(BROKEN_TOML)
    (tmp_path / "form.toml").write_text(BAD_FORM)
    (tmp_path / "file").write_text("")
    (tmp_path / "p.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "page.html").write_text("\n<!DOCTYPE html><title>Welcome</title>")
    (tmp_path / "notes.txt").write_text("remember the milk\n")
    header = '{"kind":"header","format":2,"started_at":"","version":"","gateways":["%s"],"tier":"smoke"}\n'
    for name, text in (("taken", header % "openai"), ("broken", "nonsense\n"), ("no-gateway", header % "gone")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.jsonl").write_text(text)
    (tmp_path / "taken" / "gateways").mkdir()
    (tmp_path / "taken" / "gateways" / "openai.toml").write_text(dumps(reference()))
    return tmp_path


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "opanai"], "did you mean openai?"),
        (["audit", "nothing-like-it"], "known are openai"),
        (["audit", "XAI_Router"], "did you mean xai-router"),
        (["audit", "127.0.0.1:1"], "did you mean http://127.0.0.1:1/v1?"),
        (["audit", "http://[::1"], '"http://[::1" is no address of a gateway'),
        (["audit", "http://127.0.0.1:99999/v1"], '"http://127.0.0.1:99999/v1" is no address of a gateway'),
        (["audit", "openai", "--base-url", "notaurl"], '"notaurl" is no address of a gateway'),
        (["audit", "--junit", "."], ". cannot be written: it is a folder"),
        (["audit", "--markdown", "none/m.md"], "none/m.md cannot be written: there is no such folder"),
        (["plan", "localhost:8000/api/"], "did you mean http://localhost:8000/api?"),
        (["audit", "gateway.example"], "did you mean https://gateway.example/v1?"),
        (["claims", "gateway.example/v1"], "did you mean https://gateway.example/v1?"),
        (["audit", "openai"], "OPENAI_API_KEY is not set"),
        (["audit", "oversold", "oversold"], "is named twice"),
        (["audit", "broken.toml"], "broken.toml"),
        (["audit", "form.toml"], "form.toml"),
        (["audit", "missing.toml"], "missing.toml: cannot be read"),
        (["audit", "ftp://host/v1"], "expected http:// or https://"),
        (["audit", "http://key@host/v1"], "a key belongs in an environment variable"),
        (["audit", "--need", "images.generate.m"], "did you mean images.generate.n"),
        (["audit", "--need", "zzz"], "`gateprobe probes` lists them"),
        (["audit", "oversold", "--out", "a", "--resume", "b"], "exclude each other"),
        (["audit", "oversold", "--resume", "taken"], "name no gateway with it"),
        (["audit", "--resume", "nowhere"], "holds no run.jsonl"),
        (["judge", "nowhere"], "holds no run.jsonl"),
        (["judge", "."], "holds no run.jsonl"),
        (["judge", "file"], "file/run.jsonl cannot be read: Not a directory"),
        (["judge", "broken"], "line 1: not a line of a run"),
        (["judge", "taken"], "holds no evidence"),
        (["judge", "no-gateway"], "a run contains a copy of every gateway file"),
        (["report", "nowhere"], "holds no run.jsonl"),
        (["report", "broken"], "line 1: not a line of a run"),
        (["explain", "no.such.thing"], "is not a probe, capability, fault, fault kind or stream rule"),
        (["explain", "model_listed"], "models_are_listed"),
        (["explain", "mask"], "images.edit.mask"),
        (["explain", "zzz"], "`gateprobe explain` lists all names"),
        (["serve", "openai", "--fault", "no.such"], "There is no fault"),
        (["serve", "openai", "--fault", "size_ignored"], "did you mean param.size_ignored"),
        (["check", "taken"], "taken is a folder; judge a run again with `gateprobe judge taken`"),
        (["check", "p.png"], "p.png is a PNG picture; name the kind of answer that was expected with --kind"),
        (["check", "page.html"], "page.html is an HTML page ('Welcome'); name the kind"),
        (
            ["check", "notes.txt"],
            "notes.txt is plain text ('remember the milk'); name the kind",
        ),
        (["combine", "taken", "--out", "file"], "taken did not finish"),
        (["night", "oversold", "--store", "file"], "file is a file, not a folder; name another"),
        (["compare", "taken", "--need", "images.generate.m"], "did you mean images.generate.n"),
        (["compare", "taken", "--alias", "opnai=A"], "did you mean openai?"),
        (["plan", "opanai"], "did you mean openai?"),
        (["plan", "openai", "--text-model", "\udc80"], "\\udc80 is not UTF-8; options are text"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_use_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """Each wrong use exits 2 and says in one line what is wrong."""
    assert run(arguments) == 2
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    assert said in sentence
    assert "Traceback" not in sentence
    assert len(sentence) < 600


@pytest.mark.usefixtures("folders")
@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["audit", "--nonsense"],
        ["audit", "--tier", "weekly"],
        ["audit", "--budget", "-1"],
        ["audit", "--budget", "much"],
        ["audit", "--max-images", "-1"],
        ["audit", "--jobs", "0"],
        ["audit", "--jobs", "1000"],
        ["audit", "--answer-timeout", "0"],
        ["judge"],
        ["report", ".", "--format", "docx"],
        ["serve", "nobody"],
        ["serve", "--port", "70000"],
        ["audit", "--shard", "9/2", "--embedded", "--tier", "smoke"],
        ["audit", "-k", "bad(", "--embedded", "--tier", "smoke"],
        ["audt"],
        ["\x1b[31m"],
    ],
    ids=lambda arguments: printable(" ".join(arguments)),
)
def test_a_nonsense_option_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    """What cannot be used exits 2, with one line that says why and nothing besides."""
    monkeypatch.chdir(tmp_path)
    assert run(arguments) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("gateprobe: ")
    assert line.isprintable()
    assert not said.out


def test_a_command_that_there_is_none_of(capsys: pytest.CaptureFixture[str]) -> None:
    """A slip of the fingers is told with the command that was meant."""
    assert run(["audt"]) == 2
    assert capsys.readouterr().err == "gateprobe: there is no command 'audt'; did you mean audit?\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["audit", "--budget", "abc"], "--budget abc: expected a number of USD, 0 or more"),
        (["audit", "--budget", "1,50"], "--budget 1,50: expected a number of USD, 0 or more; did you mean 1.5?"),
        (["audit", "--budget", "1e999"], "--budget 1e999: expected a number of USD, 0 or more"),
        (
            ["night", "--answer-timeout", "60s"],
            "--answer-timeout 60s: expected a number of seconds, 0.1 or more; did you mean 60?",
        ),
        (["plan", "--budget", "nan"], "--budget nan: expected a number of USD, 0 or more"),
        (["audit", "--max-images", "ten"], "--max-images ten: expected a whole number, 0 or more"),
        (["audit", "--jobs", "2.5"], "--jobs 2.5: expected a whole number from 1 to 64"),
        (["audit", "--tier", "smoek"], "--tier smoek: expected smoke, nightly or deep; did you mean smoke?"),
        (["prune", "--older-than", "week"], "--older-than week: expected a number of days from 0 to 36500"),
        (["prune", "--larger-than", "big"], "--larger-than big: expected a size in bytes, such as 500M or 2G"),
        (["serve", "opanai"], "opanai: expected openai, xai-router, vibeapi, ofox or oversold; did you mean openai?"),
        (["audit", "--bugdet", "1"], "there is no option --bugdet; did you mean --budget?"),
        (["report"], "Missing argument 'RUN'; `gateprobe report --help` shows its usage"),
        (["judge", "a", "b"], "Got unexpected extra argument (b); `gateprobe judge --help` shows its usage"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_says_what_it_takes(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """A value that an option cannot hold is told with what was expected there, in words."""
    assert run(arguments) == 2
    assert capsys.readouterr().err == f"gateprobe: {said}\n"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GATEPROBE_AUDIT_BUDGET", "abc", "GATEPROBE_AUDIT_BUDGET=abc: expected a number of USD, 0 or more"),
        ("GATEPROBE_AUDIT_EMBEDDED", "maybe", "GATEPROBE_AUDIT_EMBEDDED: expected true or false"),
        (
            "GATEPROBE_AUDIT_BUGDET",
            "1",
            "the environment variable GATEPROBE_AUDIT_BUGDET is not a setting; did you mean GATEPROBE_AUDIT_BUDGET?",
        ),
    ],
)
def test_a_variable_says_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, said: str
) -> None:
    """A setting of the environment that cannot be used is named, and one that is misspelt is not passed over."""
    monkeypatch.setenv(name, value)
    assert run(["audit", "oversold"]) == 2
    assert capsys.readouterr().err == f"gateprobe: {said}\n"


@pytest.mark.parametrize("out", ["taken", "file/run", "file"])
def test_a_folder_that_cannot_be_used(folders: Path, command: Command, one_sentence: Sentence, out: str) -> None:
    """A folder that holds a run, or cannot be one, is refused in one line before anything is sent."""
    before = {path: path.read_bytes() for path in folders.rglob("*") if path.is_file()}
    done = command("audit", "oversold", "--out", out)
    assert done.returncode == 2
    said = one_sentence(done)
    assert ("contains a run already" if out == "taken" else "file is a file, not a folder; name another") in said
    assert not done.stdout
    assert {path: path.read_bytes() for path in folders.rglob("*") if path.is_file()} == before


def test_no_probe_selected(command: Command, one_sentence: Sentence) -> None:
    """A -k that fits nothing is said, and nothing is sent."""
    done = command("audit", "oversold", "-k", "no_such_probe_at_all")
    assert done.returncode == 2
    assert "selects no probe" in one_sentence(done)


def test_a_bad_expression_says_so(command: Command, one_sentence: Sentence) -> None:
    """A -k that is no expression is one sentence."""
    done = command("audit", "oversold", "-k", "and and")
    assert done.returncode == 2
    assert "and and" in one_sentence(done)
    assert not done.stdout


def test_a_key_too_short_to_hide(command: Command, one_sentence: Sentence) -> None:
    """A key of a few characters cannot be hidden without hiding plain words: it is refused, and not shown."""
    done = command("audit", "openai", OPENAI_API_KEY="qzx")
    assert done.returncode == 2
    sentence = one_sentence(done)
    assert "has 3 characters" in sentence
    assert "qzx" not in sentence


def test_a_key_that_no_header_may_carry(command: Command, one_sentence: Sentence) -> None:
    """A key with a line end or beyond ASCII is refused, and not shown."""
    done = command("audit", "openai", OPENAI_API_KEY="sk-caf\xe9-123456")
    assert done.returncode == 2
    assert "caf" not in one_sentence(done)


def test_an_unwritable_report(tmp_path: Path, command: Command, one_sentence: Sentence) -> None:
    """A report that cannot be written is one sentence."""
    audited = command("audit", "oversold", "--tier", "smoke", "--out", "run", "-k", "models_list")
    assert audited.returncode in (0, 1)
    done = command("report", "run", "--format", "markdown", "-o", "nowhere/report.md")
    assert done.returncode == 2
    assert "nowhere/report.md cannot be written" in one_sentence(done)
    assert not (tmp_path / "nowhere").exists()


def test_a_refused_connection_is_incomplete(command: Command) -> None:
    """A gateway that is not there is no contradiction: exit 10, and the reason once, not a hundred times."""
    done = command("audit", f"http://127.0.0.1:{refusing_port()}/v1", "--out", "run")
    assert done.returncode == 10, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.count("no connection") == 1
    assert "(exit 10)" in done.stdout


@pytest.mark.parametrize("status", ["200 OK", "404 Not Found"])
def test_a_web_page_is_no_api(command: Command, status: str) -> None:
    """A URL that serves HTML has no API: one sentence, exit 10, nothing held against anybody."""
    page = reply(b"<!doctype html><title>Welcome</title>", status=status, kind="text/html; charset=utf-8")
    with raw_server(page) as server:
        done = command("audit", server.url, "--tier", "smoke", "--out", "run")
    assert done.returncode == 10, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert done.stdout.count(f"no OpenAI-style API at {server.url}; did you mean {server.url}/v1?") == 1
    assert "  contradicted" not in done.stdout


def test_paths_that_are_not_there_are_no_api(command: Command) -> None:
    """A server whose every path is missing is a wrong base URL, not a gateway that breaks its word."""
    with raw_server(reply(b'{"detail":"Not Found"}', status="404 Not Found")) as server:
        done = command("audit", server.url, "--tier", "smoke", "--out", "run")
    assert done.returncode == 10, done.stdout + done.stderr
    assert f"did you mean {server.url}/v1?" in done.stdout
