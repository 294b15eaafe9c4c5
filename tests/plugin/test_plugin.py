"""`pytest probes`: names, selection before sending, and pytest's own options, in a process of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from gateprobe.model import Cause
from gateprobe.record import file as run_file
from gateprobe.reference import Served, serve

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Pytest = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def oversold() -> Iterator[Served]:
    """Serve the gateway that keeps half of what it documents, and count what it is asked."""
    with serve("oversold") as served:
        yield served


@pytest.fixture
def audit(tmp_path: Path) -> Pytest:
    """Run pytest on the probes, the run folder and the cache below an empty folder."""

    def run(
        *arguments: object, served: Served | None = None, key: str = "", program: tuple[str, str] = ("-m", "pytest")
    ) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
        where = [f"--gateway={served.url}"] if served is not None else []
        return subprocess.run(  # noqa: S603 - our own command
            [
                sys.executable,
                *program,
                "probes",
                f"-ocache_dir={tmp_path / 'cache'}",
                *where,
                *map(str, arguments),
            ],
            cwd=ROOT,
            env=kept | {"GATEPROBE_API_KEY": key or (served.key if served else ""), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


def sent(served: Served, before: int) -> list[str]:
    """Return the paths that were asked since a count."""
    return [path for _, path in served.counters.log[before:]]


def test_k_sends_only_what_is_selected(tmp_path: Path, audit: Pytest, oversold: Served) -> None:
    """With -k, what is deselected is neither sent nor paid for; the names are probe@gateway."""
    heard, images = oversold.counters.requests, oversold.counters.images
    done = audit("-k", "listed_model_is_found", "-v", f"--run={tmp_path / 'run'}", served=oversold)
    assert done.returncode == 0, done.stdout
    assert re.search(r"listed_model_is_found@127-0-0-1-\d+ CONFIRMED GET /models/", done.stdout)
    paths = sent(oversold, heard)
    assert paths[0] == "/v1/models"
    assert len(paths) == 2
    assert oversold.counters.images == images
    run = run_file.load(tmp_path / "run")
    assert [item.probe for item in run.records] == ["listed_model_is_found"]
    assert run.footer is not None
    assert run.footer.exit_code == 0


def test_a_resumed_run_keeps_its_selection(tmp_path: Path, audit: Pytest, oversold: Served) -> None:
    """What a run was begun with stands in its header, and a resume without -k asks nothing besides."""
    run = f"--run={tmp_path / 'run'}"
    audit("-k", "listed_model_is_found", run, served=oversold)
    begun = run_file.load(tmp_path / "run")
    assert begun.header.options.selected == tuple(record.item for record in begun.records)
    heard = oversold.counters.requests
    done = audit("--resume-run", run, served=oversold)
    again = run_file.load(tmp_path / "run")
    assert again.records == begun.records, done.stdout
    assert again.header.options == begun.header.options
    assert sent(oversold, heard) == []


def test_collecting_sends_nothing(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """--collect-only lists every item and asks nobody."""
    heard = oversold.counters.requests
    done = audit("--collect-only", "-q", f"--run={tmp_path / 'run'}", served=oversold)
    assert done.returncode == 0
    assert done.stdout.count("@127-0-0-1-") > 100
    assert oversold.counters.requests == heard
    assert not (tmp_path / "run").exists()


def test_a_marker_selects_a_tier(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """-m smoke sends what smoke probes need, and buys at most what their scenarios state."""
    heard, images = oversold.counters.requests, oversold.counters.images
    done = audit("-m", "smoke and must", "-k", "models", f"--run={tmp_path / 'run'}", served=oversold)
    assert done.returncode in (0, 1, 10)
    assert 0 < oversold.counters.requests - heard < 12
    assert oversold.counters.images - images <= 1
    assert {record.level for record in run_file.load(tmp_path / "run").records} == {"must"}


def test_last_failed_asks_again_what_was_contradicted(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """--lf after a contradiction asks for that alone; a contradicted `must` is exit 1."""
    first = audit("-k", "listed or n_is_honoured", "-q", f"--run={tmp_path / 'one'}", served=oversold)
    failed = [record.item for record in run_file.load(tmp_path / "one").records if record.fails]
    assert failed == [f"n_is_honoured[2]@{run_file.load(tmp_path / 'one').header.gateways[0]}"]
    assert first.returncode == 1
    again = audit("--lf", "-q", f"--run={tmp_path / 'two'}", served=oversold)
    assert again.returncode == 1
    assert [record.item for record in run_file.load(tmp_path / "two").records] == failed


def test_x_stops_at_the_first_contradiction(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """-x ends with the first contradicted `must`; what was judged until then is in the run."""
    done = audit("-x", "-q", "-k", "images.generate", f"--run={tmp_path / 'run'}", served=oversold)
    records = run_file.load(tmp_path / "run").records
    assert done.returncode == 1
    assert sum(record.fails for record in records) == 1


INTERRUPTED = """
import sys, pytest
class Interrupt:
    def pytest_runtest_setup(self, item):
        if item is item.session.items[1]:
            raise KeyboardInterrupt
