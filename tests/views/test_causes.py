"""Causes: a fault that breaks many promises is told once, and nothing is lost by it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.cli.summary import summary
from gateprobe.formats.html import render_html
from gateprobe.formats.markdown import markdown
from gateprobe.formats.terminal import terminal
from gateprobe.gateway import find
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed, Tier, Verdict
from gateprobe.record.file import Record, load
from gateprobe.views.causes import Root, by_cause, roots
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import answer, tally
from tests.support.fault_matrix import audited
from tests.support.runs import ACME, a_record, write_run


def _cells(*records: Record) -> list[Cell]:
    gateway = ACME if all(one.gateway == ACME.name for one in records) else find(records[0].gateway)
    return [
        Cell(gateway.name, one, gateway.claim(one.id), tuple(r for r in records if r.capability == one.id))
        for one in catalogue().by_id.values()
    ]


def _names(root: Root) -> tuple[str, list[str], list[str]]:
    return (
        root.cell.capability.id,
        [cell.capability.id for cell in root.others],
        [cell.capability.id for cell in root.hidden],
    )


def _broken(capability: str, reason: str, level: Level = Level.MUST) -> Record:
    return a_record(ACME, capability, Observed.MALFORMED, reason, level=level)


def _behind(capability: str, reason: str) -> Record:
    return a_record(ACME, capability, Observed.UNOBSERVED, reason, cause=Cause.PREREQUISITE)


@cache
def _audited(fault: str) -> tuple[Record, ...]:
    return tuple(audited("openai", [fault], Tier.SMOKE))


def test_the_same_words_are_one_cause() -> None:
    """Numbers and ids aside, what is told in the same words has one cause; other words have another."""
    cells = _cells(
        _broken("models.list", "HTTP 400: 'resp_01 is 12 bytes'", Level.SHOULD),
        _broken("images.generate.n", "HTTP 400: 'resp_77 is 9,744 bytes'"),
        _broken("responses.image.stream", "HTTP 400: 'no such thing'"),
    )
    assert [_names(root) for root in roots(cells)] == [
        ("images.generate.n", ["models.list"], []),
        ("responses.image.stream", [], []),
    ]


def test_what_names_its_prerequisite_is_hidden_behind_it() -> None:
    """A sentence that says what it cannot be seen behind belongs to that cause, and only where that is contradicted."""
    cells = _cells(
        _broken("responses.image.stream", "no picture came"),
        _behind("images.generate.n", "cannot be seen while responses.image.stream does not hold: HTTP 400"),
        _behind("models.list", "cannot be seen while images.edit does not hold: HTTP 400"),
    )
    (root,) = roots(cells)
    assert _names(root) == ("responses.image.stream", [], ["images.generate.n"])
    assert root.beside == "1 more cannot be seen behind it"


def test_beside_names_three_and_counts_the_rest() -> None:
    """What else one cause breaks is named, up to three."""
    names = ("models.list", "models.retrieve", "models.echoed", "images.edit", "images.generate.n")
    openai = find("openai")
    records = [a_record(openai, name, Observed.MALFORMED, "the body is gzip") for name in names]
    (root,) = roots(_cells(*records))
    assert root.cell.capability.id == "models.list"
    assert root.beside == "the same breaks models.retrieve, models.echoed, images.generate.n and 1 other"


@pytest.mark.parametrize(
    ("fault", "promises", "causes", "first"),
    [
        ("mode.stream_ignored", 17, 1, "responses.image.stream"),
        ("end.no_terminal", 2, 1, "stream.terminal"),
        ("tr.content_encoding", 4, 1, "models.list"),
    ],
)
def test_a_real_fault_is_told_once(fault: str, promises: int, causes: int, first: str) -> None:
    """In an audit through the real engine, one fault that breaks many promises has one cause."""
    cells = [
        Cell("openai", one, find("openai").claim(one.id), tuple(r for r in _audited(fault) if r.capability == one.id))
        for one in catalogue().by_id.values()
    ]
    found = roots(cells)
    broken = sum(cell.verdict is Verdict.CONTRADICTED for cell in cells)
    assert (broken, len(found), found[0].cell.capability.id) == (promises, causes, first)


def test_one_root_whatever_a_run_asked_beside_it() -> None:
    """A stream without its end is told by the rule of the stream, however much names another capability it breaks."""
    offers = find("openai")
    ended = [
        a_record(offers, "responses.image.stream", Observed.MALFORMED, "the stream ended without response.completed"),
        a_record(offers, "stream.terminal", Observed.MALFORMED, "the stream stops without response.completed"),
    ]
    told = "cannot be seen while responses.image.stream does not hold: HTTP 200"
    beside = [
        a_record(offers, name, Observed.UNOBSERVED, told, cause=Cause.PREREQUISITE)
        for name in ("images.generate.n", "models.list")
    ]
    for records in (ended, [*ended, *beside]):
        (root,) = roots(_cells(*records))
        assert root.cell.capability.id == "stream.terminal"
        (group,) = by_cause(ended, records)
        assert [one.capability for one in group] == ["stream.terminal", "responses.image.stream"]


_SENTENCES = st.sampled_from(
    [
        "HTTP 400: 'no'",
        "HTTP 401: 'no'",
        "cannot be seen while models.list does not hold: x",
        "the stream ended without response.completed",
        "",
    ]
) | st.text(max_size=20)
_RECORDS = st.dictionaries(
    st.sampled_from(sorted(catalogue().by_id)),
    st.tuples(st.sampled_from([Observed.IGNORED, Observed.UNOBSERVED, Observed.HONOURED]), _SENTENCES),
    max_size=12,
)


@given(_RECORDS)
def test_nothing_is_lost_and_nothing_twice(found: dict[str, tuple[Observed, str]]) -> None:
    """Whatever is said, each contradicted cell is in one cause, and each hidden one is unproven and behind one."""
    records = [
        a_record(ACME, name, observed, reason, cause=Cause.PREREQUISITE if observed is Observed.UNOBSERVED else None)
        for name, (observed, reason) in found.items()
    ]
    cells = _cells(*records) if records else []
    made = roots(cells)
    told = [cell.capability.id for root in made for cell in (root.cell, *root.others)]
    hidden = [cell.capability.id for root in made for cell in root.hidden]
    assert sorted(told) == sorted(cell.capability.id for cell in cells if cell.verdict is Verdict.CONTRADICTED)
    assert len(set(hidden)) == len(hidden)
    assert {cell.verdict for root in made for cell in root.hidden} <= {Verdict.UNPROVEN}


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Build a matrix in which one cause breaks two promises and hides a third, and another one breaks one."""
    records = (
        a_record(ACME, "models.list", Observed.MALFORMED, "the body is gzip of 12 bytes"),
        a_record(ACME, "responses.image.stream", Observed.MALFORMED, "the body is gzip of 77 bytes"),
        _behind("images.generate.n", "cannot be seen while models.list does not hold: asked for 2, received 1"),
        a_record(ACME, "responses.previous_response_id", Observed.HONOURED, "the turn went on"),
    )
    folder = write_run(tmp_path_factory.mktemp("roots") / "run", records, (ACME,), embedded=False, capture=False)
    return read_matrix(load(folder))


