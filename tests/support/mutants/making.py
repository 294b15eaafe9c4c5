"""Make mutants of a module: mutmut's operators and five of our own, applied one at a time.

Left alone is what no test may read (sentences), what is never executed (annotations, imports) and docstrings.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from typing import Any, Final

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one change."""

    path: str
    """Of the module, below the root of the project."""

    before: str
    """The changed lines, without their indentation."""

    after: str
    source: str


def mutants(root: Path, path: str, count: int, seed: int) -> list[Mutant]:
    """Return some mutants of a module, drawn from the seed."""
    source = (root / path).read_text("utf-8")
    wrapper = MetadataWrapper(cst.parse_module(source), unsafe_skip_copy=True)
    visitor = _Visitor((*mutation_operators, *_OURS), IgnoredCode(set(), set(), set()))
    module = wrapper.visit(visitor)
    drawn = list(visitor.mutations)
    random.Random(f"{seed}:{path}").shuffle(drawn)  # noqa: S311 - a sample
    changed = (module.deep_replace(mutation.original_node, mutation.mutated_node) for mutation in drawn)
    sources = (mutated.code for mutated in changed if isinstance(mutated, cst.Module))
    return [_mutant(path, source, mutated) for mutated in islice(_distinct(source, sources), count)]


def _distinct(source: str, mutated_sources: Iterable[str]) -> Iterator[str]:
    """Yield the sources that are valid and differ from the original and each other in more than layout."""
    seen = {ast.dump(ast.parse(source))}
    for mutated in mutated_sources:
        with suppress(SyntaxError):
            tree = ast.dump(ast.parse(mutated))
            if tree not in seen:
                seen.add(tree)
                yield mutated


def _mutant(path: str, source: str, mutated: str) -> Mutant:
    lines = list(unified_diff(source.splitlines(), mutated.splitlines(), lineterm="", n=0))[2:]
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return Mutant(path, before, after, mutated)


def outline(source: str) -> str:
    """Return what an import of a source executes: all of it but the bodies of its functions."""
    return ast.dump(_NoBodies().visit(ast.parse(source)))


class _NoBodies(ast.NodeTransformer):
    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = []
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.body = []
        return node


class _Visitor(MutationVisitor):
    """Mutmut's visitor, which also enters what is decorated, and decorators: the values and levels of probes."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Import | cst.ImportFrom) or _is_typing_only(node) or _is_sentence(node):
            return True
        if isinstance(node, cst.Decorator):
            return _callee(node) == "dataclass"  # slots, frozen: what no test should assert
        if isinstance(node, cst.FunctionDef):
            return False
        return bool(super()._skip_node_and_children(node))


def _callee(node: cst.Decorator) -> str:
    called = node.decorator.func if isinstance(node.decorator, cst.Call) else node.decorator
    return called.value if isinstance(called, cst.Name) else ""


def _is_typing_only(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.If) and isinstance(node.test, cst.Name) and node.test.value == "TYPE_CHECKING"


def _is_sentence(node: cst.CSTNode) -> bool:
    """Return whether a node is a docstring or the words of a message, which no code reads."""
    if isinstance(node, cst.FormattedString):
        return any(isinstance(part, cst.FormattedStringText) and " " in part.value.strip() for part in node.parts)
    return isinstance(node, cst.ConcatenatedString) or (
        isinstance(node, cst.SimpleString) and (" " in node.raw_value.strip() or node.quote.endswith('"""'))
    )


def _negated(node: cst.If | cst.While) -> Iterable[cst.CSTNode]:
    parenthesised = node.test.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), parenthesised))


def _returns_none(node: cst.Return) -> Iterable[cst.CSTNode]:
    if node.value is not None:
        yield node.with_changes(value=cst.Name("None"), whitespace_after_return=cst.SimpleWhitespace(" "))


def _left_out(node: cst.SimpleStatementLine) -> Iterable[cst.CSTNode]:
    """Leave out a statement that is executed for its effect."""
    statement = node.body[0]
    if isinstance(statement, cst.Raise) or (
        isinstance(statement, cst.Expr) and not isinstance(statement.value, cst.BaseString)
    ):
        yield node.with_changes(body=[cst.Pass()])


def _emptied(node: cst.Tuple | cst.List | cst.Set) -> Iterable[cst.CSTNode]:
    """Empty a literal."""
    if not node.elements:
        return
    if isinstance(node, cst.Set):
        yield cst.Call(cst.Name("set"))
    elif isinstance(node, cst.List):
        yield node.with_changes(elements=[])
    else:
        yield cst.Tuple([])


def _unfiltered(node: cst.CompFor) -> Iterable[cst.CSTNode]:
    """Remove the conditions of a comprehension."""
    if node.ifs:
        yield node.with_changes(ifs=[])


_OURS: Final[tuple[tuple[Any, Any], ...]] = (
    (cst.If, _negated),
    (cst.While, _negated),
    (cst.Return, _returns_none),
    (cst.SimpleStatementLine, _left_out),
    (cst.Tuple, _emptied),
    (cst.List, _emptied),
    (cst.Set, _emptied),
    (cst.CompFor, _unfiltered),
)
