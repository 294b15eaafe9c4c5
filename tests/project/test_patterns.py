"""No pattern over a stranger's text takes more than linear time."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

import gateprobe
from gateprobe.library import probes
from gateprobe.resources import PROBES

pytestmark = pytest.mark.slow

Pattern = re.Pattern[str] | re.Pattern[bytes]

LONG = 10_000  # a quadratic search of so many characters takes a fifth of a second, a linear one a millisecond
SECONDS = 0.1
FILLERS = ("a", "1", " ", "\n", "/", ".", "a1", "A_", '"', "=", "-", "[", "{", "\\")
WORD = re.compile(r"[A-Za-z0-9_/ :.@-]{2,}")


def patterns() -> Iterator[tuple[str, str, Pattern]]:
    """Yield every pattern of a module with its name and how it is used, and those that are texts in a list."""
    probes()
    names = [module.name for module in pkgutil.walk_packages(gateprobe.__path__, "gateprobe.")]
    files = [path.relative_to(PROBES).with_suffix("") for path in PROBES.rglob("*.py")]
    names += [f"gateprobe.probes.{file}".replace("/", ".") for file in files]
    for name in names:
        if name.endswith(("__init__", "__main__")) or ".reference." in name:
            continue
        module = importlib.import_module(name)
        for attribute, value in vars(module).items():
            if isinstance(value, re.Pattern):
                uses = re.findall(rf"\b{attribute}\.(\w+)\(", inspect.getsource(module))
                for use in {"search" if use in ("sub", "finditer", "split") else use for use in uses}:
                    yield f"{name}.{attribute}", use, value
        yield from written_inline(name, inspect.getsource(module))
    for leak in vars(importlib.import_module("gateprobe.probes.errors"))["LEAKS"]:
        yield str(leak.kind), "search", re.compile(leak.pattern, re.MULTILINE)


def written_inline(name: str, source: str) -> Iterator[tuple[str, str, Pattern]]:
    """Yield the patterns that stand in a call of `re`."""
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(ast.Attribute(ast.Name("re"), use), [ast.Constant(str() as written), *_]) if use != "compile":
                usual = use if use in ("match", "fullmatch") else "search"
                yield f"{name}:{call.lineno}", usual, re.compile(written)


def texts(pattern: str) -> Iterator[str]:
    """Yield long texts that begin to match a pattern again and again: its words, what stands between them, both."""
    words = [*dict.fromkeys(WORD.findall(pattern))][:8]
    for unit in (*FILLERS, *words, *(word + filler for word in words for filler in FILLERS[:4])):
        yield unit * (LONG // len(unit)) + "\x00"
    for word in words:
        for filler in FILLERS[:6]:
            yield word + filler * LONG + "\x00"


def test_every_pattern_is_linear() -> None:
    """Each is tried as it is used, on texts that are made of its own words and of what repeats."""
    slow = []
    for name, use, pattern in patterns():
        written = pattern.pattern
        source = written.decode("latin-1") if isinstance(written, bytes) else written
        for text in texts(source):
            began = time.process_time()
            getattr(pattern, use)(text.encode() if isinstance(written, bytes) else text)
            if time.process_time() - began > SECONDS:
                slow.append(f"{name}: {source[:60]} on {text[:30]!r}…")
                break
    assert slow == []


def test_calls_with_a_pattern_are_found() -> None:
    """A pattern that has no name of its own is tried as well."""
    found = list(written_inline("module", 're.sub(r"a+b", "", text); re.fullmatch("c", text, re.ASCII)'))
    assert [(name, use, pattern.pattern) for name, use, pattern in found] == [
        ("module:1", "search", "a+b"),
        ("module:1", "fullmatch", "c"),
    ]


def test_a_quadratic_pattern_would_be_noticed() -> None:
    """The one that hung on a long word takes too long here, too."""
    began = time.process_time()
    re.search(r"\w+AIException", "a" * LONG)
    assert time.process_time() - began > SECONDS
