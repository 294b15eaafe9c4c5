"""`.ci/run` on a developer's machine: his own environment stays, and nothing is installed on the system."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
_TOOL: Final = '#!/bin/sh\necho "$(basename "$0") $*" >> "$LOG"\n'
_PYTHON: Final = """#!/bin/sh
echo "python3 $*" >> "$LOG"
mkdir -p "$3/bin"
for tool in pip pytest ruff mypy gateprobe; do cp "$TOOLS/tool" "$3/bin/$tool"; done
echo 'for word; do [ "$word" = oversold ] && exit 1; done; exit 0' >> "$3/bin/gateprobe"
"""


@pytest.mark.parametrize("ci", ["", "true"])
def test_only_ci_installs_system_packages(tmp_path: Path, ci: str) -> None:
    """The README's test command runs in .ci/venv; .venv is left alone; apt-get and npm are called in CI alone."""
    checkout, tools, log = tmp_path / "checkout", tmp_path / "tools", tmp_path / "log"
    (checkout / ".ci").mkdir(parents=True)
    (checkout / ".venv").mkdir()
    tools.mkdir()
    shutil.copy(ROOT / ".ci" / "run", checkout / ".ci" / "run")
    shutil.copy(ROOT / "README.md", checkout)
    for name in ("tool", "apt-get", "npm"):
        (tools / name).write_text(_TOOL)
    (tools / "python3").write_text(_PYTHON)
    for path in tools.iterdir():
        path.chmod(0o755)
    for name in ("bash", "sh", "dirname", "basename", "sed", "head", "rm", "mkdir", "cp", "cat", "mktemp", "printf"):
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    environment = {"PATH": str(tools), "LOG": str(log), "TOOLS": str(tools), "CI": ci, "HOME": os.environ["HOME"]}
    done = subprocess.run(  # noqa: S603 - our own script
        [str(checkout / ".ci" / "run")], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    calls = log.read_text().splitlines()
    assert "python3 -m venv .ci/venv" in calls
    assert any(call.startswith("pytest ") for call in calls)
    assert (checkout / ".venv").is_dir()
    assert any(call.startswith("apt-get install") for call in calls) == bool(ci)
    assert any(call.startswith("npm install") for call in calls) == bool(ci)
