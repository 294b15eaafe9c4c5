"""Audits in processes of their own that die without a warning: at a moment, within a line, within a body.

A fork server has the engine loaded already, so that hundreds of real processes can live and die in minutes.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Any, BinaryIO

from gateprobe.cli import run
from gateprobe.library import probes
from gateprobe.store.bodies import BodySink
from gateprobe.store.journal import ScenarioLog

_LONGEST = 300.0  # seconds after which an audit that neither ends nor dies is a fault


class Where(StrEnum):
    """Where an audit dies."""

    MOMENT = "at a moment"
    LINE = "within a line of the journal"
    BODY = "within a piece of a body"


@dataclass(frozen=True, slots=True)
class Death:
    """Where to die: after `at` seconds, or in the write number `at`, of which `share` is on disk then."""

    where: Where
    at: float
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Span:
    """How long an undisturbed audit is: in seconds, in lines of its journal, in pieces of bodies that it writes."""

    seconds: float
    lines: int
    pieces: int

    def rest(self, lines: int) -> Span:
        """Return what is left of it when so many lines are written: a resumed audit is shorter."""
        left = max(0.0, 1 - lines / self.lines)
        return Span(self.seconds * max(left, 0.2), max(1, self.lines - lines), max(1, int(self.pieces * left)))

    def draw(self, chance: random.Random) -> Death:
        """Draw a death, anywhere in it: half of them at a moment, the others in the middle of writing."""
        where = chance.choice((Where.MOMENT, Where.MOMENT, Where.LINE, Where.BODY))
        if where is Where.MOMENT:
            return Death(where, chance.uniform(0, self.seconds))
        most = self.lines if where is Where.LINE else self.pieces
        return Death(where, chance.randrange(most), chance.random())


def audit(arguments: Sequence[str], key: str, death: Death | None = None) -> bool:
    """Audit in a process of its own; say whether it lived to its end.

    Raises:
        AssertionError: it failed, or did not end.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.support.plays.dying"])
    process = context.Process(target=_audit, args=(list(arguments), key, death))
    process.start()
    process.join(death.at if death is not None and death.where is Where.MOMENT else _LONGEST)
    if process.is_alive():
        assert death is not None, "an audit that does not end"
        process.kill()
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL), "an audit that failed"
    return process.exitcode == 0


def _audit(arguments: list[str], key: str, death: Death | None) -> None:
    os.environ["GATEPROBE_API_KEY"] = key
    if death is not None and death.where is not Where.MOMENT:
        _die_writing(death)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        run(["audit", *arguments])


class _Dying:
    """A file that kills its process within one of its writes."""

    writes = 0

    def __init__(self, file: IO[bytes], death: Death) -> None:
        self._file = file
        self._death = death

    def write(self, data: bytes) -> int:
        """Write, or write a part and die."""
        if _Dying.writes >= self._death.at:
            self._file.write(data[: int(len(data) * self._death.share)])
            self._file.flush()
            os.kill(os.getpid(), signal.SIGKILL)
        _Dying.writes += 1
        return self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def _die_writing(death: Death) -> None:
    """Return the files of a kind to whom they belong, each with an end of this process in it."""
    if death.where is Where.LINE:
        enter = ScenarioLog.__enter__

        def entered(log: ScenarioLog) -> ScenarioLog:
            enter(log)
            log._file = _Dying(log._file, death)  # type: ignore[assignment]
            return log

        ScenarioLog.__enter__ = entered  # type: ignore[assignment,method-assign]  # for the life of this process
        return
    open_file = BodySink._opened

    def opened(sink: BodySink) -> BinaryIO:
        return _Dying(open_file(sink), death)  # type: ignore[return-value]

    BodySink._opened = opened  # type: ignore[assignment,method-assign]


probes()  # loaded once, in the fork server
