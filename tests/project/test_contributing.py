"""CONTRIBUTING.md: its examples are whole files, and its commands do with them what it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from gateprobe.model import Verdict
from gateprobe.record.file import load

ROOT: Final = Path(__file__).resolve().parents[2]
TEXT: Final = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
COPIED: Final = ("gateprobe", "probes", "schemas", "gateways", "tests/support", "docs")
FAMILIES: Final = "gateprobe/reference/faults/__init__.py"

pytestmark = pytest.mark.slow


def examples() -> dict[str, str]:
    """Return the example files of the page by their path."""
    return dict(re.findall(r"^```(?:python|toml) (\S+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the project and write the examples into it; a file that exists gets the example at its end."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in examples().items():
        path = folder / name
        before = path.read_text("utf-8") if path.exists() else ""
        path.write_text(f"{before}\n{text}" if before else text, "utf-8")
    register(folder)
    return folder


def register(folder: Path) -> None:
    """Register the example's fault as the page says: an import, a name in `_FAMILIES`, a line in its fault kind."""
    families = folder / FAMILIES
    text = families.read_text("utf-8")
    text = text.replace("\n_FAMILIES", "\nfrom gateprobe.reference.faults.streams import shouting\n\n_FAMILIES", 1)
    families.write_text(re.sub(r"(_FAMILIES[^\n]*= \(\n)", r"\1    shouting.FAULTS,\n", text, count=1), "utf-8")
    kinds = folder / "probes" / "fault_kinds.toml"
    before, after = kinds.read_text("utf-8").split('id = "stream.framing_unusual"')
    after = re.sub(r"faults = \[", 'faults = ["sse.shouted_names", ', after, count=1)
    kinds.write_text(f'{before}id = "stream.framing_unusual"{after}', "utf-8")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    return subprocess.run(  # noqa: S603 - our own commands
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command of the copy."""
    return run(
        folder, "-c", "import sys; from gateprobe.cli import main; sys.argv[0] = 'gateprobe'; main()", *arguments
    )


def test_every_command_of_the_examples_is_tried_here() -> None:
    """The commands beside the examples are those that the tests below run."""
    shown = {line for line in TEXT.splitlines() if line.startswith(("gateprobe ", "python -m "))}
    assert shown == {
        "gateprobe audit openai xai-router vibeapi ofox --embedded --probe pair_is_returned",
        "python -m tests.support.proofs.probe_proofs --probe pair_is_returned --write",
        "python -m tests.support.proofs.declared --write",
        "python -m tests.support.proofs.fault_matrix --fault sse.shouted_names --persona openai",
        "python -m tests.support.proofs.fault_matrix --fault sse.shouted_names --write",
        "gateprobe plan example.toml",
        "python -m docs.tools.catalogue",
        "python -m docs.tools.catalogue --missing",
    }


def test_a_new_text_is_listed_as_untranslated(copy: Path) -> None:
    """The tool of the translations lists the texts of the example."""
    listed = run(copy, "-m", "docs.tools.catalogue", "--missing").stdout
    assert "'{received} pictures were returned'" in listed


def test_the_probe_is_satisfied_by_an_honest_gateway(copy: Path) -> None:
    """The example's probe runs, and every embedded reference keeps its promise."""
    personas = ("openai", "xai-router", "vibeapi", "ofox")
    done = command(copy, "audit", *personas, "--embedded", "--probe", "pair_is_returned", "--out", "run")
    assert done.returncode == 0, done.stdout + done.stderr
    records = load(copy / "run").records
    assert {record.gateway for record in records} == set(personas)
    assert {record.verdict for record in records} <= {Verdict.CONFIRMED, Verdict.UNDECLARED}


def test_the_probe_has_a_proof(copy: Path) -> None:
    """The example's row is a proof of the example's probe."""
    done = run(copy, "-m", "tests.support.proofs.probe_proofs", "--probe", "pair_is_returned", "--write")
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_declaration_is_stored(copy: Path) -> None:
    """The example's probe is added to the table of declarations."""
    done = run(copy, "-m", "tests.support.proofs.declared", "--write")
    assert done.returncode == 0, done.stdout + done.stderr
    table = (copy / "tests" / "support" / "proofs" / "declared.txt").read_text("utf-8")
    assert "\npair_is_returned; images.generate.n; must; needs pair_of_pictures\n" in table


def test_the_fault_is_found_and_stored(copy: Path) -> None:
    """The example's fault is found by a probe that exists, and added to the stored results; the others stay."""
    done = run(copy, "-m", "tests.support.proofs.fault_matrix", "--fault", "sse.shouted_names", "--write")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "stream.event_names" in done.stdout.partition("sse.shouted_names")[2].partition("\n")[0]
    findings = json.loads((copy / "tests" / "support" / "proofs" / "fault_findings.json").read_bytes())
    assert findings["sse.shouted_names"]["openai"]["capability"] == "stream.event_names"
    page = (copy / "docs" / "faults.md").read_text("utf-8")
    assert "#### `sse.shouted_names`\n" in page
    assert "#### `sse.glued_frames`\n" in page


def test_results_of_one_persona_are_not_stored(copy: Path) -> None:
    """The command of the page for one persona prints; with --write it is refused before any audit."""
    arguments = ("--fault", "sse.shouted_names", "--persona", "openai")
    done = run(copy, "-m", "tests.support.proofs.fault_matrix", *arguments, "--write")
    assert (done.returncode, "leave out --persona" in done.stderr) == (2, True)


def test_the_gateway_file_is_read(copy: Path) -> None:
    """The example's gateway file has a plan."""
    done = command(copy, "plan", "example.toml")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Example Images" in done.stdout or "example" in done.stdout
