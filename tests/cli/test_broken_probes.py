"""A probe that is written wrongly is one sentence with its name and place; exit 2."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from gateprobe.resources import PROBES

pytestmark = pytest.mark.slow
_AUDIT: Final = """
import sys
from pathlib import Path
import gateprobe.resources
gateprobe.resources.PROBES = Path("probes").absolute()
from gateprobe.cli import run
sys.exit(run(["audit", "openai", "--embedded", "-p", "broken_probe", "--out", "run"]))
"""
_PYTEST: Final = """
import sys
from pathlib import Path
import gateprobe.resources
gateprobe.resources.PROBES = Path("probes").absolute()
import pytest
options = ["--gateway=openai", "--embedded", "-k", "broken_probe", "--run=run", "-p", "no:cacheprovider"]
sys.exit(pytest.main(["probes", "-p", "gateprobe.plugin", *options]))
"""
_BROKEN: Final = {
    "signature": (
        "def broken_probe(evidence):\n",
        'return honoured("nothing")',
        "the probe broken_probe takes (evidence); expected (evidence, claim)",
    ),
    "fault kind": (
        "def broken_probe(evidence, claim):\n",
        'return refused("no.such_kind", "nothing")',
        "names the fault kind 'no.such_kind', which does not exist",
    ),
    "template": (
        "def broken_probe(evidence, claim):\n",
        'return honoured("{number} models")',
        "gives the template '{number} models' no value for number",
    ),
    "no finding": (
        "def broken_probe(evidence, claim):\n",
        "pass",
        "returned None; a probe returns a finding",
    ),
}


@pytest.mark.parametrize("program", [_AUDIT, _PYTEST], ids=["audit", "pytest"])
@pytest.mark.parametrize(("signature", "body", "sentence"), _BROKEN.values(), ids=_BROKEN)
def test_a_broken_probe_is_one_sentence(tmp_path: Path, program: str, signature: str, body: str, sentence: str) -> None:
    """Name and line are told, by the command and under pytest, and no traceback is printed."""
    shutil.copytree(PROBES, tmp_path / "probes", ignore=shutil.ignore_patterns("__pycache__"))
    module = tmp_path / "probes" / "broken.py"
    module.write_text(
        '"""A module of a contributor."""\n'
        "from gateprobe.model import honoured, refused\n"
        "from gateprobe.probe import probe\n"
        "from .scenarios.responses import models_list\n"
        '@probe("models.list", needs=models_list)\n'
        f'{signature}    """The list is there."""\n    {body}\n',
        "utf-8",
    )
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    output = done.stdout + done.stderr
    usage_error = 2 if program is _AUDIT else int(pytest.ExitCode.USAGE_ERROR)
    assert done.returncode == usage_error, output
    assert "Traceback" not in output
    assert "broken_probe" in output
    assert "probes/broken.py, line" in output
    assert sentence in output
