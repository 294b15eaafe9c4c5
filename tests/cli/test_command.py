"""The command as people run it: exit codes, plans and judgements without a network, and what it lists."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.cli import run as gateprobe
from gateprobe.record import file as record
from gateprobe.reference import serve

pytestmark = pytest.mark.slow

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_exit_0_where_every_promise_is_kept(command: Command, tmp_path: Path) -> None:
    """A smoke audit of an embedded gateway keeps its promises, buys one picture at most, and leaves a page."""
    done = command("audit", "openai", "--embedded", "--tier", "smoke", "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(("Embedded references", "openai: captured"))
    assert "Embedded references on loopback" in done.stdout
    assert "(exit 0)" in done.stdout
    assert (tmp_path / "run" / "index.html").is_file()


def test_quiet_is_one_line_where_all_is_well(command: Command) -> None:
    """A good audit prints only its answer; a bad one prints what is wrong, without progress."""
    done = command("audit", "openai", "--embedded", "--quiet", "-p", "models_are_listed", "--out", "good")
    assert done.stdout.splitlines() == ["OpenAI keeps every promise that was tested. (exit 0)"], done.stdout
    done = command("audit", "oversold", "-q", "-p", "n_is_honoured", "--out", "bad")
    assert (done.returncode, "captured" in done.stdout) == (1, False)
    assert "broken  n_is_honoured[2]@oversold" in done.stdout
    done = command("audit", "openai", "--embedded", "-q", "-v", "--out", "neither")
    assert (done.returncode, "--quiet and --verbose exclude each other" in done.stderr) == (2, True)


def test_exit_1_where_a_promise_is_broken(command: Command) -> None:
    """A gateway that breaks what it must keep exits 1, and every contradiction is named."""
    done = command("audit", "oversold", "-k", "n_is_honoured or models_are_listed", "--out", "run")
    assert done.returncode == 1
    assert re.search(r"broken  n_is_honoured\[2\]@oversold: .*\d", done.stdout)
    assert "(exit 1)" in done.stdout


def test_exit_1_where_a_need_is_missing(command: Command) -> None:
    """A capability that a product needs fails the audit where it is missing, though the documents never offered it."""
    done = command("audit", "vibeapi", "--embedded", "--tier", "smoke", "--need", "images.generate.n", "--out", "run")
    assert done.returncode == 1, done.stdout
    assert "No, vibeapi lacks images.generate.n" in done.stdout
    assert "contradict what" not in done.stdout


def test_exit_10_where_something_was_not_observed(command: Command) -> None:
    """What the budget cut off is unproven: incomplete, and never green."""
    done = command("audit", "openai", "--embedded", "--tier", "smoke", "--max-images", "0", "--out", "run")
    assert done.returncode == 10, done.stdout
    assert "not observed (budget)" in done.stdout
    assert "(exit 10)" in done.stdout


def test_a_failure_of_ours_is_one_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever we did not foresee is one sentence and exit 11, never a traceback."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr("gateprobe.cli.commands.runs.read", broken)
    assert gateprobe(["judge", "anything"]) == 11
    said = capsys.readouterr().err
    assert "gateprobe itself failed: ZeroDivisionError: ours" in said
    assert "Traceback" not in said


def test_plan_uses_no_socket(offline: Command) -> None:
    """A plan names requests, pictures and dollars for each gateway, and touches no network."""
    done = offline("plan", "openai", "vibeapi", "xai-router", "ofox", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    plans = json.loads(done.stdout)
    assert list(plans) == ["openai", "vibeapi", "xai-router", "ofox"]
    for plan in plans.values():
        assert plan["requests"] >= plan["scenarios"] > 0
        assert plan["images"] > 0
        assert plan["usd"] > 0
    shown = offline("plan", "openai")
    assert shown.returncode == 0
    assert "Nothing was sent." in shown.stdout


def test_smoke_buys_one_picture_at_most(offline: Command) -> None:
    """The plan of a smoke audit has one picture at most, for every gateway that is documented."""
    done = offline("plan", "--tier", "smoke", "--json", *_documented(offline))
    assert done.returncode == 0, done.stdout + done.stderr
    plans = json.loads(done.stdout)
    assert len(plans) >= 4
    assert max(plan["images"] for plan in plans.values()) <= 1
    assert max(plan["requests"] for plan in plans.values()) < 40


def _documented(offline: Command) -> list[str]:
    listed = json.loads(offline("gateways", "--json").stdout)
    return [one["name"] for one in listed if one["base_url"].startswith("http") and "{" not in one["base_url"]][:6]


def test_a_plan_is_what_is_sent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Against an honest gateway, an audit sends what its plan said, and buys no more pictures than it said."""
    with serve("openai") as served:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GATEPROBE_API_KEY", served.key)
            assert gateprobe(["plan", served.url, "--tier", "smoke", "--json"]) == 0
            (planned,) = json.loads(capsys.readouterr().out).values()
            assert gateprobe(["audit", served.url, "--tier", "smoke", "--out", str(tmp_path / "run")]) in (0, 10)
        assert served.counters.images <= planned["images"] <= 1
        assert served.counters.requests <= planned["requests"]


