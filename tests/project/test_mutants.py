"""Mutants: what is drawn, what is left alone, and that a test notices one without a change to the tree."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = '''"""A module."""

from dataclasses import dataclass

LEVELS = ("must", "should")


@dataclass(frozen=True)
class Price:
    usd: float

    def dear(self) -> bool:
        """Return whether it is dear."""
        if self.usd > 1:
            return True
        raise ValueError("a price that nobody pays")


def name(price: Price | None) -> str:
    return "free" if price is None else f"{price.usd} dollars"
'''


@pytest.fixture
def drawn(tmp_path: Path) -> set[tuple[str, str]]:
    """Return every mutant of a small module, as the changed lines."""
    making = pytest.importorskip("tests.support.mutants.making", reason="mutmut is not installed: .[mutants]")
    (tmp_path / "small.py").write_text(SOURCE, "utf-8")
    return {(mutant.before, mutant.after) for mutant in making.mutants(tmp_path, "small.py", 1000, 1)}


@pytest.mark.parametrize(
    "change",
    [
        ('LEVELS = ("must", "should")', "LEVELS = ()"),
        ("if self.usd > 1:", "if self.usd >= 1:"),
        ("if self.usd > 1:", "if not (self.usd > 1):"),
        ("return True", "return False"),
        ("return True", "return None"),
        ('raise ValueError("a price that nobody pays")', "pass"),
    ],
)
def test_a_change_is_drawn(drawn: set[tuple[str, str]], change: tuple[str, str]) -> None:
    """Values, comparisons, conditions, results and effects are changed, one at a time."""
    assert change in drawn


def test_what_no_test_may_read_is_left_alone(drawn: set[tuple[str, str]]) -> None:
    """Sentences, annotations, imports and the options of dataclasses are not changed."""
    changed = {before for before, _ in drawn}
    assert not [line for line in changed if line.startswith(("from", '"""', "@dataclass", "usd:"))]
    assert not [after for _, after in drawn if "nobodyXX" in after or "DOLLARS" in after]


def test_a_mutant_is_noticed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The body of a function that exists is replaced; a change that an import executes is not."""
    running = pytest.importorskip("tests.support.mutants.running", reason="mutmut is not installed: .[mutants]")
    path = tmp_path / "price_of_mutants.py"
    path.write_text(SOURCE, "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    module = __import__("price_of_mutants")
    assert running.replacements(SOURCE, SOURCE.replace('"must", ', ""), str(path)) is None
    running.replace_bodies(str(path), running.replacements(SOURCE, SOURCE.replace("> 1", "> 5"), str(path)))
    assert module.Price(7).dear()
    with pytest.raises(ValueError, match="nobody pays"):
        module.Price(3).dear()


def test_equivalents_have_a_reason() -> None:
    """Each names a module that exists, one line that stands there, and why no test can notice it."""
    rows = tomllib.loads((ROOT / "benchmarks" / "mutants_equivalent.toml").read_text("utf-8")).get("mutants", [])
    for row in rows:
        text = " ".join(line.strip() for line in (ROOT / row["path"]).read_text("utf-8").splitlines())
        assert row["before"] in text, row
        assert len(row["reason"]) > 20, row
