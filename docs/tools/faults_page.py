"""docs/faults.md, made of what is known of each fault and of what it was last found by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from gateprobe.library import probes
from gateprobe.probe import PROBES
from gateprobe.reference.faults import EXCUSED, FAULTS, PASSING
from tests.support import probe_proofs as table
from tests.support.fault_findings import Detected, kept
from tests.support.fault_reports import Known, known

PAGE: Final = Path(__file__).resolve().parents[1] / "faults.md"

_HARMS: Final = {
    "breaks-client": "breaks clients",
    "silent-wrong": "wrong, and nobody is told",
    "billing": "money",
    "cosmetic": "cosmetic",
}
_FAMILIES: Final = {
    "agg": "Aggregation",
    "cors": "Browsers",
    "edit": "Edits",
    "end": "Endings",
    "err": "Errors",
    "ev": "The course of a response",
    "id": "Numbering",
    "img": "The picture itself",
    "iso": "Isolation",
    "ka": "Keeping a connection alive",
    "lim": "Limits",
    "mode": "Modes",
    "models": "Models",
    "param": "Parameters",
    "partial": "Partial pictures",
    "provenance": "Provenance",
    "route": "Routes",
    "sch": "Shapes",
    "sse": "Framing",
    "st": "State",
    "tool": "The hosted tool",
    "tr": "Transport",
    "use": "Usage",
    "ws": "WebSocket",
}
_HEAD: Final = """# Faults of real gateways, and what finds them

Made by `python -m tests.support.fault_matrix --write`; do not edit.
Each fault can be given to any embedded reference gateway
(`gateprobe serve openai --fault sse.glued_frames`, several at once), and the whole table is found out again by
`python -m tests.support.fault_matrix`.

*Found by* is the capability under which a report shows it, with its level, and the sentence that gateprobe prints,
from an audit of the embedded reference named. A number such as *+2* counts the other capabilities that the same fault
contradicts.
"""


def page() -> str:
    """Write the page."""
    probes()
    found = kept()
    reported = {one.fault: one for one in known()}
    names = sorted({*FAULTS, *reported})
    return (
        "\n".join([_HEAD, *_summary(names, reported, found), *_families(names, reported, found), *_passing()]).rstrip()
        + "\n"
    )


def _summary(names: list[str], reported: Mapping[str, Known], found: Mapping[str, Mapping[str, Detected]]) -> list[str]:
    given = [name for name in reported if name in FAULTS]
    seen = [name for name in given if found.get(name)]
    own = [name for name in names if name not in reported]
    documented = {name for one in table.stored().values() for name in one.fault.split(", ")}
    made = sum(bool(found.get(name)) or name in documented for name in own)
    told = (
        f"Reported in public: {len(reported)}. Can be given to a reference: {len(given)} of {len(reported)}.",
        f"Found: {len(seen)} of {len(given)}. Of our own making: {len(own)}, found: {made} of {len(own)}.",
    )
    return [" ".join(told), ""]


def _families(
    names: list[str], reported: Mapping[str, Known], found: Mapping[str, Mapping[str, Detected]]
) -> Iterator[str]:
    family = ""
    for name in names:
        first = name.partition(".")[0]
        if first != family:
            family = first
            yield f"## {_FAMILIES.get(first, first)}\n"
        yield from _entry(name, reported.get(name), found.get(name, {}))


def _entry(name: str, report: Known | None, found: Mapping[str, Detected]) -> Iterator[str]:
    yield f"### `{name}`\n"
    yield f"{FAULTS[name].what if name in FAULTS else EXCUSED.get(name, '')}\n"
    if report is not None:
        where = ", ".join(f"`{endpoint}`" for endpoint in report.endpoints)
        links = ", ".join(f"[{_short(link)}]({link})" for link in report.seen_in)
        times = f"{report.reports} public report{'s' * (report.reports != 1)}"
        yield f"- Harm: {_HARMS[report.harm]}. Seen on {where}."
        yield f"- {times} of {report.projects} project{'s' * (report.projects != 1)}, such as {links}."
    if not found:
        yield from _where_documented(name)
    else:
        persona, one = next(iter(found.items()))
        more = f", +{len(one.others)}" if one.others else ""
        yield f"- Found by: `{one.capability}` ({one.level}{more}), on {', '.join(found)}."
        yield f"- What gateprobe prints ({persona}):\n\n      {_plain(one.sentence)}"
    yield ""


def _where_documented(name: str) -> Iterator[str]:
    """Say which probes find a fault once a gateway documents what no embedded one does."""
    by = [one for one in table.stored().values() if name in one.fault.split(", ")]
    for one in by:
        probe = PROBES[one.item.partition("[")[0].partition("@")[0]]
        yield f"- Found by: `{probe.capability}` ({probe.level}), where a gateway documents that; no embedded one does."
        yield f"- What gateprobe prints then:\n\n      {_plain(one.reason)}"
    if not by:
        yield "- Found by: nothing yet." if name in FAULTS else "- Cannot be shown on loopback."


def _passing() -> Iterator[str]:
    """Tell of the faults that no probe can find."""
    yield "## Load\n"
    yield "These come and go, so that no probe holds them against a gateway: what they hide is `unproven`, with its"
    yield "cause, and `python benchmarks/manners.py` shows that a gateway is not hammered meanwhile.\n"
    for name, fault in PASSING.items():
        yield f"### `{name}`\n"
        yield f"{fault.what}\n"


def _short(link: str) -> str:
    """Write a link shortly: `owner/project#12`, `owner/project@1a2b3c4`, or the host and path."""
    issue = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull|discussions)/(\d+).*", link)
    if issue:
        return f"{issue[1]}#{issue[2]}"
    commit = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/commit/([0-9a-f]{7}).*", link)
    return f"{commit[1]}@{commit[2]}" if commit else link.partition("://")[2][:60]


def _plain(text: str) -> str:
    return " ".join(text.split())
