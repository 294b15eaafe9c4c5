"""Relays that answer orders with tasks, audited by only their gateway file, in every public dialect that is described.

    python benchmarks/tasks.py [DIALECT …]

Prints for each dialect how many items are confirmed, contradicted and unproven, and what draws. Exit 1 where one is
contradicted.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from gateprobe.audit.engine import audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.selection import ItemFilter
from gateprobe.audit.settings import Settings
from gateprobe.formats.drawing import drawing_sentence
from gateprobe.model import Tier, Verdict
from gateprobe.reference import serve
from gateprobe.views.drawing import drawings_of
from tests.support.relays.tasks import DIALECTS, OFFERED, gateway_file, relay


def examine(dialect: str) -> bool:
    """Audit one relay, print the result, and return whether it holds."""
    with serve(relay(dialect)) as served, tempfile.TemporaryDirectory() as folder:
        address = served.url.removesuffix("/v1") + DIALECTS[dialect].base
        gateway = replace(gateway_file(dialect), base_url=address)
        target, select = Target(gateway, served.key), ItemFilter(tuple(OFFERED))
        finished = audit([target], Settings(Tier.NIGHTLY), Path(folder) / "run", select=select)
        drawn = served.counters.images
        (drawing,) = drawings_of(finished.run, [gateway]).values()
    verdicts = Counter(str(record.verdict) for record in finished.run.records)
    print(f"{dialect}: {dict(verdicts)}, {drawn} pictures; {drawing_sentence(drawing)}")
    for record in finished.run.records:
        if record.verdict is Verdict.CONTRADICTED:
            print(f"  {record.item}: {record.reason}")
    return not verdicts[Verdict.CONTRADICTED]


if __name__ == "__main__":
    results = list(map(examine, sys.argv[1:] or DIALECTS))
    sys.exit(0 if all(results) else 1)
