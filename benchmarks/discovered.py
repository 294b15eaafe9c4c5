"""What `gateprobe discover` learns of the embedded references, told nothing, against their documents.

    python benchmarks/discovered.py                        all four, nightly tier, 12 pictures each
    python benchmarks/discovered.py --tier deep vibeapi    one of them

For each reference: documented claims that were learnt right, with the opposite stance, or not at all; and whether
an audit of the written file contradicts its own gateway. Exit 1 where a claim is opposite, too many pictures were
drawn, or the audit contradicts.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateprobe.audit.gateways.targets import DOCUMENTED
from gateprobe.gateway import Gateway, find, load
from gateprobe.model import Cause, Stance, Verdict
from gateprobe.record.file import Record
from gateprobe.record.file import load as load_run
from gateprobe.reference import serve

_RUN: Final = (sys.executable, "-c", "from gateprobe.cli import main; main()")


def _gateprobe(*arguments: str, key: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "GATEPROBE_API_KEY": key}
    return subprocess.run([*_RUN, *arguments], capture_output=True, text=True, env=environment, check=False)  # noqa: S603 - our own command


def _compare(learnt: Gateway, documented: Gateway) -> tuple[list[str], list[str], list[str]]:
    """Return the documented capabilities that were learnt right, with the opposite stance, and not at all."""
    right: list[str] = []
    opposite: list[str] = []
    missing: list[str] = []
    for capability in documented.claims:
        stance = documented.claim(capability).stance
        if stance is Stance.SILENT:
            continue
        claim = learnt.claims.get(capability)
        (missing if claim is None else right if claim.stance is stance else opposite).append(capability)
    return right, opposite, missing


def _is_unobservable(capability: str, records: Sequence[Record]) -> bool:
    """Return whether each probe of a capability states that nobody can see it, or that no answer concerns it."""
    own = [record for record in records if record.capability == capability]
    return bool(own) and all(record.cause is Cause.UNOBSERVABLE or record.optional for record in own)


def _examine(name: str, tier: str, most: int) -> bool:
    """Discover one reference and audit the written file; print the figures, and return whether the bounds hold."""
    with tempfile.TemporaryDirectory() as folder, serve(name) as served:
        path, first, second = (str(Path(folder) / part) for part in ("learnt.toml", "discovered", "audited"))
        bounds = ("--tier", tier, "--max-images", str(most), "--yes")
        done = _gateprobe("discover", served.url, *bounds, "--out", path, "--run", first, key=served.key)
        pictures = served.counters.images
        if not Path(path).exists():
            print(f"{name}: no file (exit {done.returncode}): {done.stdout[-400:]}{done.stderr[-400:]}")
            return False
        learnt = load(Path(path))
        again = _gateprobe("audit", path, "--tier", tier, "--yes", "--out", second, key=served.key)
        records = load_run(Path(second)).records
        discovered = load_run(Path(first)).records
    right, opposite, missing = _compare(learnt, find(name))
    contradicted = [record.item for record in records if record.verdict is Verdict.CONTRADICTED]
    hidden = [capability for capability in missing if _is_unobservable(capability, discovered)]
    number = len(right) + len(opposite) + len(missing)
    shown = number - len(hidden)
    print(
        f"{name}: {pictures} pictures; {len(right)} of {number} documented claims right ({len(right) / number:.0%});"
        f" {len(right) / shown:.0%} of the {shown} that an answer can show"
    )
    print(f"  opposite {len(opposite)}: {', '.join(opposite)}")
    print(f"  no answer shows {len(hidden)}: {', '.join(hidden)}")
    rest = [capability for capability in missing if capability not in hidden]
    print(f"  not observed {len(rest)}: {', '.join(rest)}")
    print(f"  audit of its file: exit {again.returncode}, {len(contradicted)} contradicted: {', '.join(contradicted)}")
    return not opposite and not contradicted and pictures <= most


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine references one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("personas", nargs="*", default=list(DOCUMENTED))
    parser.add_argument("--tier", default="nightly")
    parser.add_argument("--pictures", type=int, default=12, help="pictures that discover may buy (default: 12)")
    options = parser.parse_args(arguments)
    held = [_examine(name, options.tier, options.pictures) for name in options.personas]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
