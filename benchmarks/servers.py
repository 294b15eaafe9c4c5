"""Audits of real servers in many set-ups, each beside what an audit must find.

    python benchmarks/servers.py                              every set-up whose server is installed
    python benchmarks/servers.py --only nginx --only litellm  those whose name begins so
    python benchmarks/servers.py --programs FOLDER            a virtual environment, or a folder with node_modules
    python benchmarks/servers.py --keep FOLDER                keep the runs there, to look at their pages

nginx, HAProxy, Caddy, Varnish, Squid and Apache are before the OpenAI persona, and time out, limit rates, queue, retry,
buffer, cache, compress, redirect or cut. LiteLLM and Portkey are before it as gateways of their own; three mocks are
alone. For each set-up, the table has the expected findings, whether the audit has them, and what else is contradicted.
Ends with 1 where a finding is missed, or where something else is contradicted at must or should; a set-up whose server
is not installed is listed with the command that installs it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.support.servers.programs import ProgramError
from tests.support.servers.set_ups import Comparison, SetUp, audit_set_up, load_set_ups, missing_program


def main() -> int:
    """Print the table; return 1 where an audit differs from what it must find."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], help="set-ups whose name begins so; may be repeated")
    parser.add_argument("--programs", action="append", type=Path, default=[], help="where to search for applications")
    parser.add_argument("--keep", type=Path, help="keep the runs in this folder")
    arguments = parser.parse_args()
    folders = [folder.resolve() for folder in arguments.programs]
    wanted = tuple(arguments.only) or ("",)
    failed = absent = 0
    set_ups = [set_up for set_up in load_set_ups() if set_up.name.startswith(wanted)]
    print(f"{'set-up':<26}{'seconds':>8}  {'expected':<58}observed")
    with ExitStack() as stack:
        kept = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for set_up in set_ups:
            if install := missing_program(set_up, folders):
                print(f"{set_up.name:<26}{'-':>8}  not installed: {install}")
                absent += 1
                continue
            began = time.monotonic()
            try:
                comparison = audit_set_up(set_up, kept / set_up.name, folders)
            except ProgramError as error:
                print(f"{set_up.name:<26}{'-':>8}  did not start: {error}")
                failed += 1
                continue
            print_comparison(set_up, comparison, time.monotonic() - began)
            failed += bool(comparison.missed or comparison.extra)
    print(f"{len(set_ups)} set-ups, {absent} not installed, {failed} not as expected")
    return 1 if failed else 0


def print_comparison(set_up: SetUp, comparison: Comparison, seconds: float) -> None:
    """Print the lines of one set-up: each expected finding, then each contradiction that nobody expects."""
    name, taken = set_up.name, f"{seconds:.0f}"
    for capability, kind in set_up.expected.items() or (("nothing", ""),):
        expected = f"{capability} {kind}".strip()
        observed = "MISSED" if capability in comparison.missed else "as expected" if kind else ""
        print(f"{name:<26}{taken:>8}  {expected:<58}{observed}", flush=True)
        name = taken = ""
    for record in comparison.extra:
        kind = record.fault_kind or record.observed
        print(f"{'':<36}EXTRA {record.level} {record.capability} {kind}: {record.reason}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
