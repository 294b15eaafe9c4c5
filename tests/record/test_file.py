"""Records: a run file written whole, read back the same, and what it means for the exit code."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.errors import BrokenRunError, NoSuchRunError
from gateprobe.message import message, verbatim
from gateprobe.model import Cause, Level, Observed, Place, Scope, Stance, Verdict
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header, Record, exit_code, missing
from gateprobe.record.options import RunOptions

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
JSON = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT | st.lists(TEXT, max_size=2)
MESSAGES = TEXT.map(verbatim) | TEXT.map(lambda text: message("{first}; {second}", first=text, second=verbatim(text)))
RECORDS = st.builds(
    Record,
    item=TEXT,
    gateway=TEXT,
    capability=TEXT,
    probe=TEXT,
    stance=st.sampled_from(Stance),
    observed=st.sampled_from(Observed),
    cause=st.none() | st.sampled_from(Cause),
    verdict=st.sampled_from(Verdict),
    compatible=st.none() | st.booleans(),
    reference=st.sampled_from(Verdict),
    level=st.sampled_from(Level),
    message=MESSAGES,
    reference_message=MESSAGES,
    evidence=st.lists(TEXT, max_size=3).map(tuple),
    elapsed=st.floats(0, 1e6),
    value=JSON,
    statement=TEXT,
    fault_kind=TEXT,
    scope=st.builds(Scope, TEXT, TEXT, st.none() | st.booleans(), TEXT),
    place=st.none() | st.builds(Place, TEXT, st.integers(0, 9)),
    caused_by=TEXT,
)


def a_record(
    verdict: Verdict = Verdict.CONFIRMED,
    *,
    level: Level = Level.MUST,
    cause: Cause | None = None,
    observed: Observed = Observed.HONOURED,
    capability: str = "images.generate",
    gateway: str = "acme",
) -> Record:
    """Return a record."""
    return Record(
        item=f"p@{gateway}",
        gateway=gateway,
        capability=capability,
        probe="p",
        stance=Stance.OFFERED,
        observed=observed,
        cause=cause,
        verdict=verdict,
        compatible=None,
        reference=verdict,
        level=level,
        message=verbatim("reason"),
        reference_message=verbatim("reason"),
        evidence=(),
        elapsed=0.0,
    )


@given(RECORDS)
def test_a_record_survives(drawn: Record) -> None:
    """Written as text and read back, a record is the same."""
    assert record.loads(record.dumps(drawn)) == drawn


@given(st.lists(RECORDS, max_size=4), st.booleans())
def test_a_run_survives(tmp_path_factory: pytest.TempPathFactory, records: list[Record], whole: bool) -> None:  # noqa: FBT001 - drawn
    """A run written and read back is the same; a run that died has no footer."""
    folder = tmp_path_factory.mktemp("run")
    header = Header(
        "2026-11-21T10:00:00Z", "1", ("acme",), "smoke", options=RunOptions(needs=("x",)), versions={"python": "3"}
    )
    footer = Footer("later", 0, {"confirmed": 1}) if whole else None
    record.write(folder / "run.jsonl", header, records, footer)
    run = record.load(folder)
    assert (run.header, run.records, run.footer) == (header, tuple(records), footer)
    assert [path.name for path in folder.iterdir()] == ["run.jsonl"]


CODES = [
    ([], 0),
    ([a_record()], 0),
    ([a_record(Verdict.UNDECLARED), a_record(Verdict.ABSENT)], 0),
    ([a_record(Verdict.CONTRADICTED)], 1),
    ([a_record(Verdict.CONTRADICTED, level=Level.SHOULD)], 0),
    ([a_record(Verdict.CONTRADICTED, level=Level.INFO)], 0),
    ([a_record(Verdict.UNPROVEN, cause=Cause.TIMEOUT)], 10),
    ([a_record(Verdict.UNPROVEN, cause=Cause.UNOBSERVABLE)], 0),
    ([a_record(Verdict.UNPROVEN, cause=Cause.HARNESS)], 11),
    ([a_record(Verdict.UNPROVEN, cause=Cause.HARNESS), a_record(Verdict.UNPROVEN, cause=Cause.AUTH)], 11),
    ([a_record(Verdict.UNPROVEN, cause=Cause.HARNESS), a_record(Verdict.CONTRADICTED)], 1),
    ([a_record(Verdict.UNPROVEN, cause=Cause.TIMEOUT), a_record(Verdict.CONTRADICTED)], 1),
]


@pytest.mark.parametrize(("records", "code"), CODES)
def test_the_exit_code_is_the_designs(records: list[Record], code: int) -> None:
    """1 a contradicted must, 11 a fault of ours, 10 incomplete, 0 otherwise; the gravest first."""
    assert exit_code(records) == code
    assert exit_code(reversed(records)) == code


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([a_record()], 0),
        ([a_record(Verdict.ABSENT, observed=Observed.REFUSED)], 1),
        ([a_record(Verdict.CONFIRMED, observed=Observed.REFUSED)], 1),
        ([a_record(Verdict.UNDECLARED, observed=Observed.MALFORMED)], 1),
        ([a_record(), a_record(Verdict.ABSENT, observed=Observed.IGNORED, level=Level.SHOULD)], 0),
        ([a_record(Verdict.ABSENT, observed=Observed.IGNORED, level=Level.SHOULD)], 1),
        ([a_record(capability="other")], 10),
        ([a_record(), a_record(capability="other", gateway="zeta")], 10),
        ([a_record(Verdict.UNPROVEN, observed=Observed.UNOBSERVED, cause=Cause.UNOBSERVABLE)], 10),
        ([a_record(), a_record(gateway="zeta", verdict=Verdict.ABSENT, observed=Observed.REFUSED)], 1),
    ],
)
def test_what_is_needed_must_be_there(records: list[Record], code: int) -> None:
    """A needed capability fails the run where it is missing; not seen at work, it leaves it incomplete."""
    assert exit_code(records, ["images.generate"]) == code
    assert bool(missing(records, ["images.generate"])) == (code == 1)


def test_attention_comes_first_where_it_is_needed() -> None:
    """A contradicted must is looked at first, what is confirmed last."""
    order = [
        a_record(Verdict.CONTRADICTED),
        a_record(Verdict.CONTRADICTED, level=Level.SHOULD),
        a_record(Verdict.CONTRADICTED, level=Level.INFO),
        a_record(Verdict.UNPROVEN, cause=Cause.AUTH),
        a_record(Verdict.UNPROVEN, cause=Cause.UNOBSERVABLE),
        a_record(),
    ]
    assert [drawn.attention for drawn in order] == sorted(drawn.attention for drawn in order)


GOOD = {"kind": "header", "format": record.FORMAT, "started_at": "", "version": "", "gateways": [], "tier": "smoke"}

END = {"kind": "footer", "finished_at": "", "exit_code": 0}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"nonsense\n", "line 1: not a line of a run"),
        (b"[]\n", "line 1: not a line of a run"),
        (b"", "the first line should be the run's header"),
        (orjson.dumps(GOOD | {"format": 99}) + b"\n", "format 99"),
        (orjson.dumps(GOOD | {"odd": 1}) + b"\n", "line 1"),
        (orjson.dumps(GOOD) + b'\n{"kind": "record"}\n', "line 2"),
        (orjson.dumps(GOOD) + b'\n{"kind": "record", "cause": "bad luck"}\n', "line 2"),
        (orjson.dumps(GOOD) + b'\n{"kind": "foo\n{"kind": "footer"}\n', r"line 2: .*\(cut short, or no JSON\)"),
        (orjson.dumps(GOOD) + b'\n{"kind": "foo\n', "line 2: .*cut short"),
        (orjson.dumps(GOOD)[:-9], "line 1: .*cut short"),
        (orjson.dumps(GOOD) + b"\n" + orjson.dumps(END | {"exit_code": 77}) + b"\n", "line 2: .*77 is not a valid"),
    ],
)
def test_a_broken_run_is_named(tmp_path: Path, text: bytes, sentence: str) -> None:
    """A run file that is not one is refused with file and line."""
    (tmp_path / "run.jsonl").write_bytes(text)
    with pytest.raises(BrokenRunError, match=sentence):
        record.load(tmp_path)


@given(st.data())
def test_a_torn_last_line_is_passed_over(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Wherever the last line is cut, what stands before it is read, and the run is torn."""
    path = tmp_path_factory.mktemp("run") / "run.jsonl"
    header = Header("2026-11-21T10:00:00Z", "1", ("acme",), "smoke", warnings=("before",))
    record.write(path, header, [a_record(), a_record()], None)
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    path.write_bytes(whole[: data.draw(st.integers(last + 1, len(whole) - 2))])
    run = record.load(path.parent)
    assert (run.records, run.footer) == ((a_record(),), None)
    assert (run.torn, run.header.warnings) == (True, ("before",))


def test_a_run_of_another_format_is_read_to_be_judged_anew(tmp_path: Path) -> None:
    """Of a run of another format its header alone is read, and only where that is asked for."""
    (tmp_path / "run.jsonl").write_bytes(orjson.dumps(GOOD | {"format": 1, "odd": 1}) + b'\n{"kind": "record"}\n')
    with pytest.raises(BrokenRunError, match="format 1, and this gateprobe reads format 2; `gateprobe judge`"):
        record.load(tmp_path)
    run = record.load(tmp_path, any_format=True)
    assert (run.header.tier, run.records, run.footer) == ("smoke", (), None)


def test_no_run_is_named(tmp_path: Path) -> None:
    """A folder without a run says what to give instead."""
    with pytest.raises(NoSuchRunError, match=r"holds no run\.jsonl"):
        record.load(tmp_path)
