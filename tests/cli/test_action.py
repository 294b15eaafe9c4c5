"""The composite action's script, run as a runner would: inputs as variables, outputs as files, annotations printed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]

Done = tuple[subprocess.CompletedProcess[str], Path]


@pytest.fixture(scope="module")
def action() -> dict[str, Any]:
    """Read the action's file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    return found


def runner(folder: Path, action: dict[str, Any], **inputs: str) -> subprocess.CompletedProcess[str]:
    """Run the step of the action as a runner would: defaults and inputs become the variables that the step names."""
    (step,) = action["runs"]["steps"]
    given = {name: one["default"] for name, one in action["inputs"].items()} | {"install": "none"} | inputs
    names = {f"${{{{ inputs.{name} }}}}": value for name, value in given.items()}
    environment = {name: names[value] for name, value in step["env"].items()}
    command = step["run"].replace("${{ github.action_path }}", str(ROOT))
    kept = {name: value for name, value in os.environ.items() if not name.upper().endswith(("_KEY", "_PROXY"))}
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    return subprocess.run(  # noqa: S603 - our own script
        ["/bin/bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command],
        cwd=folder,
        env=kept | github | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_a_need_that_is_missing_stops_the_job(tmp_path: Path, action: dict[str, Any]) -> None:
    """The step exits 1 with an annotation, a summary, outputs, a JUnit file and the report."""
    inputs = {"gateway": "vibeapi", "needs": "images.generate.n  models.list\n", "arguments": "--embedded -k n_is"}
    done = runner(tmp_path, action, **inputs)
    assert done.returncode == 1, done.stdout + done.stderr
    said = "images.generate.n of vibeapi is needed and missing::asked for 2 pictures, received 1"
    assert f"::error title=gateprobe%3A {said}" in done.stdout.splitlines()
    assert (tmp_path / "output").read_text("utf-8").splitlines() == [
        "exit-code=1",
        "run=gateprobe-run",
        "junit=gateprobe-run/junit.xml",
    ]
    answer = "## gateprobe: No, vibeapi lacks images.generate.n (asked for 2 pictures, received 1)."
    assert answer in (tmp_path / "summary.md").read_text("utf-8")
    assert (tmp_path / "gateprobe-run" / "junit.xml").read_text("utf-8").startswith("<?xml")
    assert (tmp_path / "gateprobe-run" / "index.html").is_file()


@pytest.mark.slow
def test_inputs_are_no_commands(tmp_path: Path, action: dict[str, Any]) -> None:
    """What looks like a shell's command in an input stays a word; wrong use exits 2 and leaves its outputs."""
    done = runner(tmp_path, action, gateway="$(touch${IFS}hacked) `touch hacked` *", needs="; touch hacked")
    assert done.returncode == 2
    assert not (tmp_path / "hacked").exists()
    assert (tmp_path / "output").read_text("utf-8").startswith("exit-code=2\n")


def test_the_script_reads_what_the_action_gives(action: dict[str, Any]) -> None:
    """Every input becomes a variable that the script reads, and every output is one that it writes."""
    script = (ROOT / ".github/actions/gateprobe/run.sh").read_text("utf-8")
    (step,) = action["runs"]["steps"]
    assert len(step["env"]) == len(action["inputs"])
    assert all(name in script for name in step["env"])
    assert all(f"{name}=$" in script for name in action["outputs"])
    assert os.access(ROOT / ".github/actions/gateprobe/run.sh", os.X_OK)
