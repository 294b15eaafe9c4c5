"""Fourteen real nights of five gateways on loopback, and what gateprobe says of each beside what a person would say.

    python benchmarks/nights.py                       every capability of the nightly tier: some minutes
    python benchmarks/nights.py -k "n_is_honoured"    fewer
    python benchmarks/nights.py --keep FOLDER         keep the nights there, to look at their pages

Each night is the real `gateprobe night` in a process of its own, against personas behind real sockets. Between the
nights faults come and go, gateways are out, join and leave, a gateway's file is edited, one night is killed, and
gateprobe itself is replaced by a newer one with one probe more and one that is stricter. Ends with 1 where an exit
code or an alarm is not what was written beforehand (`nights_script.py`).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.plays.played_nights import PlayedNight, Stage, nights, numbered


def main() -> int:
    """Play the nights, print each, and how many were not as written."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-k", dest="expression", default="", help="only probes whose name matches")
    parser.add_argument("--keep", type=Path, help="keep the nights in this folder")
    arguments = parser.parse_args()
    wrong = 0
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        stage = Stage(folder.resolve(), arguments.expression)
        stage.set()
        played: list[PlayedNight] = []
        for night in nights(stage):
            played.append(night)
            paragraph = numbered(night.summary["paragraph"], played) if night.summary else "(died)"
            print(f"\nnight {night.number}: {night.script.happens} ({night.seconds:.1f} s)")
            print(f"  written: {night.script.written}\n  said:    {paragraph}")
            print(
                f"  exit {night.exit_code} ({night.script.fail_on}); by policy {night.codes},"
                f" written {night.script.codes}"
            )
            for fault in night.faults:
                wrong += 1
                print(f"  NOT AS WRITTEN: {fault}")
    print(f"\n{len(played)} nights, {sum(night.seconds for night in played):.0f} s; not as written: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
