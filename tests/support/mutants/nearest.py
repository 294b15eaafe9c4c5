"""The tests nearest to a module: those that mirror it, then those that import it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

IMPORTERS: Final = 15
"""Test files that import a module and are run for it, the smallest first."""

BESIDE: Final = 20
"""Test files of the folder that mirrors a module's, or of the one above; larger folders are left to `further`."""

ALL_SLOW: Final = "\npytestmark = pytest.mark.slow"
"""Marks a test file without quick tests; of others, the slow tests are not run."""


def nearest(root: Path, path: str, further: list[str]) -> list[list[str]]:
    """Return the arguments of the runs of pytest that a module is tested with, the quickest first."""
    module = Path(path)
    folder = Path("tests", *module.parent.parts[1:] if module.parts[0] == "gateprobe" else module.parent.parts)
    mirrors = folder / f"test_{module.stem}.py", folder.with_name(f"test_{folder.name}.py")
    mirror = [str(file) for file in mirrors if (root / file).exists()]
    name = module.with_suffix("").parts
    parent, stem = ".".join(name[:-1]), name[-1]
    imports = re.compile(rf"{re.escape(parent)}\.{stem}\b|from {re.escape(parent)} import [^\n]*\b{stem}\b")
    files = sorted((root / "tests").rglob("test_*.py"), key=lambda file: file.stat().st_size)
    users = [str(file.relative_to(root)) for file in files if imports.search(file.read_text("utf-8"))]
    near = list(dict.fromkeys([*mirror, *users[:IMPORTERS]]))
    counts = {
        each: len(list((root / each).rglob("test_*.py"))) for each in (folder, folder.parent) if each.name != "tests"
    }
    neighbours = [str(each) for each, count in counts.items() if 0 < count <= BESIDE]
    runs = [
        ["-m", "not slow", *near] if near else [],
        *(["-m", "not slow", each] for each in neighbours),
        [file for file in mirror if ALL_SLOW in (root / file).read_text("utf-8")],
        further,
    ]
    return [run for run in runs if run]
