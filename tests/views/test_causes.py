"""Causes: a fault that breaks many promises is named once, and nothing is lost by it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.cli.summary import summary
from gateprobe.formats.answer import headline
from gateprobe.formats.findings import beside
from gateprobe.formats.html import render_html
from gateprobe.formats.markdown import markdown
from gateprobe.formats.terminal import terminal
from gateprobe.gateway import find
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Level, Observed, Scope, Tier, Verdict
from gateprobe.record.file import Record, load
from gateprobe.views.answer import answer
from gateprobe.views.causes import CauseGroup, by_cause, group_causes
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from tests.support.proofs.fault_matrix import audited
from tests.support.runs import ACME, a_record, write_run

pytestmark = pytest.mark.slow


def _cells(*records: Record) -> list[Cell]:
    gateway = ACME if all(record.gateway == ACME.name for record in records) else find(records[0].gateway)
    return [
        Cell(gateway.name, item, gateway.claim(item.id), tuple(r for r in records if r.capability == item.id))
        for item in catalogue().by_id.values()
    ]


def _names(cause: CauseGroup) -> tuple[str, list[str], list[str]]:
    return (
        cause.lead.capability.id,
        [cell.capability.id for cell in cause.others],
        [cell.capability.id for cell in cause.hidden],
    )


def _broken(capability: str, fault: str, level: Level = Level.MUST, **scope: Any) -> Record:
    return a_record(ACME, capability, Observed.MALFORMED, "wrong", level=level, fault_kind=fault, scope=Scope(**scope))


def _behind(capability: str, caused_by: str) -> Record:
    return a_record(ACME, capability, Observed.UNOBSERVED, "not seen", cause=Cause.PREREQUISITE, caused_by=caused_by)


def _of(capability: str, records: tuple[Record, ...]) -> tuple[Record, ...]:
    return tuple(record for record in records if record.capability == capability)


@cache
def _audited(fault: str) -> tuple[Record, ...]:
    return tuple(audited("openai", [fault], Tier.SMOKE))


_THREE = ("models.list", "images.generate.n", "responses.image.stream")


@pytest.mark.parametrize(
    ("fault", "scopes", "groups"),
    [
        pytest.param("stream.absent", ({}, {}, {}), 1, id="the whole gateway"),
        pytest.param(
            "image.missing", ({"endpoint": "/a"}, {"endpoint": "/a"}, {"endpoint": "/b"}), 2, id="an endpoint"
        ),
        pytest.param(
            "errors.in_200",
            ({"endpoint": "/a", "streaming": True}, {"endpoint": "/a", "streaming": False}, {"endpoint": "/a"}),
            3,
            id="a form",
        ),
        pytest.param("option.refused", ({"option": "n"}, {"option": "n"}, {"option": "size"}), 2, id="an option"),
        pytest.param("clients.fails", ({"endpoint": "/a"}, {"endpoint": "/a"}, {}), 3, id="a capability"),
        pytest.param("image.missing", ({}, {}, {}), 3, id="an endpoint that is not known"),
        pytest.param("no.such_kind", ({}, {}, {}), 3, id="a kind that is not known"),
    ],
)
def test_a_kind_states_what_separates_its_causes(fault: str, scopes: tuple[Any, ...], groups: int) -> None:
    """Findings of one kind are one cause within the kind's scope; without it, each capability has its own."""
    records = [_broken(name, fault, **scope) for name, scope in zip(_THREE, scopes, strict=True)]
    assert len(group_causes(_cells(*records))) == groups
    assert len(by_cause(records)) == groups


def test_the_gravest_cause_comes_first() -> None:
    """Causes stand by level, then by how much they contradict; a cell at the highest level leads."""
    cells = _cells(
        _broken("models.list", "stream.absent", Level.SHOULD),
        _broken("images.generate.n", "stream.absent"),
        _broken("responses.image.stream", "transport.slow"),
    )
    assert [_names(cause) for cause in group_causes(cells)] == [
        ("images.generate.n", ["models.list"], []),
        ("responses.image.stream", [], []),
    ]


