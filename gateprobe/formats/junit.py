"""JUnit XML: a suite for each gateway, a case for each need, each record and each cell that was not run.

So whatever makes a run exit with 1 is a failure here. A need that is missing is one, and so is each complaint about the
baseline, in a suite of its own. A contradicted `must` is a failure; what could have been observed and was not is an
error, as the exit code says; lesser contradictions, the unobservable, what is accepted or could not be seen behind
it, and what was not run are skipped with their reason. The words of the record stand in each case's properties.
"""

from __future__ import annotations

from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from gateprobe.formats.answer import need_reason, one_line
from gateprobe.formats.findings import explanation, not_run, state, turns
from gateprobe.model import Verdict
from gateprobe.record.file import Header, Record, Run
from gateprobe.record.gate import Met, Need
from gateprobe.text import printable
from gateprobe.views.answer import Answer, answer
from gateprobe.views.matrix import Cell, Matrix, read_matrix

_OUTCOMES: Final = ("failure", "error", "skipped")


def render_junit(run: Run) -> str:
    """Return a run as JUnit XML."""
    return junit(read_matrix(run))


def junit(matrix: Matrix) -> str:
    """Return a matrix as JUnit XML."""
    root = Element("testsuites", name="gateprobe")
    facts = answer(matrix)
    for gateway in matrix.gateways:
        _suite(root, gateway.name, matrix, facts)
    if matrix.run.header.complaints:
        _baseline(root, matrix.run.header)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _suite(root: Element, gateway: str, matrix: Matrix, facts: Answer) -> None:
    cells = matrix.column(gateway)
    suite = SubElement(root, "testsuite", name=_safe(gateway), timestamp=_safe(matrix.run.header.started_at))
    properties = SubElement(suite, "properties")
    for name, value in (("answer", one_line(facts)), ("judged by", f"gateprobe {matrix.run.header.version}")):
        SubElement(properties, "property", name=name, value=_safe(value))
    for need in facts.needs:
        if need.gateway == gateway:
            _need(suite, need)
    for cell in cells:
        for record in cell.records:
            _case(suite, record)
        if not cell.records:
            _not_run(suite, cell)
    _count(suite, sum(record.elapsed for cell in cells for record in cell.records))


def _count(suite: Element, seconds: float) -> None:
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    for outcome, name in zip(_OUTCOMES, ("failures", "errors", "skipped"), strict=True):
        suite.set(name, str(sum(case.find(outcome) is not None for case in cases)))
    suite.set("time", f"{seconds:.3f}")


def _baseline(root: Element, header: Header) -> None:
    suite = SubElement(root, "testsuite", name="baseline", timestamp=_safe(header.started_at))
    for number, complaint in enumerate(header.complaints, 1):
        case = SubElement(suite, "testcase", name=f"entry to mend {number}", classname="baseline", time="0.000")
        SubElement(case, "failure", type="baseline", message=_safe(complaint))
    _count(suite, 0.0)


def _need(suite: Element, need: Need) -> None:
    name, where = f"need {need.capability}@{need.gateway}", f"{need.gateway}.needs"
    case = SubElement(suite, "testcase", name=_safe(name), classname=_safe(where), time="0.000")
    if need.met is not Met.THERE:
        tag = "failure" if need.met is Met.MISSING else "error"
        SubElement(case, tag, type=str(need.met), message=_safe(f"{need.capability} is needed: {need_reason(need)}"))


def _case(suite: Element, record: Record) -> None:
    case = SubElement(
        suite,
        "testcase",
        name=_safe(record.item),
        classname=_safe(f"{record.gateway}.{record.capability}"),
        time=f"{record.elapsed:.3f}",
    )
    properties = SubElement(case, "properties")
    for name, value in _properties(record):
        SubElement(properties, "property", name=name, value=_safe(value))
    reason = f"{state(record)} ({record.level}): {explanation(record)}"
    if record.fails:
        kind = "flaky" if record.flaky else str(record.observed)
        SubElement(case, "failure", type=kind, message=_safe(reason))
    elif record.incomplete:
        SubElement(case, "error", type=str(record.cause), message=_safe(reason))
    elif record.verdict in (Verdict.CONTRADICTED, Verdict.UNPROVEN):
        SubElement(case, "skipped", type=str(record.cause or record.observed), message=_safe(reason))


def _properties(record: Record) -> tuple[tuple[str, str], ...]:
    compatible = {True: "yes", False: "no", None: "unknown"}[record.compatible]
    return (
        ("verdict", record.verdict),
        ("stance", record.stance),
        ("observed", record.observed),
        ("level", record.level),
        ("compatible", compatible),
        ("reason", record.reason),
        *((("fault_kind", record.fault_kind),) if record.fault_kind else ()),
        *((("flaky", turns(record)),) if record.flaky else ()),
        *((("blame", record.blame),) if record.blame else ()),
    )


def _not_run(suite: Element, cell: Cell) -> None:
    name = f"{cell.capability.id}@{cell.gateway}"
    case = SubElement(
        suite, "testcase", name=_safe(name), classname=_safe(f"{cell.gateway}.{cell.capability.id}"), time="0.000"
    )
    SubElement(case, "skipped", type="not run", message=_safe(not_run(cell)))


def _safe(text: str) -> str:
    """Leave no character that XML forbids, or that reorders the line."""
    return printable(str(text))
