"""The fault kinds: what can be wrong with a gateway, as stable ids, read from `probes/fault_kinds.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from gateprobe.codec import from_plain
from gateprobe.resources import PROBES


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One kind of fault.

    `harm` says what clients suffer, `cause` what usually causes it, `mend` how it is usually mended. `scope` says what
    separates two causes of the kind: `gateway`, `endpoint`, `form`, `option` or `capability`. `owner` is the capability
    that names a cause of this kind where several are contradicted; empty where none is set. `faults` are the faults of
    the embedded references that show it. `drops` is the request option that, by this kind, never reaches the
    model.
    """

    id: str
    title: str
    harm: str
    cause: str
    mend: str
    scope: str
    owner: str = ""
    faults: tuple[str, ...] = ()
    drops: str = ""


@cache
def fault_kinds() -> Mapping[str, FaultKind]:
    """Return every fault kind by its id, in the order of the catalogue."""
    rows = tomllib.loads((PROBES / "fault_kinds.toml").read_text("utf-8"))["kinds"]
    return MappingProxyType({row["id"]: from_plain(FaultKind, row) for row in rows})


@cache
def kinds_by_fault() -> Mapping[str, FaultKind]:
    """Return the kind of each fault that an embedded reference can be given, by the fault's name."""
    return MappingProxyType({fault: kind for kind in fault_kinds().values() for fault in kind.faults})
