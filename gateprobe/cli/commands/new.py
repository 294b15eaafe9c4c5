"""`gateprobe new`: make the first files of a gateway, a probe or a fault, with a test that passes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Final

import click

from gateprobe.cli.output import writing
from gateprobe.errors import UsageError
from gateprobe.gateway import fault_kinds
from gateprobe.library import probes
from gateprobe.reference import FAULTS
from gateprobe.resources import PROBES, SCHEMAS
from gateprobe.text import printable

_SKELETONS: Final = Path(__file__).resolve().parents[1] / "skeletons"
_FAMILIES: Final = "gateprobe/reference/faults/__init__.py"
_KIND: Final = "models.list_wrong"


@click.group()
def new() -> None:
    """Make the first files of a gateway, a probe or a fault, with a test that passes. Overwrites nothing.

    A gateway can be made in any folder. Probes and faults are made in a checkout of gateprobe.
    """


@new.command()
@click.argument("name")
def gateway(name: str) -> None:
    """Make NAME.toml in this folder, with a test. Replace its one claim with those of the vendor.

    The test is made beside the file; in a checkout of gateprobe it is made in tests/gateway.
    """
    _check(name, r"[a-z0-9][a-z0-9-]*", "lower case, digits and hyphens, such as example-images")
    values = {
        "name": name,
        "title": name.replace("-", " ").title(),
        "variable": f"{name.upper().replace('-', '_')}_API_KEY",
        "today": datetime.now(UTC).date().isoformat(),
    }
    folder = Path.cwd().resolve()
    made = folder / f"{name}.toml"
    test = folder / f"test_{name.replace('-', '_')}.py"
    values["path"] = f'Path(__file__).with_name("{made.name}")'
    root = PROBES.parent.resolve()
    if folder.is_relative_to(root) and (root / "tests" / "gateway").is_dir():  # its lint allows assert in tests/ alone
        test = root / "tests" / "gateway" / test.name
        values["path"] = f'Path(__file__).parents[2] / "{made.relative_to(root).as_posix()}"'
    _make({made: _filled("gateway.toml", values), test: _filled("test_gateway.py.txt", values)})
    click.echo(f"{name}.toml: fill in the address, the documents and the claims, quoted from the vendor.")
    click.echo(f"Schema for editors: #:schema {(SCHEMAS / 'gateway.schema.json').as_uri()}")
    click.echo(f"Next: gateprobe plan {name}.toml; pytest {os.path.relpath(test, folder)}")


@new.command()
@click.argument("name")
def probe(name: str) -> None:
    """Make probes/NAME.py and a test in a checkout. Its probe judges the list of models; replace it with yours."""
    _check(name, r"[a-z][a-z0-9]*(_[a-z0-9]+)+", "a statement in snake case, such as pair_is_returned")
    _refuse_known(name, "probe", (probe.id for probe in probes(relay=True)))
    root = _checkout()
    values = {"name": name, "words": name.replace("_", " ").capitalize()}
    test = root / "tests" / "probes" / f"test_{name}.py"
    _make(
        {
            root / "probes" / f"{name}.py": _filled("probe.py.txt", values),
            test: _filled("test_probe.py.txt", values),
        }
    )
    click.echo(f'Next: pytest {test.relative_to(root)}; then add its proof ("Add a probe" in CONTRIBUTING.md).')


@new.command()
@click.argument("name")
def fault(name: str) -> None:
    """Make and register the fault NAME (FAMILY.FAULT), with a test, in a checkout. It changes the list of models."""
    _check(name, r"[a-z]+\.[a-z][a-z0-9_]*", "a family and a name, such as sse.shouted_names")
    _refuse_known(name, "fault", FAULTS)
    root = _checkout()
    module = name.partition(".")[2]
    test = root / "tests" / "reference" / "faults" / f"test_{module}.py"
    source = root / "gateprobe" / "reference" / "faults" / "service" / f"{module}.py"
    _make({source: _filled("fault.py.txt", {"name": name}), test: _filled("test_fault.py.txt", {"name": name})})
    _register(root, name, module)
    click.echo(f"Registered in {_FAMILIES}, and in probes/fault_kinds.toml under {_KIND}: move it to its kind.")
    click.echo(f'Next: pytest {test.relative_to(root)}; then store what detects it ("Add a fault" in CONTRIBUTING.md).')


def _register(root: Path, name: str, module: str) -> None:
    """Add a fault to the families, and to a kind: each fault belongs to one."""
    path = root / _FAMILIES
    text = path.read_text("utf-8")
    text = re.sub(r"(_FAMILIES[^\n]*= \(\n)", rf"\1    {module}.FAULTS,\n", text, count=1)
    imports = re.compile(r"(?<=faults\.service import \(\n)(?:    \w+,\n)+")
    path.write_text(imports.sub(lambda listed: _with_line(listed[0], f"    {module},\n"), text, count=1), "utf-8")
    kinds = root / "probes" / "fault_kinds.toml"
    before, after = kinds.read_text("utf-8").split(f'id = "{_KIND}"', 1)
    separator = ", " if fault_kinds()[_KIND].faults else ""
    listed = after.replace("faults = [", f'faults = ["{name}"{separator}', 1)
    kinds.write_text(f'{before}id = "{_KIND}"{listed}', "utf-8")


def _with_line(lines: str, line: str) -> str:
    """Add a line to sorted lines."""
    return "".join(sorted([*lines.splitlines(keepends=True), line]))


def _check(name: str, pattern: str, expected: str) -> None:
    if not re.fullmatch(pattern, name):
        raise UsageError(f"{printable(name, 60)!r} cannot be a name here; expected {expected}")


def _refuse_known(name: str, what: str, known: Iterable[str]) -> None:
    if name in known:
        raise UsageError(f"there is a {what} {name} already; `gateprobe explain {name}` explains it")


def _checkout() -> Path:
    """Return the root of the checkout that this gateprobe runs from.

    Raises:
        UsageError: gateprobe is installed, not run from a checkout.
    """
    root = PROBES.parent
    if not (root / "pyproject.toml").is_file() or not (root / "tests").is_dir():
        raise UsageError(
            "probes and faults are made in a checkout of gateprobe; clone it and run `pip install -e .` there"
        )
    return root


def _filled(skeleton: str, values: Mapping[str, str]) -> str:
    return Template((_SKELETONS / skeleton).read_text("utf-8")).substitute(values)


def _make(files: Mapping[Path, str]) -> None:
    """Write new files.

    Raises:
        UsageError: one of them exists, or cannot be written.
    """
    for path in files:
        if path.exists():
            raise UsageError(f"{path} exists already; choose another name")
    for path, text in files.items():
        with writing(path):
            path.write_text(text, "utf-8")
        click.echo(f"Written: {path}")
