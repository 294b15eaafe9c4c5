"""docs/faults.md: the catalogue of fault kinds, the faults that show each, and what detects them.

python -m docs.tools.faults_page writes the page from the stored results.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Final

from gateprobe.gateway import FaultKind, fault_kinds
from gateprobe.library import probes
from gateprobe.probe import PROBES
from gateprobe.reference.faults import FAULTS, PASSING
from tests.support.proofs import fault_findings, probe_proofs
from tests.support.proofs.fault_findings import Detected
from tests.support.proofs.fault_reports import FaultReport, fault_reports
from tests.support.proofs.probe_proofs import Proof

PAGE: Final = Path(__file__).resolve().parents[1] / "faults.md"

_HARMS: Final = {
    "breaks-client": "breaks clients",
    "silent-wrong": "wrong without an error",
    "billing": "costs money",
    "cosmetic": "cosmetic",
}
_GROUPS: Final = {
    "surface": "Endpoints",
    "gateway": "The gateway's program",
    "answer": "Answers",
    "image": "Pictures",
    "param": "What a picture is asked to be",
    "option": "Options",
    "request": "Requests",
    "auth": "Keys",
    "errors": "Errors",
    "stream": "Streams",
    "tool": "The hosted image tool",
    "state": "State",
    "edit": "Edits",
    "models": "Models",
    "usage": "Usage",
    "provenance": "Provenance",
    "transport": "Transport",
    "clients": "Client libraries",
    "recording": "Recordings",
}
_CODE: Final = " " * 8  # a code block within a list item, on GitHub and on the site

_HEAD: Final = """# Kinds of fault, and what detects them

Made by `python -m tests.support.proofs.fault_matrix --write`; do not edit.

gateprobe reports what is wrong with a gateway as one of the kinds below. `gateprobe explain KIND` shows the same text.
Where a reference gateway can be given faults of a kind, they are listed with it: start it with
`gateprobe serve openai --fault sse.glued_frames` (several at once are possible) to reproduce them.

*Detected by* names the capability under which a report shows the fault, its level, and the embedded references on which
it was detected. A number such as *+2* counts the other capabilities that the same fault contradicts. The indented
sentence is the one that gateprobe prints.
"""


def page() -> str:
    """Return the page."""
    probes()
    lines = [_HEAD, *_summary(), *_kinds(), *_passing()]
    return "\n".join(lines).rstrip() + "\n"


def _summary() -> list[str]:
    reported = fault_reports()
    findings, shown = fault_findings.stored(), [name for name in reported if name in FAULTS]
    proved = {fault for proof in probe_proofs.stored().values() for fault in proof.fault.split(", ")}
    unreported = [name for name in FAULTS if name not in reported]
    detected = [name for name in shown if findings.get(name)]
    ours_detected = [name for name in unreported if findings.get(name) or name in proved]
    counts = f"A reference shows {len(shown)} of {len(reported)}; gateprobe detects {len(detected)} of {len(shown)}."
    return [
        f"- {len(fault_kinds())} kinds.",
        f"- {len(reported)} misbehaviours were reported in public. {counts}",
        f"- {len(unreported)} faults have no public report; detected are {len(ours_detected)} of {len(unreported)}.",
        "",
    ]


def _kinds() -> Iterator[str]:
    findings, proofs = fault_findings.stored(), list(probe_proofs.stored().values())
    for group, kinds in groupby(fault_kinds().values(), key=lambda kind: kind.id.partition(".")[0]):
        yield f"## {_GROUPS.get(group, group)}\n"
        for kind in kinds:
            yield from _kind(kind, findings, proofs)


def _kind(kind: FaultKind, findings: Mapping[str, Mapping[str, Detected]], proofs: list[Proof]) -> Iterator[str]:
    yield f"### {kind.title} (`{kind.id}`)\n"
    yield f"- Harm: {kind.harm}"
    yield f"- Usual cause: {kind.cause}"
    yield f"- Usual mend: {kind.mend}\n"
    for name in kind.faults:
        of_fault = [proof for proof in proofs if name in proof.fault.split(", ")]
        yield from _fault(name, fault_reports().get(name), findings.get(name, {}), of_fault)


def _fault(
    name: str, report: FaultReport | None, findings: Mapping[str, Detected], proofs: list[Proof]
) -> Iterator[str]:
    yield f"#### `{name}`\n"
    yield f"{FAULTS[name].what}\n"
    if report is not None:
        where = ", ".join(f"`{endpoint}`" for endpoint in report.endpoints)
        links = ", ".join(f"[{_short(link)}]({link})" for link in report.seen_in)
        yield (
            f"- Reported {_times(report.reports, 'time')}, in {_times(report.projects, 'project')} "
            f"({_HARMS[report.harm]}), on {where}: {links}."
        )
    if findings:
        persona, finding = next(iter(findings.items()))
        more = f", +{len(finding.others)}" if finding.others else ""
        kind = f", as `{finding.kind}`" if finding.kind and name not in fault_kinds()[finding.kind].faults else ""
        yield f"- Detected by `{finding.capability}` ({finding.level}{more}){kind}, on {', '.join(findings)}."
        yield f"- Printed for {persona}:\n\n{_CODE}{_one_line(finding.sentence)}"
    for proof in proofs if not findings else ():
        probe = PROBES[proof.item.partition("[")[0].partition("@")[0]]
        yield f"- Detected by `{probe.capability}` ({probe.level}), where a gateway documents it; no reference does."
        yield f"- Printed then:\n\n{_CODE}{_one_line(proof.reason)}"
    if not findings and not proofs:
        yield "- Not detected yet."
    yield ""


def _passing() -> Iterator[str]:
    """Yield the section on faults that come and go."""
    yield "## Faults of load\n"
    yield "These come and go, so no probe reports them: what they hide is `unproven`, with its cause."
    yield "`python benchmarks/manners.py` shows that an audit does not hammer such a gateway.\n"
    for name, fault in PASSING.items():
        yield f"#### `{name}`\n"
        yield f"{fault.what}\n"


def _times(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _short(link: str) -> str:
    """Return a link's text: `owner/project#12`, `owner/project@1a2b3c4`, or the host and path."""
    issue = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/(?:issues|pull|discussions)/(\d+).*", link)
    if issue:
        return f"{issue[1]}#{issue[2]}"
    commit = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)/commit/([0-9a-f]{7}).*", link)
    return f"{commit[1]}@{commit[2]}" if commit else link.partition("://")[2][:60]


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
