"""The errors and exit codes of gateprobe.

    GateprobeError            exit 11: gateprobe itself failed
    └── UsageError              exit 2: the user can correct it
        ├── NoSuchGatewayError
        ├── GatewayFileError
        ├── NoSuchRunError
        └── BrokenRunError
            └── ForeignFileError

A gateway's misbehaviour is never an exception: it is evidence.
Each message is one sentence that says what, where and what to do.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path
from typing import Final


class ExitCode(IntEnum):
    """The exit code of the command."""

    OK = 0
    CONTRADICTED = 1
    USAGE = 2
    INCOMPLETE = 10
    FAILED = 11

    @property
    def meaning(self) -> str:
        """What the code says, in words."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    ExitCode.OK: "no must is broken, and everything observable was observed",
    ExitCode.CONTRADICTED: "a must is broken or flaky, a need is missing, or the baseline is out of date",
    ExitCode.USAGE: "the command cannot be used like this",
    ExitCode.INCOMPLETE: "incomplete: something that could have been observed was not",
    ExitCode.FAILED: "gateprobe itself failed",
}


class GateprobeError(Exception):
    """gateprobe itself failed; the message is for a bug report."""

    exit_code: ExitCode = ExitCode.FAILED


class UsageError(GateprobeError):
    """The command, an option or a file given to it cannot be used; the message says what to do."""

    exit_code = ExitCode.USAGE


class OutputClosedError(Exception):
    """The reader closed the output. This is not an OSError, for which click and rich would exit with 1, a verdict."""


class NoSuchGatewayError(UsageError):
    """The name is not a documented gateway, a file or a URL."""


class GatewayFileError(UsageError):
    """A gateway file does not have the documented form; the message names file, place and expectation."""


class NoSuchRunError(UsageError):
    """The folder does not contain a run."""


class WrongProbeError(UsageError):
    """A probe returned something other than a finding; the message names the probe and its line."""


class BrokenRunError(UsageError):
    """A file of a run cannot be read; the message names the file and the line."""


class ForeignFileError(BrokenRunError):
    """A run contains what no run contains: a link, a pipe, a device, a path that leads out of it."""


def unwritable(what: str, folder: Path, error: OSError) -> UsageError:
    """Return the message that something cannot be written to a folder; it names a file that is in the way."""
    file = next((path for path in (folder, *folder.parents) if path.is_file()), None)
    why = f"{file} is a file, not a folder; name another" if file else error.strerror or str(error)
    return UsageError(f"{what} cannot be written to {folder}: {why}")
