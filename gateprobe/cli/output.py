"""Write what a command makes: files, and JSON on standard output."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import orjson

from gateprobe.errors import UsageError


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Raise what keeps a file from being written as one sentence.

    Raises:
        UsageError: the block could not write it.
    """
    try:
        yield
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def echo_json(value: Any) -> None:
    """Print a value as JSON for another program."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
