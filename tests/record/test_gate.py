"""The gate: who has what is needed, who lacks it, and what is not known, in one line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateprobe.formats.answer import need_reason, needs_line
from gateprobe.message import verbatim
from gateprobe.model import Cause, Level, Observed
from gateprobe.record.file import Record, exit_code
from gateprobe.record.gate import Met, answers
from tests.support.runs import ACME, OPENAI, a_record

NEED = "images.generate.n"
WORKS = a_record(ACME, NEED, Observed.HONOURED, "2 pictures came back", value=2)
LACKS = a_record(ACME, NEED, Observed.REFUSED, "HTTP 400", value=3)
LATE = a_record(ACME, NEED, Observed.UNOBSERVED, "no byte came within 120 s", cause=Cause.TIMEOUT, value=4)
UNSEEN = replace(LATE, cause=Cause.UNOBSERVABLE, message=verbatim("nobody can see it"))
OURS = replace(LATE, cause=Cause.HARNESS, message=verbatim("the probe itself failed"))
ACCEPTED = replace(LACKS, accepted="we ask for 2")


@pytest.mark.parametrize(
    ("records", "met", "reason"),
    [
        ([WORKS], Met.THERE, "2 pictures came back"),
        ([WORKS, LACKS], Met.MISSING, "HTTP 400"),
        ([WORKS, LATE], Met.UNKNOWN, "no byte came within 120 s"),
        ([LATE, LACKS], Met.MISSING, "HTTP 400"),
        ([WORKS, UNSEEN], Met.THERE, "2 pictures came back"),
        ([UNSEEN], Met.UNKNOWN, "nobody can see it"),
        ([OURS, WORKS], Met.UNKNOWN, "the probe itself failed"),
        ([], Met.UNKNOWN, "it was not tested"),
        ([WORKS, replace(LACKS, level=Level.INFO)], Met.THERE, "2 pictures came back"),
        ([replace(LACKS, level=Level.INFO)], Met.MISSING, "HTTP 400"),
        ([WORKS, ACCEPTED], Met.THERE, "2 pictures came back"),
        ([WORKS, replace(LACKS, advisory=True, level=Level.INFO)], Met.THERE, "2 pictures came back"),
        ([replace(LACKS, advisory=True, level=Level.INFO)], Met.UNKNOWN, "it was not tested"),
        ([ACCEPTED], Met.MISSING, "HTTP 400; accepted by the baseline, and needed all the same"),
    ],
)
def test_the_answer_to_one_need(records: list[Record], met: Met, reason: str) -> None:
    """A capability is there, missing or not known, whatever is documented; the exit code says the same."""
    (need,) = answers(records, ["acme"], [NEED])
    assert (need.met, need_reason(need)) == (met, reason)
    code = {Met.THERE: 0, Met.MISSING: 1, Met.UNKNOWN: 11 if OURS in records else 10}[met]
    assert exit_code([*records, a_record(ACME, "models.list", Observed.HONOURED, "listed")], [NEED]) == code


def test_one_line_for_several_gateways() -> None:
    """Each gateway has its clause, and the worst of its needs is what it says."""
    other = a_record(OPENAI, NEED, Observed.HONOURED, "2 pictures came back")
    listed = a_record(OPENAI, "models.list", Observed.HONOURED, "listed")
    need = answers([other, listed, LACKS, LATE], ["openai", "acme"], [NEED, "models.list", NEED])
    assert needs_line(need) == (
        "yes, openai has images.generate.n and models.list; no, acme lacks images.generate.n (HTTP 400)"
    )
    assert needs_line(answers([LATE], ["acme"], [NEED])) == (
        "not known, of acme was not observed images.generate.n (no byte came within 120 s)"
    )
    assert needs_line(answers([LATE], ["acme"], [])) == ""
