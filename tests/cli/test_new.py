"""`gateprobe new` makes files whose test passes, and overwrites nothing."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from gateprobe.cli import run
from gateprobe.cli.commands import new
from gateprobe.gateway import find

ROOT: Final = Path(__file__).resolve().parents[2]


def test_a_gateway_is_made_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is a valid gateway file, and a second one under its name is refused."""
    monkeypatch.chdir(tmp_path)
    assert run(["new", "gateway", "example-images"]) == 0
    gateway = find("example-images.toml")
    assert (gateway.name, gateway.key.env) == ("example-images", "EXAMPLE_IMAGES_API_KEY")
    before = (tmp_path / "example-images.toml").read_text("utf-8")
    assert run(["new", "gateway", "example-images"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert (tmp_path / "example-images.toml").read_text("utf-8") == before


def test_a_gateway_of_a_checkout_has_its_test_where_the_lint_allows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test is in tests/gateway, the command says so, and the test reads the file that was made."""
    for name in ("probes", "gateways", "tests/gateway"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.setattr(new, "PROBES", tmp_path / "probes")
    monkeypatch.chdir(tmp_path / "gateways")
    assert run(["new", "gateway", "example-images"]) == 0
    test = tmp_path / "tests" / "gateway" / "test_example_images.py"
    assert f"Written: {test}" in capsys.readouterr().out
    assert 'find(str(Path(__file__).parents[2] / "gateways/example-images.toml"))' in test.read_text("utf-8")
    loaded = runpy.run_path(str(test))
    loaded["test_the_file_is_read"]()


@pytest.mark.parametrize(
    ("what", "name", "reason"),
    [
        ("gateway", "../up", "expected lower case"),
        ("probe", "one", "snake case"),
        ("probe", "n_is_honoured", "already"),
        ("fault", "param.n_ignored", "already"),
        ("fault", "shouting", "a family and a name"),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(
    what: str,
    name: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A name of another form, and one that is taken, are refused before a file is written."""
    monkeypatch.chdir(tmp_path)
    assert run(["new", what, name]) == 2
    assert reason in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_what_is_made_has_passing_tests(tmp_path: Path) -> None:
    """In a checkout, the tests of a new probe and of a new fault pass; those of a new gateway pass beside its file."""
    for name in ("gateprobe", "probes", "schemas", "gateways"):
        shutil.copytree(ROOT / name, tmp_path / name)  # with its bytecode, which saves seconds
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for folder in ("tests/probes", "tests/reference/faults"):
        (tmp_path / folder).mkdir(parents=True)
    made = (("gateway", "new-images"), ("fault", "json.renamed_list"), ("probe", "list_has_models"))
    _python(tmp_path, f"from gateprobe.cli import run; import sys; sys.exit(any(run(['new', *x]) for x in {made}))")
    _python(tmp_path, "import pytest, sys; sys.exit(pytest.main(['-q', '.', 'test_new_images.py']))")


def _python(folder: Path, program: str) -> None:
    environment = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
