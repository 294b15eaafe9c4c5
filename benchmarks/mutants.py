"""Mutants of the code that guards money, keys and verdicts, and which of them the nearest tests notice.

    python benchmarks/mutants.py --results FILE                 all groups of mutants.toml
    python benchmarks/mutants.py --results FILE --group judge   one group; --module, --each, --seed narrow or widen
    python benchmarks/mutants.py --results FILE --survivors     print the survivors of an earlier run
    python benchmarks/mutants.py --results FILE --again         test them again, after a test was written

The sample is drawn from the seed: the same source has the same mutants. FILE has one JSON line for each mutant; a run
that was interrupted goes on where it stopped. `mutants_equivalent.toml` lists survivors that no test can kill, with the
reason. The exit code is 1 where a group kills a smaller share of the others than its floor. Needs `pip install -e
'.[test,mutants]'`.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import pytest
from hypothesis import HealthCheck, Phase, settings

from tests.support.mutants.making import Mutant, mutants
from tests.support.mutants.nearest import nearest
from tests.support.mutants.running import (
    BROKEN,
    PROFILE,
    forked,
    import_mutant,
    replace_bodies,
    replacements,
    run_tests,
)

ROOT: Final = Path(__file__).resolve().parents[1]

LIBRARIES: Final = ("httpx", "jinja2", "jsonschema", "numpy", "orjson", "PIL", "rich", "starlette", "uvicorn")
"""Imported before each process is forked."""

PATIENCE: Final = 180.0
"""Seconds that the tests of a mutant may take; one that waits for ever is over then."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some modules and what has to notice their mutants."""

    name: str
    paths: tuple[str, ...]
    each: int
    floor: float
    further: list[str]


def groups() -> list[Group]:
    """Load `mutants.toml`."""
    tables = tomllib.loads((ROOT / "benchmarks/mutants.toml").read_text("utf-8"))["groups"]
    return [
        Group(name, tuple(_modules(table["paths"])), table["each"], table["floor"], table.get("further", []))
        for name, table in tables.items()
    ]


def _modules(patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            yield str(path.relative_to(ROOT))


def equivalents() -> dict[tuple[str, str, str], str]:
    """Load the mutants that no test can kill, and the reason of each."""
    tables = tomllib.loads((ROOT / "benchmarks/mutants_equivalent.toml").read_text("utf-8"))
    return {(row["path"], row["before"], row["after"]): row["reason"] for row in tables.get("mutants", [])}


def measure(results: Path, chosen: list[Group], seed: int, each: int | None, *, again: bool) -> None:
    """Test the mutants that the file of results does not have: those in the bodies of functions come first."""
    known = {_key(row) for row in _rows(results) if row["killer"] or not again}
    drawn = [
        (mutant, runs)
        for group in chosen
        for path in group.paths
        for runs in [nearest(ROOT, path, group.further)]
        for mutant in mutants(ROOT, path, each or group.each, seed)
    ]
    waiting = [(mutant, runs) for mutant, runs in drawn if (mutant.path, mutant.before, mutant.after) not in known]
    print(f"{len(waiting)} of {len(drawn)} mutants are to be tested", flush=True)
    for library in LIBRARIES:
        __import__(library)
    settings.register_profile(PROFILE, _QUICK)
    with_imports = os.fork()
    if with_imports == 0:
        with contextlib.redirect_stdout(io.StringIO()):
            files = {file for _, runs in waiting for run in runs for file in run if file.startswith("tests")}
            pytest.main(["--collect-only", "-q", "--assert=plain", f"--hypothesis-profile={PROFILE}", *sorted(files)])
        _test(results, [(mutant, runs) for mutant, runs in waiting if _pairs(mutant) is not None])
        os._exit(0)
    os.waitpid(with_imports, 0)
    _test(results, [(mutant, runs) for mutant, runs in waiting if _pairs(mutant) is None])


_QUICK: Final = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def _test(results: Path, mutated: list[tuple[Mutant, list[list[str]]]]) -> None:
    """Test mutants, and write what came of each. A test that fails without the mutant, too, kills none."""
    failing: dict[str, bool] = {}
    for mutant, runs in mutated:
        while True:
            left_out = [f"--deselect={test}" for test, fails in failing.items() if fails]
            outcome = forked(partial(_run, mutant, [[*run, *left_out] for run in runs]), PATIENCE)
            killer = outcome.killer
            if "::" not in killer:
                break
            if killer not in failing:
                failing[killer] = bool(forked(partial(run_tests, [[killer]]), PATIENCE).killer)
            if not failing[killer]:
                break
            print(f"fails without a mutant: {killer}", flush=True)
        if killer.startswith(BROKEN) and _pairs(mutant) is not None:  # our own mistake: no import failed
            raise RuntimeError(killer)
        row = {"path": mutant.path, "before": mutant.before, "after": mutant.after}
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**row, "killer": killer, "seconds": round(outcome.seconds, 1)}) + "\n")


def _run(mutant: Mutant, runs: list[list[str]]) -> str:
    path = str(ROOT / mutant.path)
    pairs = _pairs(mutant)
    if pairs is None:
        import_mutant(path, mutant.source)
    else:
        replace_bodies(path, pairs)
    return run_tests(runs)


def _pairs(mutant: Mutant) -> dict[CodeType, CodeType] | None:
    path = ROOT / mutant.path
    return replacements(path.read_text("utf-8"), mutant.source, str(path))


def _rows(results: Path) -> list[dict[str, Any]]:
    """Load the latest result of each mutant."""
    rows = [json.loads(line) for line in results.read_text("utf-8").splitlines()] if results.exists() else []
    return list({_key(row): row for row in rows}.values())


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["path"], row["before"], row["after"]


def show(results: Path, chosen: list[Group]) -> bool:
    """Print the survivors and the share of each group; return whether each reaches its floor."""
    reasons, rows, reached = equivalents(), _rows(results), True
    for group in chosen:
        ours = [row for row in rows if row["path"] in group.paths]
        counted = [row for row in ours if row["killer"] or _key(row) not in reasons]
        survivors = [row for row in counted if not row["killer"]]
        for row in survivors:
            print(f"  {row['path']}\n    - {row['before']}\n    + {row['after']}")
        share = 1 - len(survivors) / max(len(counted), 1)
        reached &= share >= group.floor
        print(
            f"{group.name:8} {len(counted) - len(survivors)} of {len(counted)} mutants killed: {share:.1%}"
            f" (floor {group.floor:.0%}); {len(ours) - len(counted)} equivalent"
        )
    return reached


def main() -> int:
    """Test mutants and print what survives; 1 where a group is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, metavar="FILE")
    parser.add_argument("--group", action="append", default=[], help="a group of mutants.toml")
    parser.add_argument("--module", help="a part of the path of a module")
    parser.add_argument("--each", type=int, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="test the survivors of an earlier run again")
    parser.add_argument("--survivors", action="store_true", help="only print those of an earlier run")
    options = parser.parse_args()
    os.chdir(ROOT)
    chosen = [
        replace(group, paths=tuple(path for path in group.paths if (options.module or "") in path))
        for group in groups()
        if not options.group or group.name in options.group
    ]
    if not options.survivors:
        measure(options.results, chosen, options.seed, options.each, again=options.again)
    return 0 if show(options.results, chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
