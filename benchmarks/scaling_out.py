"""One audit of four gateways, in one process, by four workers of pytest-xdist, and in four shards that are combined.

    python benchmarks/scaling_out.py                        the nightly tier
    python benchmarks/scaling_out.py -k "models or keys"    some probes

The gateways are personas in another process with accounts of their own. Compared are all records, seconds apart,
in what four audits in one process agree on, and the pictures that each persona drew, by what was asked for them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.audit.gateways.targets import DOCUMENTED
from tests.support.plays.personas import Personas, personas
from tests.support.plays.scaling_out import CALM, Field, agreed, bought_otherwise, differing


def compared(served: Personas, room: Path, what: Sequence[str], ways: Sequence[str]) -> tuple[list[str], list[str]]:
    """Audit in several ways; print each and give what differs in the records, and in the pictures."""
    field = Field(served, room, what)
    known = {
        "one process": field.pytest(),
        "xdist, 4 workers": field.pytest("-n4", "--dist=loadgroup"),
        "xdist, --tx 2*popen": field.pytest("--tx=2*popen", "--dist=loadgroup"),
        "4 shards, combined": field.shards(4),
    }
    first, *again = (field.through(known["one process"], f"single-{at}") for at in range(CALM))
    same, records, pictures = agreed(first, again), list[str](), list[str]()
    print(f"{'':<22}{'exit':>5}{'records':>9}{'differing':>11}{'pictures':>10}{'bought otherwise':>18}{'s':>8}")
    for name in ("one process", *ways):
        audited = (
            again[0] if name == "one process" else field.through(known[name], name.replace(" ", "-").replace("*", ""))
        )
        other, bought = differing(first, audited, same), bought_otherwise(first, audited)
        drawn = sum(account.pictures.total() for account in audited.accounts.values())
        row = f"{audited.code:>5}{len(audited.records):>9}{len(other):>11}{drawn:>10}{len(bought):>18}"
        row += f"{audited.seconds:>8.1f}"
        print(f"{name:<22}{row}", flush=True)
        records += [f"{name}: {difference}" for difference in other]
        pictures += [f"{name}: {difference}" for difference in bought]
    fields = sum(map(len, same.values())) / max(1, sum(map(len, first.records.values())))
    print(f"{CALM} audits in one process agree on {fields:.1%} of the fields that are compared")
    return records, pictures


WAYS = ("xdist, 4 workers", "xdist, --tx 2*popen", "4 shards, combined")


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare the ways; 1 where they differ."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="expression", help="only some probes")
    asked = parser.parse_args(arguments)
    what = ["-k", asked.expression] if asked.expression else []
    with tempfile.TemporaryDirectory() as room, personas(*DOCUMENTED) as served:
        records, pictures = compared(served, Path(room), what, WAYS)
    for difference in (*records, *pictures):
        print(difference[:600])
    return int(bool(records or pictures))


if __name__ == "__main__":
    sys.exit(main())