def test_judge_and_report_use_no_socket(command: Command, offline: Command, tmp_path: Path) -> None:
    """Judged and drawn again without a network, a run has the same records and the same page, as often as one likes."""
    audited = command("audit", "oversold", "--tier", "smoke", "--out", "run")
    assert audited.returncode == 1
    before, page = record.load(tmp_path / "run"), (tmp_path / "run" / "index.html").read_bytes()
    for _ in range(2):
        judged = offline("judge", "run")
        assert judged.returncode == 1, judged.stdout + judged.stderr
        after = record.load(tmp_path / "run")
        assert after.records == before.records
        assert after.footer == before.footer
        assert after.header == before.header
        drawn = offline("report", "run", "--format", "html")
        assert drawn.returncode == 0, drawn.stdout + drawn.stderr
        assert (tmp_path / "run" / "index.html").read_bytes() == page
        assert not judged.stderr
    (tmp_path / "run" / "run.jsonl").write_bytes((tmp_path / "run" / "run.jsonl").read_bytes()[:-9])
    assert "Warning: run: the last line of run.jsonl is cut short" in offline("judge", "run").stderr
    assert record.load(tmp_path / "run").records == before.records


def test_a_run_of_another_format_is_written_anew(command: Command, offline: Command, tmp_path: Path) -> None:
    """Every command refuses it with the sentence that names `judge`, and `judge` makes it readable again."""
    assert command("audit", "openai", "--embedded", "-k", "models_are_listed", "--out", "run").returncode == 0
    path, before = tmp_path / "run" / "run.jsonl", record.load(tmp_path / "run")
    path.write_text(path.read_text("utf-8").replace(f'"format":{record.FORMAT}', '"format":1', 1), "utf-8")
    assert "`gateprobe judge` writes the run anew" in offline("report", "run").stderr
    judged = offline("judge", "run")
    assert judged.returncode == 0, judged.stdout + judged.stderr
    assert record.load(tmp_path / "run").records == before.records


@pytest.mark.parametrize("form", ["markdown", "junit", "json", "badge"])
def test_every_format_is_drawn(command: Command, form: str) -> None:
    """Each format that the command offers is drawn from a run folder."""
    command("audit", "oversold", "-k", "models_are_listed", "--out", "run")
    done = command("report", "run", "--format", form)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_lists(offline: Command) -> None:
    """Gateways, probes and explanations are there without a network; JSON is JSON."""
    assert json.loads(offline("gateways", "--json").stdout)[0]["name"] == "openai"
    probes = json.loads(offline("probes", "--json").stdout)
    assert len(probes) > 50
    assert {"probe", "capability", "statement", "level", "tier"} <= probes[0].keys()
    explained = offline("explain", probes[0]["probe"])
    assert explained.returncode == 0
    assert probes[0]["statement"] in explained.stdout


def test_serve_prints_a_line_to_paste() -> None:
    """The key of a reference is printed as the variable that its gateway file names, with the port."""
    program = "import sys; from gateprobe.cli import run; sys.exit(run(sys.argv[1:]))"
    with subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, "-uc", program, "serve", "ofox"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(2)]
        process.terminate()
    found = re.fullmatch(r"ofox at http://127\.0\.0\.1:(\d+)/v1  key: (\S+)\n", said[0])
    assert found is not None, said
    assert said[1] == f"export OFOX_API_KEY={found[2]} PORT={found[1]}\n"


@pytest.mark.parametrize("name", ["", "audit", "plan", "judge", "report", "serve", "gateways", "probes", "explain"])
def test_help_teaches(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Every command has help that says what it does; the first page has the exit codes."""
    assert gateprobe([*name.split(), "--help"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Usage: gateprobe")
    assert len(said.splitlines()) > 5
    if not name:
        assert "Exit codes:" in said
