"""Markdown: whole output, and text that tries to act."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateprobe.formats.markdown import inert, markdown, render_markdown
from gateprobe.gateway.catalogue import catalogue
from gateprobe.record.file import Run
from gateprobe.views.matrix import Matrix

GOLDEN: Final = (Path(__file__).parent / "golden" / "report.md").read_bytes().decode()


def test_the_whole_report(matrix: Matrix) -> None:
    """The answer, the gateways, what needs attention, and every judged cell folded away."""
    assert markdown(matrix) == GOLDEN


def test_a_run_is_drawn_over_the_whole_catalogue(run: Run) -> None:
    """From a run, the capabilities that were not run stay in the denominators."""
    cells = len(run.header.gateways) * len(catalogue().ids)
    assert f"10 of {cells} cells (" in render_markdown(run)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a | b", r"a \| b"),
        ("[here](https://evil.example)", r"\[here\](https:<!-- -->//evil.example)"),
        ("https://evil.example", "https:<!-- -->//evil.example"),
        ("www.evil.example", "w<!-- -->ww.evil.example"),
        ("@someone and #12", "@<!-- -->someone and #<!-- -->12"),
        ("<b>&amp;`code`", r"\<b\>\&amp;\`code\`"),
        ("one\ntwo\u202e", r"one\\ntwo\\u202e"),
    ],
)
def test_text_is_shown_and_does_nothing(text: str, written: str) -> None:
    """Markup, links, mentions and lines are written so that they only show."""
    assert inert(text) == written
