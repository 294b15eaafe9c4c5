"""Load the probe modules: from `probes/` beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from functools import cache
from pathlib import Path
from typing import Final

from gateprobe.errors import GateprobeError, UsageError
from gateprobe.probe import PROBES as REGISTRY
from gateprobe.probe import Probe
from gateprobe.probe_source import check
from gateprobe.resources import PROBES

PACKAGE: Final = "gateprobe.probes"


def modules() -> tuple[str, ...]:
    """Return the dotted names of the modules below `probes/`, in order."""
    paths = (path.relative_to(PROBES).with_suffix("") for path in PROBES.rglob("*.py"))
    return tuple(sorted(".".join(path.parts) for path in paths if path.name != "__init__"))


@cache
def probes(*, relay: bool = False) -> tuple[Probe, ...]:
    """Return every probe, in the order of the catalogue's capabilities, then of their declaration.

    With `relay`, they include those of capabilities that need both sides of a gateway.

    Raises:
        UsageError: a module cannot be loaded.
        GateprobeError: a probe is declared wrongly or judges an unknown capability.
    """
    # The catalogues are read when they are first needed.
    from gateprobe.gateway.catalogue import catalogue  # noqa: PLC0415
    from gateprobe.gateway.fault_kinds import fault_kinds  # noqa: PLC0415

    if not relay:
        return tuple(probe for probe in probes(relay=True) if probe.capability in catalogue())
    mount()
    kinds = fault_kinds()
    for name in modules():
        check((PROBES / Path(*name.split("."))).with_suffix(".py"), kinds)
        _load(name)
    known = catalogue(relay=True)
    for probe in REGISTRY.values():
        if probe.capability not in known:
            raise UsageError(f"the probe {probe.id} judges {probe.capability}, which is not in the catalogue")
    return tuple(sorted(REGISTRY.values(), key=lambda probe: known.position(probe.capability)))


def _load(name: str) -> None:
    try:
        importlib.import_module(f"{PACKAGE}.{name}")
    except GateprobeError:
        raise
    except Exception as error:
        reason = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise UsageError(f"{place_in_probes(error) or name}: {reason}") from error


def place_in_probes(error: BaseException) -> str:
    """Return the file and line of a probe module at which an exception arose; empty where it arose in none."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_shown(error.filename)}, line {error.lineno}"
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(PROBES)
    ]
    return f"{_shown(frames[-1].filename)}, line {frames[-1].lineno}" if frames else ""


def place_of(probe: Probe) -> str:
    """Return the file and line at which a probe is written."""
    code = getattr(probe.judge, "__code__", None)
    return f"{_shown(code.co_filename)}, line {code.co_firstlineno}" if code is not None else ""


def _shown(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(PROBES.parent)) if path.is_relative_to(PROBES.parent) else filename


def mount() -> None:
    """Make the folder `probes` importable as `gateprobe.probes`, wherever it is."""
    if PACKAGE in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(
        PACKAGE, PROBES / "__init__.py", submodule_search_locations=[str(PROBES)]
    )
    if spec is None or spec.loader is None:
        raise GateprobeError(f"{PROBES} holds no probes")
    module = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = module
    spec.loader.exec_module(module)
