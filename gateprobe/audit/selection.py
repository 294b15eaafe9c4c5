"""Select the items of an audit: by probe, capability or glob, or by an expression like pytest's `-k`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from gateprobe.errors import UsageError
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.plan.planning import SURFACES, Item, first_path, paths_beside
from gateprobe.suggestions import did_you_mean
from gateprobe.text import printable

_TOKENS: Final = re.compile(r"[()]|[\w:+\-.\[\]\\/@]+|\S")
_NAME: Final = re.compile(r"[\w:+\-.\[\]\\/@]+")
_OPERATORS: Final = frozenset({"and", "or", "not", "(", ")"})
_LISTED: Final = "`gateprobe probes` lists probes and capabilities"


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """A selection of items; an empty one selects all.

    Each of `patterns` is the name of a probe, an item or a capability, or a glob over these (`images.edit.*`).
    `expression` combines parts of names with `and`, `or`, `not` and parentheses. `surface` is `images` or `responses`:
    what asks the other API is left out.
    """

    patterns: tuple[str, ...] = ()
    expression: str = ""
    surface: str = ""

    def __bool__(self) -> bool:
        """Return whether the selection is restricted."""
        return bool(self.patterns or self.expression or self.surface)

    def __call__(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """Return the items that any pattern and the expression select, in their order.

        Raises:
            UsageError: a pattern or the expression selects nothing, or the expression cannot be read.
        """
        for pattern in self.patterns:
            if not any(_matches(item, pattern) for item in items):
                raise UsageError(_no_probe(pattern))
        selected = tuple(
            item for item in items if not self.patterns or any(_matches(item, pattern) for pattern in self.patterns)
        )
        if self.surface:
            selected = tuple(_of_surface(selected, self.surface))
        if self.expression:
            tree, names = _parse(self.expression)
            selected = tuple(item for item in selected if _holds(tree, names, item))
            if not selected:
                raise UsageError(_no_match(self.expression, names))
        return selected


def _of_surface(items: Sequence[Item], surface: str) -> Iterator[Item]:
    """Yield the items that send nothing to the other API: those of a surface, and those of neither."""
    other = SURFACES[1 - SURFACES.index(surface)]
    paths: dict[tuple[str, str], str] = {}
    for item in items:
        gateway = item.gateway
        unwanted = paths_beside(gateway, surface)
        for run in item.scenario_runs:
            if (gateway.name, run.id) not in paths:
                paths[gateway.name, run.id] = first_path(gateway, run)
        asked = {paths[gateway.name, run.id] for run in item.scenario_runs}
        if not item.probe.capability.startswith(f"{other}.") and not asked & unwanted:
            yield item


def _matches(item: Item, pattern: str) -> bool:
    return _names_any(pattern, (item.probe.id, item.id, item.id.rpartition("@")[0], item.probe.capability))


def _names_any(pattern: str, names: Sequence[str]) -> bool:
    """Return whether a pattern is one of some names, or a glob of one; an item's own name holds brackets."""
    return any(pattern == name or fnmatchcase(name, pattern) for name in names)


def _no_probe(pattern: str) -> str:
    names = [*(probe.id for probe in probes(relay=True)), *catalogue(relay=True).ids]
    shown = printable(pattern, 60)
    if _names_any(pattern, names):
        return f"--probe {shown}: not part of this audit; `gateprobe probes` shows its tier"
    return f"--probe {shown}: no probe and no capability has this name; {did_you_mean(pattern, names, _LISTED)}"


def _no_match(expression: str, names: Sequence[str]) -> str:
    known = [*(probe.id for probe in probes(relay=True)), *catalogue(relay=True).ids]
    hint = did_you_mean(names[0], known, _LISTED) if len(names) == 1 else _LISTED
    return f"-k {printable(expression, 80)!r} selects no probe; {hint}"


def _parse(expression: str) -> tuple[ast.expr, list[str]]:
    """Return the expression with a variable `n0`, `n1`, … in place of each name, and the names.

    Python's parser then reads `and`, `or`, `not` and parentheses with their usual meaning.
    """
    names: list[str] = []
    tokens = []
    for token in _TOKENS.findall(expression):
        if token not in _OPERATORS and _NAME.fullmatch(token):
            tokens.append(f"n{len(names)}")
            names.append(token)
        else:
            tokens.append(token)
    try:
        tree = ast.parse(" ".join(tokens), mode="eval").body
        _check(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UsageError(
            f"-k {printable(expression, 80)!r} is not an expression; combine names with and, or, not and parentheses"
        ) from None
    return tree, names


def _check(tree: ast.expr) -> None:
    match tree:
        case ast.BoolOp(values=values):
            for value in values:
                _check(value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            _check(operand)
        case ast.Name():
            pass
        case _:
            raise ValueError(ast.dump(tree))


def _holds(tree: ast.expr, names: Sequence[str], item: Item) -> bool:
    match tree:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_holds(value, names, item) for value in values)
        case ast.BoolOp(values=values):
            return any(_holds(value, names, item) for value in values)
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, names, item)
        case ast.Name(id=variable):
            part = names[int(variable[1:])].lower()
            return any(part in keyword for keyword in keywords(item))
        case _:
            return False


def keywords(item: Item) -> tuple[str, ...]:
    """Return the names of an item that an expression can match, in lower case."""
    probe = item.probe
    names = (item.id, probe.capability, probe.module, f"probes/{probe.module.replace('.', '/')}.py")
    return tuple(str(name).lower() for name in (*names, item.gateway.name, item.tier, probe.level))
