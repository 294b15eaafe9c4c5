"""The marker and the fixture for a product's own suite, in pytest sessions of their own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gateprobe.audit.stored.origin import JUDGED, SEAL
from gateprobe.cli import run as gateprobe
from gateprobe.record import file as record
from gateprobe.reference import serve

pytestmark = pytest.mark.slow

Session = Callable[..., subprocess.CompletedProcess[str]]

SUITE = """
import pytest


@pytest.mark.needs_gateway("models.list", "responses.image.stream", gateway="oversold")
def test_there_or_not():
    pass


@pytest.mark.needs_gateway("models.list", gateway="oversold")
def test_there():
    pass


@pytest.mark.needs_gateway("models.list")
def test_of_the_settings():
    pass


@pytest.mark.needs_gateway("models.list", gateway="openai")
def test_without_a_key():
    pass


@pytest.mark.needs_gateway("models.lists", gateway="oversold")
def test_misspelt():
    pass


@pytest.mark.needs_gateway("models.list", gateway="opanai")
def test_nobody():
    pass


@pytest.mark.needs_gateway(gateway="oversold")
def test_nothing():
    pass


def test_fixture(gateway_audit):
    run = gateway_audit("oversold")
    assert run.header.tier == "smoke"
    assert run is gateway_audit("oversold")
"""


@pytest.fixture
def session(tmp_path: Path) -> Session:
    """Run pytest on a suite in a folder of its own, with no key set."""

    def run(suite: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        (tmp_path / "test_product.py").write_text(suite)
        (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
        kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "pytest", "-rsE", "-p", "no:pytest-html", *arguments],
            cwd=tmp_path,
            env=kept | {"COLUMNS": "250"} | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def runs_below(folder: Path) -> list[Path]:
    """Return the runs that a session has made."""
    return sorted(path.parent for path in folder.rglob("run.jsonl"))


def test_a_whole_suite(session: Session, tmp_path: Path) -> None:
    """What is missing is an error, what is not known is skipped; one audit serves all, under xdist too."""
    (tmp_path / "gateprobe.toml").write_text('gateway = ["oversold"]\n')
    done = session(SUITE, "-n2")
    text = done.stdout
    assert "3 passed, 1 skipped, 4 errors" in text, text + done.stderr
    assert "oversold lacks responses.image.stream: " in text
    assert "the stream ended without response.completed" in text
    assert "needs_gateway: models.lists: no such capability; did you mean models.list" in text
    assert "needs_gateway: " in text
    assert "did you mean openai?" in text
    assert "name a capability, as in @pytest.mark.needs_gateway('images.edit')" in text
    assert re.search(r"SKIPPED .* not observed: OPENAI_API_KEY is not set", text)
    assert "Traceback" not in text
    (run,) = runs_below(tmp_path)
    assert record.load(run).header.options.needs == ("models.list", "models.lists", "responses.image.stream")


def test_a_run_that_the_gate_has_left(session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """GATEPROBE_RUN names a run, and nothing is asked again."""
    left = tmp_path / "left"
    with serve("openai") as served:
        environment = pytest.MonkeyPatch()
        environment.setenv("GATEPROBE_API_KEY", served.key)
        assert gateprobe(["audit", served.url, "-k", "models_are_listed", "--out", str(left)]) == 0
        environment.undo()
        asked = served.counters.requests
        (name,) = record.load(left).header.gateways
        suite = f"""
import pytest

@pytest.mark.needs_gateway("models.list", gateway="{name}")
def test_there(gateway_audit):
    assert len(gateway_audit("{name}").records) == 1

@pytest.mark.needs_gateway("images.edit", gateway="{name}")
def test_not_asked():
    pass

@pytest.mark.needs_gateway("models.list", gateway="other")
def test_another():
    pass
"""
        done = session(suite, GATEPROBE_RUN=str(left))
        (left / SEAL).unlink()
        foreign = session(suite, GATEPROBE_RUN=str(left))
        assert served.counters.requests == asked
    assert "1 passed, 1 skipped, 1 error" in done.stdout, done.stdout
    assert JUDGED not in done.stdout
    assert JUDGED in foreign.stdout
    assert f"not observed: images.edit of {name}: it was not tested" in done.stdout
    assert "contains no audit of other, only of " in done.stdout
    assert "(exit 0)" in capsys.readouterr().out


def test_a_suite_that_does_not_ask_pays_nothing(session: Session, tmp_path: Path) -> None:
    """Without the marker nothing of gateprobe is imported but the plugin, no option is added and no line printed."""
    suite = """
import sys

def test_light(pytestconfig):
    loaded = {name for name in sys.modules if name.partition(".")[0] == "gateprobe"}
    assert loaded == {"gateprobe", "gateprobe.pytest_needs"}
    assert not [name for name in sys.modules if name in ("httpx", "hypothesis.core", "jsonschema", "PIL")]
    assert not hasattr(pytestconfig.option, "gateway")
"""
    done = session(suite, "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
    assert "gateprobe" not in "".join(line for line in done.stdout.splitlines() if not line.startswith("plugins:"))
    assert runs_below(tmp_path) == []
    helped = session(suite, "--markers").stdout
    assert "@pytest.mark.needs_gateway(capability, ..., gateway=NAME)" in helped
