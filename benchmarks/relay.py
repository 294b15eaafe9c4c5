"""Audits of a relay with one fault each, from both sides, each beside the capability that must find it.

    python benchmarks/relay.py                     every fault, the honest relay, and harmless habits
    python benchmarks/relay.py --only drops        those whose name begins so
    python benchmarks/relay.py --delay             the delay of a relay that measures it itself, beside the reported one

A fault is found where its capability is contradicted with its fault kind. What else is contradicted is listed. Ends
with 1 where a fault is missed, a harmless relay is contradicted, or a delay differs by 1 ms or more. Delays need an
idle machine: the time that a process waits for a processor counts as delay.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from gateprobe.model import Tier, Verdict
from gateprobe.reference.upstream import plays
from tests.support.passing.audits import audit_relay
from tests.support.passing.faults import FAULTS
from tests.support.passing.measured import compared
from tests.support.passing.more_faults import HABITS
from tests.support.passing.relay import HONEST


def main() -> int:
    """Print the table; return 1 where an audit differs from what it must find."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="faults whose name begins so; may be repeated")
    parser.add_argument("--delay", action="store_true", help="compare delays instead")
    arguments = parser.parse_args()
    return _compare_delays() if arguments.delay else _audit_faults(tuple(arguments.only) or ("",))


def _audit_faults(wanted: tuple[str, ...]) -> int:
    plays.LATE = 6.0  # two minutes for each relay would take hours
    missed = 0
    faults = [fault for fault in (HONEST, *HABITS, *FAULTS.values()) if fault.name.startswith(wanted)]
    for fault in faults:
        with tempfile.TemporaryDirectory() as folder:
            run = audit_relay(Path(folder) / "run", fault, chaos=fault.chaos or not fault.capability, tier=Tier.DEEP)
        wrong = [record for record in run.records if record.verdict is Verdict.CONTRADICTED]
        match = [record for record in wrong if (record.capability, record.fault_kind) == (fault.capability, fault.kind)]
        others = dict.fromkeys(record.capability for record in wrong if record.capability != fault.capability)
        is_right = bool(match) if fault.capability else not wrong
        missed += not is_right
        open_ = {record.reason: record.capability for record in run.records if record.verdict is Verdict.UNPROVEN}
        print(f"{fault.name:<22}{'' if is_right else 'MISSED':<8}{match[0].reason if match else fault.capability}")
        if others:
            print(f"{'':<30}also: {', '.join(others)}")
        for reason, capability in open_.items():
            print(f"{'':<30}open: {capability}: {reason}", flush=True)
    print(f"{len(faults)} relays, {missed} not as expected")
    return 1 if missed else 0


def _compare_delays() -> int:
    differs = False
    for waits in (0, 20, 50):
        with tempfile.TemporaryDirectory() as folder:
            for delay in compared(Path(folder), waits):
                difference = delay.reported - delay.measured
                differs |= abs(difference) >= 1
                print(
                    f"waits {waits:>2} ms  measured {delay.measured:6.2f}  reported {delay.reported:6.2f}  difference"
                    f" {difference:5.2f}  {delay.item}",
                    flush=True,
                )
    return int(differs)


if __name__ == "__main__":
    sys.exit(main())
