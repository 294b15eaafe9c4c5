"""The HTML report shows hostile text as text: nothing of it becomes markup, and no character of it acts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateprobe.formats.html import render_html
from gateprobe.formats.html.engine import inert, render_page
from gateprobe.formats.html.page import build_page
from gateprobe.message import verbatim
from gateprobe.model import Observed
from gateprobe.record.file import Run, load
from gateprobe.views.matrix import CapabilityRow, Cell, CellGroup, Matrix, NotRun
from tests.support.parsed_page import Parsed
from tests.support.runs import ACME, HOSTILE, OPENAI, RECORDS, a_record, write_run

pytestmark = pytest.mark.slow


def _with(matrix: Matrix, text: str) -> str:
    """Draw a matrix in which a stranger wrote every text."""
    record = replace(
        a_record(ACME, "images.generate.n", Observed.IGNORED, text),
        item=text,
        probe=text,
        reference_message=verbatim(text),
        statement=text,
        evidence=(text,),
        value=text,
    )
    groups = tuple(
        CellGroup(group.id, group.title, tuple(_row(row, record) for row in group.rows)) for group in matrix.groups
    )
    gateways = tuple(replace(gateway, title=text, about=text) for gateway in matrix.gateways)
    return render_page(build_page(replace(matrix, groups=groups, gateways=gateways), {}))


def _row(row: CapabilityRow, record: object) -> CapabilityRow:
    cells = (Cell(cell.gateway, cell.capability, cell.claim, (record, record), NotRun.DIED) for cell in row.cells)  # type: ignore[arg-type]  # a record
    return CapabilityRow(row.capability, tuple(cells))


@settings(max_examples=40)
@given(
    st.one_of(
        st.text(min_size=1, max_size=60), st.just(HOSTILE), st.text("<>&\"'/= onerrscipt", min_size=1, max_size=30)
    )
)
def test_no_text_becomes_markup(matrix: Matrix, text: str) -> None:
    """Whatever a stranger writes, the page has the same tags and attributes as with a plain word.

    The elements that keep a text from being translated are ours: a text that reads as one of ours stands in one.
    """
    plain, hostile = Parsed(_with(matrix, "word")), Parsed(_with(matrix, text))
    assert _shape(hostile) == _shape(plain)


def _shape(page: Parsed) -> list[tuple[str, list[str]]]:
    shape = [(tag, sorted(attributes)) for tag, attributes in page.tags]
    return [each for each in shape if each != ("span", ["data-t"])]


@given(st.text())
def test_no_character_acts(text: str) -> None:
    """Written text holds no control, no bidi mark and no invisible character but our own line ends."""
    written = inert(text)
    assert all(character.isprintable() or character in "\n " or character.isspace() for character in written)
    assert not set(written) & set("\x00\x1b\u202a\u202e\u2066\u200b\ufeff\r\u2028")


def test_nothing_that_came_over_the_wire_is_markup(run: Run) -> None:
    """Headers, comments and bodies that hold scripts and escape sequences are shown, and do nothing."""
    text = render_html(run)
    page = Parsed(text)
    assert [tag for tag, _ in page.tags if tag in ("script", "style", "iframe", "object", "base", "form")] == [
        "style",
        "script",
    ]
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert not set(text) & {"\x1b", "\u202e"}
    assert ": <script>alert(2)</script>\\x1b[2J" in page.text


def test_hostile_findings_are_shown(tmp_path: Path) -> None:
    """A hostile sentence is on the page, visible as it was written."""
    record = a_record(ACME, "models.list", Observed.MALFORMED, HOSTILE)
    folder = write_run(tmp_path / "run", (*RECORDS, record), (OPENAI, ACME))
    assert HOSTILE.replace("\u202e", "\\u202e").replace("\x1b", "\\x1b") in Parsed(render_html(load(folder))).text