def test_what_names_its_prerequisite_is_hidden_behind_it() -> None:
    """What could not be observed belongs to the capability that hid it, and only where that is contradicted."""
    cells = _cells(
        _broken("responses.image.stream", "stream.absent"),
        _behind("images.generate.n", "responses.image.stream"),
        _behind("models.list", "images.edit"),
    )
    (cause,) = group_causes(cells)
    assert _names(cause) == ("responses.image.stream", [], ["images.generate.n"])
    assert beside(cause) == "hides 1 more"


def test_beside_names_three_and_counts_the_rest() -> None:
    """What else one cause breaks is named, up to three."""
    names = ("models.list", "models.retrieve", "models.echoed", "images.edit", "images.generate.n")
    openai = find("openai")
    records = [a_record(openai, name, Observed.MALFORMED, "gzip", fault_kind="transport.encoding") for name in names]
    (cause,) = group_causes(_cells(*records))
    assert cause.lead.capability.id == "models.list"
    assert beside(cause) == "the same cause breaks models.retrieve, models.echoed, images.generate.n and 1 other"


@pytest.mark.parametrize(
    ("fault", "promises", "causes", "first"),
    [
        ("mode.stream_ignored", 2, 1, "responses.image.stream"),
        ("end.no_terminal", 2, 1, "stream.terminal"),
        ("tr.content_encoding", 4, 1, "models.list"),
    ],
)
def test_a_real_fault_is_one_cause(fault: str, promises: int, causes: int, first: str) -> None:
    """In an audit through the real engine, one fault that breaks many promises has one cause."""
    cells = [
        Cell(
            "openai", item, find("openai").claim(item.id), tuple(r for r in _audited(fault) if r.capability == item.id)
        )
        for item in catalogue().by_id.values()
    ]
    groups = group_causes(cells)
    broken = sum(cell.verdict is Verdict.CONTRADICTED for cell in cells)
    assert (broken, len(groups), groups[0].lead.capability.id) == (promises, causes, first)


def test_the_kind_names_its_own_capability() -> None:
    """A stream without its end is led by the rule of the stream, however much is hidden behind another capability."""
    offers = find("openai")
    names = ("responses.image.stream", "stream.terminal")
    ended = [a_record(offers, name, Observed.MALFORMED, "no end", fault_kind="stream.no_terminal") for name in names]
    hidden = [
        a_record(
            offers,
            name,
            Observed.UNOBSERVED,
            "not seen",
            cause=Cause.PREREQUISITE,
            caused_by="responses.image.stream",
        )
        for name in ("images.generate.n", "models.list")
    ]
    for records in (ended, [*ended, *hidden]):
        (cause,) = group_causes(_cells(*records))
        assert cause.lead.capability.id == "stream.terminal"
        (group,) = by_cause(ended, records)
        assert [record.capability for record in group] == ["stream.terminal", "responses.image.stream"]


_RECORDS = st.dictionaries(
    st.sampled_from(sorted(catalogue().by_id)),
    st.tuples(
        st.sampled_from([Observed.IGNORED, Observed.UNOBSERVED, Observed.HONOURED]),
        st.sampled_from(["", "stream.absent", "image.missing", "option.refused", "odd"]),
        st.sampled_from(["", "models.list", "images.generate.n"]),
    ),
    max_size=12,
)