def test_the_terminal_tells_it_once(matrix: Matrix) -> None:
    """Two contradictions with one cause are one line, which names what else it breaks and hides."""
    assert terminal(matrix).partition("\n\n")[2] == (
        "  acme  Contradicts 2 musts.\n"
        "        0 of 5 documented capabilities confirmed, 2 contradicted, 1 answered though declined, "
        "1 unproven and 1 not run.\n"
        "        1 of 5 as OpenAI documents, 2 different and 2 not observed.\n"
        "        2 contradictions, 1 cause.\n"
        "\n"
        "  ✗ contradicted must  models.list@acme: the body is gzip of 12 bytes "
        "(the same breaks responses.image.stream; 1 more cannot be seen behind it)\n"
    )


def test_markdown_tells_it_once(matrix: Matrix) -> None:
    """The table of what needs attention has one row for one cause, and a column for what is broken with it."""
    part = markdown(matrix).partition("### Needs attention\n\n")[2].partition("\n\n")[0]
    assert part == (
        "| gateway | capability | level | verdict | with OpenAI | reason | with it |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| acme | models.list | must | ✗ contradicted | ≠ unlike OpenAI | the body is gzip of 12 bytes "
        "| the same breaks responses.image.stream; 1 more cannot be seen behind it |"
    )


def test_the_headline_counts_causes(matrix: Matrix) -> None:
    """Promises and causes stand in the first sentence, and in the counts of the command."""
    counted = "2 of 5 documented capabilities are contradicted (2 musts), 1 cause"
    assert answer(matrix, (tally(matrix, "acme"),)).headline == f"Acme Images: {counted}."
    lines = summary(matrix.run, Path("index.html")).splitlines()
    assert lines[0].startswith(f"acme: {counted}, by 2 of 4 probes; ")
    assert lines[2] == (
        "  contradicted  models_list@acme: the body is gzip of 12 bytes "
        "(the same breaks responses.image.stream; 1 more cannot be seen behind it)"
    )
    assert lines[3] == ""


def test_a_finding_links_its_cause(matrix: Matrix) -> None:
    """On the page, what follows leads to the finding that names the cause."""
    page = render_html(matrix.run)
    cell = page[page.index('id="acme/images.generate.n"') :].split("</details>")[0]
    assert 'cannot be seen behind <a href="#acme/models.list">models.list</a>' in cell
