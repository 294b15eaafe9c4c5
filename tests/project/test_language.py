"""The language of the code: plain names, docstrings in the imperative."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDERS: Final = ("gateprobe", "probes", "tests", "benchmarks", "docs")
FILES: Final = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
VAGUE: Final = ("one", "found", "told", "said")
"""Names that say nothing of what they hold."""

MOST: Final = 3
"""Uses of one such name per 1,000 lines."""

INDICATIVE: Final = ("Give", "Gives", "Say", "Says")


@pytest.mark.parametrize("name", VAGUE)
def test_names_say_what_they_hold(name: str) -> None:
    """A vague identifier is used fewer than three times in 1,000 lines."""
    lines, uses = 0, Counter[str]()
    for path in FILES:
        source = path.read_text("utf-8")
        lines += source.count("\n")
        tokens = tokenize.generate_tokens(io.StringIO(source).readline)
        uses[str(path.relative_to(ROOT))] = sum(
            token.type == tokenize.NAME and token.string == name for token in tokens
        )
    assert sum(uses.values()) * 1000 / lines < MOST, uses.most_common(10)


def test_docstrings_are_imperatives_of_the_field() -> None:
    """No docstring begins with "Give" or "Say": it returns, loads, parses, renders."""
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and (ast.get_docstring(node) or "").startswith(tuple(f"{word} " for word in INDICATIVE))
    ]
    assert not wrong
