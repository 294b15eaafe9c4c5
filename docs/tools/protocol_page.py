"""docs/protocol.md: which clients and documents the catalogue was compared with, and what it leaves out.

python -m docs.tools.protocol_page writes the page; it needs the openai package.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from docs.tools.sdk import python
from docs.tools.sdk.drift import compared, exceptions
from docs.tools.sdk.drives import CAPABILITIES, node_names, statements
from docs.tools.sdk.surfaces import Fact
from gateprobe.library import probes
from gateprobe.probe import PROBES
from gateprobe.resources import PROBES as FOLDER
from tests.support.proofs.probe_proofs import stored

PAGE: Final = Path(__file__).resolve().parents[1] / "protocol.md"

_HEAD: Final = """# The protocol that gateprobe knows

Made by `python -m docs.tools.protocol_page`; do not edit.

`tests/project/test_drift.py` compares the installed openai package with the schemas, the table of models and the
reference gateway: every event, request parameter, literal value, model name and response field of the image surfaces.
It sends each request parameter to the reference. It fails where a client knows something that gateprobe does not.
"""

_DRIVEN: Final = """
## What the clients do with the reference

`tests/project/test_drives.py` tests the newest features of `gateprobe serve openai` with OpenAI's own clients:

| drive | what the client does | Python | Node |
| --- | --- | --- | --- |"""

_COVERED: Final = """
## How each new capability is covered

Each row names a fault of the reference that the probe detects, and the kind of fault that it reports. Without the
fault, the same reference satisfies the probe.

| capability | probe | fault | kind | drive |
| --- | --- | --- | --- | --- |"""


def page(facts: frozenset[Fact]) -> str:
    """Write the page for the facts of the newest client."""
    return "\n".join((*_lines(facts),)) + "\n"


def coverage() -> list[tuple[str, str, str, str, str]]:
    """Return capability, probe, fault, kind of fault and drive, for each probe of the newest capabilities.

    Raises:
        KeyError: a probe has no stored proof.
    """
    probes()
    proofs = stored()
    return sorted(
        (capability, probe.id, proofs[probe.id].fault, proofs[probe.id].kind, drive)
        for drive, capabilities in CAPABILITIES.items()
        for capability in capabilities
        for probe in PROBES.values()
        if probe.capability == capability
    )


def _lines(facts: frozenset[Fact]) -> Iterator[str]:
    yield _HEAD
    yield "## Clients\n"
    yield from (f"- openai for {language.capitalize()}: {version}" for language, version in compared().items())
    yield "\n## Documents\n"
    documents = tomllib.loads((FOLDER / "model-facts.toml").read_text("utf-8"))["documents"]
    yield from (f"- {document['title']} ({document['date']})" for document in documents.values())
    yield "\n## What was compared\n\n| surface | fields, events or models | values |\n| --- | --- | --- |"
    of_events = {fact for fact in facts if fact.surface.startswith("event ")}
    named = Counter(fact.surface for fact in facts - of_events if not fact.value)
    values = Counter(fact.surface for fact in facts - of_events if fact.value)
    yield from (f"| {surface} | {named[surface]} | {values[surface]} |" for surface in sorted(named))
    yield f"| fields of all events | {len(of_events)} | 0 |"
    yield _DRIVEN
    yield from (
        f"| `{name}` | {statement} | yes | {'yes' if name in node_names() else 'no'} |"
        for name, statement in sorted(statements().items())
    )
    yield _COVERED
    yield from (f"| {' | '.join(f'`{cell}`' for cell in row)} |" for row in coverage())
    yield "\n## What is left out, and why\n"
    for exception in exceptions():
        names = ", ".join(f"`{pattern}`" for pattern in exception.facts)
        yield f"- {names}: {exception.reason}"


if __name__ == "__main__":
    PAGE.write_text(page(python.facts()), "utf-8")
