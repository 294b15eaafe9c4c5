"""Load the probe modules: from `probes/` beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from pathlib import Path
from typing import Final

from gateprobe.errors import GateprobeError
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
def probes() -> tuple[Probe, ...]:
    """Return every probe, in the order of the catalogue's capabilities, then of their declaration.

    Raises:
        GateprobeError: a probe is declared wrongly, or judges a capability that the catalogue does not have.
    """
    # The catalogues are read when they are first needed.
    from gateprobe.gateway.catalogue import catalogue  # noqa: PLC0415
    from gateprobe.gateway.fault_kinds import fault_kinds  # noqa: PLC0415

    mount()
    kinds = fault_kinds()
    for name in modules():
        check((PROBES / Path(*name.split("."))).with_suffix(".py"), kinds)
        importlib.import_module(f"{PACKAGE}.{name}")
    known = catalogue()
    for probe in REGISTRY.values():
        if probe.capability not in known:
            raise GateprobeError(f"the probe {probe.id} judges {probe.capability}, which the catalogue does not have")
    return tuple(sorted(REGISTRY.values(), key=lambda probe: known.position(probe.capability)))


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
