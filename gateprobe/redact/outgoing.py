"""The last gate for everything that gateprobe writes or prints: no file and no terminal shows a secret of this process.

Evidence is redacted as it arrives. What is derived from it (texts joined, names, links) is redacted once more where it
is written, with every secret that the process has used or was given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, TextIO, cast

from gateprobe.errors import OutputClosedError
from gateprobe.redact import SHORTEST, Redactor

_KEYS: Final = re.compile(r"(?:^|_)(?:KEY|TOKEN|SECRET|PASSWORD)$", re.IGNORECASE)
_LEAST: Final = 12  # characters of the value of a variable; a shorter one may be a plain word

_redactor = Redactor(())


def add_secrets(secrets: Iterable[str]) -> None:
    """Hide further secrets in everything that this process writes from now on."""
    global _redactor  # noqa: PLW0603 - a process has one set of secrets, and every writer asks for it
    new = {secret for secret in secrets if len(secret) >= SHORTEST and _redactor.text(secret) == secret}
    for secret in new:
        _redactor = _redactor.with_secret(secret)


def add_environment(environment: Mapping[str, str]) -> None:
    """Hide the values of variables with names of keys; the path of a file is not a secret."""
    add_secrets(
        value
        for name, value in environment.items()
        if _KEYS.search(name) and len(value) >= _LEAST and not value.startswith((os.sep, ".", "~"))
    )


def clean(text: str) -> str:
    """Return a text as it may be written."""
    return _redactor.text(text)


def clean_bytes(data: bytes) -> bytes:
    """Return bytes as they may be written."""
    return _redactor.bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a text file.

    Raises:
        OSError: it cannot be written.
    """
    path.write_text(clean(text), "utf-8")


def clean_output(stream: TextIO) -> TextIO:
    """Return a standard stream on which nothing shows a secret."""
    return cast("TextIO", _CleanOutput(stream))


class _CleanOutput:
    """A standard stream on which nothing shows a secret; the rest is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        """Return what the stream has."""
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write a text without secrets; raises OutputClosedError if the reader closed the output."""
        try:
            return self._stream.write(clean(text))
        except BrokenPipeError:
            raise OutputClosedError from None

    def flush(self) -> None:
        """Write what is buffered; raises OutputClosedError if the reader closed the output."""
        try:
            self._stream.flush()
        except BrokenPipeError:
            raise OutputClosedError from None
