"""Run tests against mutants, each in a process of its own that is forked where all modules are imported.

The body of a function is replaced in the functions that exist. A module whose definitions changed is imported with
the changed source. Neither writes to the tree. Processes that a test starts do not see the mutant.
"""

from __future__ import annotations

import contextlib
import gc
import inspect
import io
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from types import CodeType, FunctionType
from typing import Final

import pytest

from tests.support.mutants.making import outline

PROFILE: Final = "mutants"
"""Of hypothesis: few examples, and none is reduced."""

BROKEN: Final = "pytest itself failed"
"""The beginning of an outcome that kills nothing."""

MEMORY: Final = 4 << 30
"""Bytes of address space, so that an endless loop that collects is over."""


WORK: Final = 60
"""Seconds of work, so that an endless loop is over."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests made of a mutant."""

    killer: str
    """The first test that failed, "timeout", or "" where none did."""

    seconds: float


@dataclass(slots=True, eq=False)
class _Failures:
    """A plugin that keeps the first failure."""

    first: str = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the name of the first test that failed."""
        if report.failed and not self.first:
            self.first = report.nodeid

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an error of pytest itself."""
        self.first = self.first or str(excrepr)[-300:]


def run_tests(runs: Sequence[Sequence[str]]) -> str:
    """Run tests until one fails; return its name, or "" where all pass."""
    for arguments in runs:
        failures = _Failures()
        code = pytest.main(
            [
                "-q",
                "-x",
                "--no-header",
                "-p",
                "no:cacheprovider",
                "--tb=no",
                "--assert=plain",
                f"--hypothesis-profile={PROFILE}",
                *arguments,
            ],
            [failures],
        )
        if code is pytest.ExitCode.INTERNAL_ERROR and "::" not in failures.first:
            return f"{BROKEN}: {failures.first}"
        if code not in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            return failures.first or f"{pytest.ExitCode(code).name} before any test"
    return ""


def forked(work: Callable[[], str], seconds: float) -> Outcome:
    """Do some work in a forked process; return what it says, or "timeout"."""
    started = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.setsid()
        os.close(reading)
        _silence()
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (WORK, WORK))
        try:
            answer = work()
        except BaseException as error:  # noqa: BLE001 - whatever a mutant raises kills it
            answer = f"{type(error).__name__}"
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], seconds)
    data = os.read(reading, 1 << 16) if ready else b'"timeout"'
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return Outcome(json.loads(data or b'"died"'), time.monotonic() - started)


def _silence() -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    sys.stdout, sys.stderr = io.StringIO(), io.StringIO()


def replacements(original: str, mutated: str, path: str) -> dict[CodeType, CodeType] | None:
    """Return the code of each function of a module and that of its mutant; None where an import must execute it."""
    if outline(original) != outline(mutated):
        return None
    old, new = (list(_codes(compile(source, path, "exec", dont_inherit=True))) for source in (original, mutated))
    pairs = dict(zip(old, new, strict=True))
    return pairs if all(code.co_freevars == changed.co_freevars for code, changed in pairs.items()) else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    """Yield the code of each function, those within functions excepted."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED:  # a function and no body of a class
                yield constant
            else:
                yield from _codes(constant)


def replace_bodies(path: str, pairs: Mapping[CodeType, CodeType]) -> None:
    """Replace the code of the functions of a module that exist by that of its mutant."""
    for function in gc.get_objects():
        if type(function) is FunctionType and function.__code__.co_filename == path:
            function.__code__ = pairs.get(function.__code__, function.__code__)


def import_mutant(path: str, mutated: str) -> None:
    """Let an import of a module execute its mutant."""
    unchanged = SourceFileLoader.get_code

    def get_code(self: SourceFileLoader, fullname: str) -> CodeType | None:
        if self.path == path:
            return compile(mutated, path, "exec", dont_inherit=True)
        return unchanged(self, fullname)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]