sys.exit(pytest.main(sys.argv[1:], plugins=[Interrupt()]))
"""


def test_an_interrupt_is_incomplete(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """Interrupted between two items, a run has its footer and exit 10, and what it did not come to is unproven."""
    two = ("-k", "models_are_listed or listed_model_is_found")
    done = audit(*two, f"--run={tmp_path / 'run'}", served=oversold, program=("-c", INTERRUPTED))
    assert done.returncode == 10, done.stdout
    run = run_file.load(tmp_path / "run")
    assert run.footer is not None
    assert run.footer.stopped
    assert [record.cause for record in run.records] == [None, Cause.BUDGET]


def test_junit_and_html_logs(audit: Pytest, oversold: Served, tmp_path: Path) -> None:
    """The JUnit file of pytest and pytest-html's page are written, with verdicts and without the key."""
    pytest.importorskip("pytest_html")
    xml, page = tmp_path / "log.xml", tmp_path / "log.html"
    options = (f"--junit-xml={xml}", f"--html={page}", "--self-contained-html")
    done = audit("-k", "models_list or images_generate_n", *options, f"--run={tmp_path / 'run'}", served=oversold)
    assert done.returncode in (0, 1), done.stdout
    cases = ET.parse(xml).getroot().findall(".//testcase")  # noqa: S314 - written a moment ago
    assert cases
    assert {name for case in cases for entry in case.iter("property") for name in [entry.get("name")]} >= {
        "verdict",
        "capability",
    }
    assert "@127-0-0-1-" in page.read_text("utf-8")
    assert oversold.key not in xml.read_text("utf-8") + page.read_text("utf-8")


def test_embedded_gateways_are_served(audit: Pytest, tmp_path: Path) -> None:
    """--gateway openai --embedded audits the embedded reference, without any key."""
    done = audit("--gateway", "openai", "--embedded", "-k", "models_list", "-v", f"--run={tmp_path / 'run'}")
    assert done.returncode == 0, done.stdout
    assert "@openai CONFIRMED" in done.stdout
    assert run_file.load(tmp_path / "run").header.embedded


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--gateway", "opanai"], "did you mean openai?"),
        (["--gateway", "openai"], "OPENAI_API_KEY is not set"),
        (["--gateway", "oversold", "--need", "zzz"], "no such capability"),
        (["--gateway", "oversold", "--jobs", "0"], "0: expected a whole number from 1 to 64"),
        (["--gateway", "oversold", "--budget", "nan"], "nan: expected a number of USD, 0 or more"),
    ],
)
def test_wrong_use_is_one_sentence(audit: Pytest, arguments: list[str], sentence: str) -> None:
    """Wrong use through pytest is sentence once, before anything is collected, without a traceback."""
    done = audit(*arguments)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert (done.stdout + done.stderr).count(sentence) == 1
    assert "Traceback" not in done.stdout + done.stderr


def test_xdist_that_would_split_a_gateway_is_refused(audit: Pytest, tmp_path: Path) -> None:
    """Any distribution but by gateway would pay twice: one sentence, and nothing is sent."""
    pytest.importorskip("xdist")
    done = audit("--gateway=openai", "--embedded", f"--run={tmp_path / 'run'}", "-n1", "-k", "models")
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "takes --dist loadgroup" in done.stdout + done.stderr
    assert not (tmp_path / "run" / "evidence").exists()


def test_workers_of_xdist_draw_from_the_seed_of_the_run(audit: Pytest, tmp_path: Path) -> None:
    """The seed that a session draws reaches its workers: what they ask is what the header says."""
    pytest.importorskip("xdist")
    run = tmp_path / "run"
    arguments = ("--gateway=openai", "--embedded", "--tier=deep", "--probe=odd_inputs_are_refused", f"--run={run}")
    done = audit(*arguments, "-n1", "--dist=loadgroup")
    assert done.returncode == 0, done.stdout + done.stderr
    finished = run_file.load(run)
    assert f"(drawn from seed {finished.header.options.seed})" in finished.records[0].reason
