"""The probes under pytest from an installed package: no checkout, no conftest, any folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

import pytest

from gateprobe.record import file as record

pytestmark = pytest.mark.slow
ROOT: Final = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the package out as the wheel does: the data folders inside it, by pyproject's own table."""
    folder = tmp_path_factory.mktemp("site")
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    ignore = shutil.ignore_patterns("__pycache__")
    for package in wheel["packages"]:
        shutil.copytree(ROOT / package, folder / package, ignore=ignore)
    for source, target in wheel["force-include"].items():
        shutil.copytree(ROOT / source, folder / target, ignore=ignore)
    return folder


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")], ids=["alone", "xdist"])
def test_probes_run_from_an_installed_package(site: Path, tmp_path: Path, workers: tuple[str, ...]) -> None:
    """`--pyargs gateprobe.probes` audits from an empty folder, selects before it sends, and leaves a whole run."""
    if workers:
        pytest.importorskip("xdist")
    program = f"import sys; sys.path.insert(0, {str(site)!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, "--pyargs", "gateprobe.probes", "-p", "gateprobe.plugin", "-q"]
    command += ["--gateway=openai", "--embedded", "-k", "models_are_listed", "--run=run", *workers]
    done = subprocess.run(  # noqa: S603 - our own command
        command, cwd=tmp_path, env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 confirmed" in done.stdout
    assert [one.probe for one in record.load(tmp_path / "run").records] == ["models_are_listed"]
    assert (tmp_path / "run" / "index.html").is_file()
