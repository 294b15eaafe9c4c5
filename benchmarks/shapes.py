"""Every gateway file, audited at a gateway that behaves as the vendor's documents say.

    python benchmarks/shapes.py                      all nineteen, deep tier
    python benchmarks/shapes.py --tier nightly xai   one of them

A row for each file: contradictions at must, should and info, promises that were confirmed, and documented differences
from OpenAI that were not found. Exit 1 where a must is contradicted or a difference is missing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateprobe.model import Verdict
from gateprobe.record.file import Record
from gateprobe.reference import find_persona
from gateprobe.reference.persona import Persona
from tests.market import azure, openrouter
from tests.market.proxies import PROXIES
from tests.market.resellers import RESELLERS
from tests.market.serving import audited

Shaped = tuple[Persona, str, tuple[str, ...]]
"""A persona, the root of its paths, and the capabilities in which it differs from OpenAI."""

SHAPES: Final[dict[str, Shaped]] = {
    **{name: (find_persona(name), "/v1", ()) for name in ("openai", "xai-router", "vibeapi", "ofox")},
    "azure-foundry": (azure.AZURE, azure.ROOT, ("responses.image.stream", "errors.envelope")),
    "openrouter": (openrouter.OPENROUTER, openrouter.ROOT, ("images.generate.usage", "errors.envelope")),
    **{vendor.name: (vendor.persona, vendor.root, vendor.unlike) for vendor in (*RESELLERS, *PROXIES)},
}


def examine(name: str, tier: str) -> tuple[list[Record], list[str]]:
    """Audit one vendor's shape; return the contradicted records, and the differences that were not found."""
    persona, root, unlike = SHAPES[name]
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        audit = audited(persona, name, root, Path(folder) / "run", "--tier", tier, "-q")
    records = audit.run.records
    contradicted = [record for record in records if record.verdict is Verdict.CONTRADICTED]
    different = {record.capability for record in records if record.compatible is False}
    missing = [capability for capability in unlike if capability not in different]
    levels = Counter(str(record.level) for record in contradicted)
    confirmed = sum(record.verdict is Verdict.CONFIRMED for record in records)
    counts = "".join(f"{levels[level]:>8}" for level in ("must", "should", "info"))
    print(f"{name:<16}{counts}{confirmed:>11}{len(different):>11}  {', '.join(missing)}", flush=True)
    return contradicted, missing


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine vendors one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("vendors", nargs="*", default=list(SHAPES))
    parser.add_argument("--tier", default="deep")
    options = parser.parse_args(arguments)
    print(f"{'gateway':<16}{'must':>8}{'should':>8}{'info':>8}{'confirmed':>11}{'different':>11}  not found")
    wrong = False
    for name in options.vendors:
        contradicted, missing = examine(name, options.tier)
        for record in contradicted:
            print(f"    {record.level} {record.item}: {record.reason[:200]}")
        wrong = wrong or bool(missing) or any(record.level == "must" for record in contradicted)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
