"""What each probe declares, as a literal table: a probe whose values were emptied would never be asked, in silence.

    python -m tests.support.proofs.declared --write

writes the table. Read the difference before you commit it: each changed line is a promise that an audit asks otherwise.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Cause
from gateprobe.probe import Probe, Selection

TABLE: Final = Path(__file__).with_name("declared.txt")

COMMAND: Final = "python -m tests.support.proofs.declared --write"


def declaration(probe: Probe) -> str:
    """Return one line: the id of a probe, its capability, level, values for OpenAI, needs, and other marks."""
    needs = probe.needs
    required = needs.requires_for(reference()) if isinstance(needs, Selection) else (needs,)
    parts = [
        probe.id,
        probe.capability,
        str(probe.level),
        _list("of", [repr(value) for value in probe.values_for(reference()) if value is not None]),
        _list("selects with" if isinstance(needs, Selection) else "needs", [scenario.name for scenario in required]),
        _accepted(probe.accepts),
        "documented" if probe.documented else "",
        "vendor only" if probe.vendor_only else "",
        f"since {probe.since}" if probe.since != "2026.11" else "",
        f"refused with {probe.refused_with} {probe.refused_option}".rstrip() if probe.refused_with else "",
    ]
    return "; ".join(part for part in parts if part)


def _list(word: str, names: Iterable[str]) -> str:
    text = ", ".join(names)
    return f"{word} {text}" if text else ""


def _accepted(accepts: frozenset[str]) -> str:
    causes = {str(cause) for cause in Cause}
    every = ["every cause"] if causes <= accepts else []
    return _list("accepts", [*every, *sorted(accepts - causes if every else accepts)])


def declarations() -> dict[str, str]:
    """Return the line of each probe, by its id."""
    return {probe.id: declaration(probe) for probe in sorted(probes(), key=lambda probe: probe.id)}


def stored() -> dict[str, str]:
    """Load the table."""
    return {line.partition(";")[0]: line for line in TABLE.read_text("utf-8").splitlines()}


def main() -> int:
    """Print the table, or write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true")
    text = "".join(f"{line}\n" for line in declarations().values())
    if parser.parse_args().write:
        TABLE.write_text(text, "utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
