"""Audits that are killed at any moment and resumed: what is lost, what is paid twice, and whether it can be told.

    python benchmarks/kills.py                          200 nightly audits, each killed one to three times
    python benchmarks/kills.py --audits 50 --first 150  the last fifty of them: the series can be run in slices

The gateway is a persona in another process, that lives on and keeps its own account of every picture. An audit is
killed by SIGKILL: at a moment drawn evenly over the length of an undisturbed audit, or in the middle of a line of its
journal, or of a body. Then it is resumed, until it comes to its end.

  lost       an answer that stood in the journal at a kill and is not in the final evidence, or whose body is not
  twice      a picture that the persona drew beyond those of an undisturbed audit, for whatever was asked
  differing  a record that is not as in undisturbed audits (its seconds apart), but for what a request explains that was
             in flight at a kill: a picture, or whatever else may be billed or is answered otherwise the second time, is
             not asked for again, so that what rests on it alone is unproven, and what rests on others, too, has the
             same verdict by fewer exchanges

Records are compared in what three undisturbed audits agree on. What official clients make of captured answers is no
exchange with a gateway: it costs nothing, and is made again.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.plays.killed_audits import KillOutcome, series
from tests.support.plays.personas import personas


def show(outcome: KillOutcome) -> None:
    """Print the figures."""
    where = ", ".join(f"{count} {where}" for where, count in outcome.kills.items())
    print(
        f"audits        {outcome.audits}, killed {outcome.kills.total()} times ({where});"
        f" {outcome.late} kills came too late"
    )
    print(f"exchanges     {outcome.answered_before} were answered at a kill, {len(outcome.lost)} lost")
    print(
        f"in flight     {outcome.pictures} pictures and {outcome.others} others, not asked for again;"
        f" {outcome.free} harmless requests, sent again"
    )
    print(f"pictures      {outcome.drawn} drawn by the persona's account, {outcome.twice} of them twice")
    same = outcome.records - outcome.fewer - outcome.unproven - len(outcome.differing)
    print(
        f"records       {outcome.records}: {same} as undisturbed, {outcome.fewer} with the same verdict"
        f" by fewer exchanges,"
        f" {outcome.unproven} unproven, for what they rest on was in flight, {len(outcome.differing)} differing"
    )
    print(f"files         {outcome.left} half-written ones left over")
    print(f"nothing but harmless requests in flight: {outcome.unhurt} audits, and every record of them as undisturbed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a part of the series; 1 where anything was lost, paid twice, or told otherwise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audits", type=int, default=200)
    parser.add_argument("--first", type=int, default=0, help="the number in the series to begin with")
    parser.add_argument("--delay", type=float, default=0.05, help="seconds that a picture takes")
    parser.add_argument("-k", dest="expression", help="only some probes")
    asked = parser.parse_args(arguments)
    what = ["-k", asked.expression] if asked.expression else []
    with tempfile.TemporaryDirectory() as room, personas("openai", delay=asked.delay) as served:
        numbers = range(asked.first, asked.first + asked.audits)
        outcome = series(served, served.served["openai"], what, numbers, Path(room))
    show(outcome)
    return int(not outcome.sound)


if __name__ == "__main__":
    sys.exit(main())
