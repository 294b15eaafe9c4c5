"""pytest's options of an audit, derived from those of the command."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from typing import Any

import click
import pytest

from gateprobe.cli.options import BOUNDS, PROBES, TERMS, WHICH, YES
from gateprobe.cli.param_types import BadValue


def add_options(group: pytest.OptionGroup) -> None:
    """Add the options of `gateprobe audit` that pytest has not, under the same names and with the same help."""
    add = group.addoption
    add(
        "--gateway",
        action="append",
        default=[],
        metavar="GATEWAY",
        dest="gateways",
        help="Name, TOML file or URL.",
    )
    add("--run", metavar="DIR", help="The run folder.  [default: reports/<time>]")
    add("--resume-run", action="store_true", help="Go on in the run folder; send only what is missing.")
    for parameter in (*WHICH, PROBES, *BOUNDS, YES, *TERMS):
        name = max(parameter.opts, key=len)
        default = parameter.default if parameter.show_default else None
        shown = f"  [default: {default}]" if parameter.show_default else ""
        common: dict[str, Any] = {"dest": parameter.name, "help": f"{parameter.help}{shown}".replace("%", "%%")}
        if parameter.is_flag:
            add(name, action="store_true", **common)
        elif parameter.multiple:
            add(name, action="append", default=[], metavar=parameter.metavar, **common)
        else:
            add(name, type=_reader(parameter), default=default, metavar=parameter.metavar, **common)


def _reader(parameter: click.Option) -> Callable[[str], Any]:
    """Return what reads a value as the command does."""

    def read(text: str) -> Any:
        try:
            return parameter.type.convert(text, parameter, None)
        except BadValue as error:
            raise ArgumentTypeError(f"{error.value}: expected {error.message}") from None

    return read
