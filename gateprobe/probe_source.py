"""Check the source of probe modules before they run: fault kinds exist, and templates get all their values."""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from gateprobe.errors import UsageError
from gateprobe.message import fields_of
from gateprobe.suggestions import did_you_mean

_FAULT: Final = {"refused": 0, "ignored": 0, "malformed": 0, "MalformedAnswerError": 0, "wrong_answer": 1}
"""The position of the fault kind in calls of these functions."""

_TEMPLATE: Final = {
    **{function: position + 1 for function, position in _FAULT.items()},
    **dict.fromkeys(("hidden", "unobserved"), 1),
    **dict.fromkeys(("honoured", "inapplicable", "nothing_to_judge", "message"), 0),
}
"""The position of the template in calls of these functions."""


def check(path: Path, kinds: Collection[str]) -> None:
    """Check one module, unless its compiled form shows that it was loaded before and is unchanged.

    Raises:
        UsageError: something is wrong; the message names the file, the line and the probe.
    """
    if _is_compiled(path):
        return
    try:
        tree = ast.parse(path.read_text("utf-8"))
    except SyntaxError as error:
        raise UsageError(f"{path}, line {error.lineno}: {error.msg}") from None
    for node in tree.body:
        for line, problem in _problems(node, kinds):
            raise UsageError(f"{path}, line {line}: {_name(node)}{problem}")


def _is_compiled(path: Path) -> bool:
    """Return whether Python's cache was compiled from this source (PEP 552: by its time and size)."""
    try:
        with Path(importlib.util.cache_from_source(str(path))).open("rb") as file:
            header = file.read(16)
    except (OSError, NotImplementedError):
        return False
    source = path.stat()
    expected = (0, int(source.st_mtime) & 0xFFFFFFFF, source.st_size & 0xFFFFFFFF)
    return tuple(int.from_bytes(header[start : start + 4], "little") for start in (4, 8, 12)) == expected


def _name(node: ast.AST) -> str:
    if not isinstance(node, ast.FunctionDef):
        return ""
    calls = (decorator.func for decorator in node.decorator_list if isinstance(decorator, ast.Call))
    is_probe = any(isinstance(function, ast.Name) and function.id == "probe" for function in calls)
    return f"the {'probe' if is_probe else 'function'} {node.name} "


def _problems(tree: ast.AST, kinds: Collection[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        for kind in _literals(node, _FAULT.get(node.func.id)):
            if kind not in kinds:
                hint = did_you_mean(kind, kinds, "`gateprobe explain` lists them")
                yield node.lineno, f"names the fault kind {kind!r}, which does not exist; {hint}"
        if any(keyword.arg is None for keyword in node.keywords):
            continue  # its values are unknown before it runs
        values = {keyword.arg for keyword in node.keywords}
        for template in _literals(node, _TEMPLATE.get(node.func.id)):
            try:
                missing = fields_of(template) - values
            except ValueError as error:
                yield node.lineno, f"has a malformed template: {error}"
                continue
            if missing:
                yield node.lineno, f"gives the template {template!r} no value for {', '.join(sorted(missing))}"


def _literals(call: ast.Call, position: int | None) -> list[str]:
    """Return the possible texts of an argument: one, or both of a conditional expression."""
    if position is None or position >= len(call.args):
        return []
    waiting, texts = [call.args[position]], []
    while waiting:
        match waiting.pop():
            case ast.Constant(str(text)):
                texts.append(text)
            case ast.IfExp(_, body, orelse):
                waiting += [body, orelse]
    return texts