@given(_RECORDS)
def test_nothing_is_lost_and_nothing_twice(drawn: dict[str, tuple[Observed, str, str]]) -> None:
    """Each contradicted cell is in one cause, and each hidden one is unproven and behind one."""
    records = [
        a_record(
            ACME,
            name,
            observed,
            "so",
            cause=Cause.PREREQUISITE if observed is Observed.UNOBSERVED else None,
            fault_kind=fault if observed is Observed.IGNORED else "",
            caused_by=caused_by if observed is Observed.UNOBSERVED else "",
        )
        for name, (observed, fault, caused_by) in drawn.items()
    ]
    cells = _cells(*records) if records else []
    groups = group_causes(cells)
    contradicted = [cell.capability.id for cause in groups for cell in (cause.lead, *cause.others)]
    hidden = [cell.capability.id for cause in groups for cell in cause.hidden]
    assert sorted(contradicted) == sorted(cell.capability.id for cell in cells if cell.verdict is Verdict.CONTRADICTED)
    assert len(set(hidden)) == len(hidden)
    assert {cell.verdict for cause in groups for cell in cause.hidden} <= {Verdict.UNPROVEN}


@pytest.fixture(scope="module")
def matrix(tmp_path_factory: pytest.TempPathFactory) -> Matrix:
    """Build a matrix in which one cause breaks two promises and hides a third, and another one breaks one."""
    records = (
        a_record(
            ACME, "models.list", Observed.MALFORMED, "the body is gzip of 12 bytes", fault_kind="transport.encoding"
        ),
        a_record(
            ACME,
            "responses.image.stream",
            Observed.MALFORMED,
            "the body is gzip of 77 bytes",
            fault_kind="transport.encoding",
        ),
        _behind("images.generate.n", "models.list"),
        a_record(ACME, "responses.previous_response_id", Observed.HONOURED, "the turn went on"),
    )
    folder = write_run(tmp_path_factory.mktemp("causes") / "run", records, (ACME,), embedded=False, capture=False)
    return read_matrix(load(folder))


def test_the_terminal_tells_it_once(matrix: Matrix) -> None:
    """Two contradictions with one cause are one line, which names what else it breaks and hides."""
    assert terminal(matrix).partition("\n\n")[2] == (
        "  acme  Breaks 2 musts.\n"
        "        0 of 5 documented capabilities kept, 2 broken, 1 answered though declined, "
        "1 not observed and 1 not tested.\n"
        "        1 of 5 as OpenAI documents, 2 different and 2 not observed.\n"
        "        2 broken, 1 cause.\n"
        "\n"
        "  ✗ broken (must)  models.list@acme: the body is gzip of 12 bytes "
        "(the same cause breaks responses.image.stream; hides 1 more)\n"
    )


def test_markdown_tells_it_once(matrix: Matrix) -> None:
    """The table of what needs attention has one row for one cause, and a column for what is broken with it."""
    part = markdown(matrix).partition("### Needs attention\n\n")[2].partition("\n\n")[0]
    assert part == (
        "| gateway | capability | level | verdict | with OpenAI | reason | with it |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| acme | models.list | must | ✗ broken | ≠ unlike OpenAI | the body is gzip of 12 bytes "
        "| the same cause breaks responses.image.stream; hides 1 more |"
    )


def test_the_headline_counts_causes(matrix: Matrix) -> None:
    """Promises and causes stand in the first sentence, and in the counts of the command."""
    counted = "2 of 5 documented capabilities are broken (2 musts), 1 cause"
    assert headline(answer(matrix)) == f"Acme Images: {counted}."
    lines = summary(matrix.run, Path("index.html")).splitlines()
    assert lines[0].startswith(f"acme: {counted}, by 2 of 4 probes; ")
    assert lines[2] == (
        "  broken  models_list@acme: the body is gzip of 12 bytes "
        "(the same cause breaks responses.image.stream; hides 1 more)"
    )
    assert lines[3] == ""


def test_a_finding_links_its_cause(matrix: Matrix) -> None:
    """On the page, what follows leads to the finding that names the cause."""
    page = render_html(matrix.run)
    cell = page[page.index('id="acme/images.generate.n"') :].split("</details>")[0]
    assert 'hidden by <a href="#acme/models.list">models.list</a>' in cell
