"""A run in which a stranger wrote every text renders inert in every format and on every page."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from gateprobe.cli.summary import summary
from gateprobe.formats import FORMATS, render, write_html
from gateprobe.formats.annotations import github
from gateprobe.formats.html.compare import write_compare
from gateprobe.formats.html.diff import write_diff
from gateprobe.formats.html.history import write_history
from gateprobe.formats.html.nights import write_nights
from gateprobe.formats.nights.diff import diff_markdown, diff_text
from gateprobe.formats.nights.night_file import write_night
from gateprobe.model import Observed
from gateprobe.record.file import Run, load
from gateprobe.views.changes import diff
from gateprobe.views.nights.night_comparison import FailOn, compare
from tests.support.hostile.hostile_texts import write_hostile
from tests.support.parsed_page import Parsed

ACTS: Final = frozenset(map(chr, (*range(9), 11, 12, *range(14, 32), 127, *range(128, 160)))) | frozenset(
    "\u200b\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
"""What moves a cursor, reorders a line or cannot be seen; line ends and tabs are judged by each format."""

_OURS: Final = {"script", "style", "meta"}
_FORBIDDEN: Final = {"iframe", "object", "embed", "base", "form", "link", "video", "audio"}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run]:
    """Write two hostile nights, in which everything changed."""
    folder = tmp_path_factory.mktemp("hostile")
    old = write_hostile(folder / "old", Observed.HONOURED, "2026-11-20T09:40:00Z")
    return load(old), load(write_hostile(folder / "new"))


@pytest.fixture(scope="module")
def pages(nights: tuple[Run, Run]) -> Mapping[str, str]:
    """Write every kind of page of them."""
    old, new = nights
    write_night(compare([old], new), FailOn.INCOMPLETE)
    root = new.folder.parent
    paths = {
        "report": write_html(new.folder),
        "diff": write_diff(diff(old, new)),
        "compare": write_compare([old, new], root / "compare.html", {"acme": '"><script>alert(7)</script>'}),
        "history": write_history(root),
        "nights": write_nights(root),
    }
    return {name: path.read_text("utf-8") for name, path in paths.items()}


@pytest.mark.parametrize("page", ["report", "diff", "compare", "history", "nights"])
def test_a_page_holds_no_markup_of_a_stranger(pages: Mapping[str, str], page: str) -> None:
    """One script and one style of ours, no handler, no frame, no link that runs or leaves; nothing that reorders."""
    parsed = Parsed(pages[page])
    tags = [tag for tag, _ in parsed.tags]
    attributes = [(name, value) for _, held in parsed.tags for name, value in held.items()]
    assert (tags.count("style"), tags.count("script") <= 1, tags.count("title")) == (1, True, 1)
    assert set(tags) & _FORBIDDEN == set()
    assert [name for name, _ in attributes if name.startswith("on") or name in ("srcdoc", "formaction", "style")] == []
    assert [
        value for name, value in attributes if name in ("href", "src") and re.match(r"[a-z]+:|//", value, re.IGNORECASE)
    ] == []
    assert set(pages[page]) & ACTS == set()


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_holds_nothing_that_acts(nights: tuple[Run, Run], name: str) -> None:
    """No control, no bidi mark and nothing invisible is in any format."""
    assert set(render(nights[1], name)) & ACTS == set()


def test_what_is_printed_holds_nothing_that_acts(nights: tuple[Run, Run]) -> None:
    """Nor is it in what the commands print, nor in annotations, which a stranger can add none to."""
    old, new = nights
    difference = diff(old, new)
    for text in (summary(new, Path("index.html")), diff_text(difference), diff_markdown(difference), github(new)):
        assert set(text) & ACTS == set()
    assert {line.partition(" ")[0] for line in github(new).splitlines()} <= {"::error", "::warning", "::notice"}


def test_csv_is_cells_and_no_formula(nights: tuple[Run, Run]) -> None:
    """Every line has as many cells as the head, and none begins as a formula does."""
    head, *lines = csv.reader(io.StringIO(render(nights[1], "csv"), newline=""))
    assert {len(line) for line in lines} == {len(head)}
    assert [cell for line in lines for cell in line if cell.lstrip().startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("name", ["junit", "badge"])
def test_xml_is_ours(nights: tuple[Run, Run], name: str) -> None:
    """XML parses, and holds our elements alone."""
    root = fromstring(render(nights[1], name))  # noqa: S314 - our own output
    ours = {
        "junit": "testsuites testsuite testcase properties property failure error skipped",
        "badge": "svg title desc rect g text",
    }
    assert {item.tag.rpartition("}")[2] for item in root.iter()} <= set(ours[name].split())


@pytest.mark.parametrize("name", ["json", "shields"])
def test_json_is_plain(nights: tuple[Run, Run], name: str) -> None:
    """JSON parses."""
    assert orjson.loads(render(nights[1], name))


def test_markdown_is_lines_of_ours(nights: tuple[Run, Run]) -> None:
    """No line of Markdown begins as a stranger wants it to, no tag and no link is theirs."""
    text = render(nights[1], "markdown")
    assert re.sub(r"</?(details|summary)>|<!-- -->", "", text).replace("\\<", "").count("<") == 0
    assert re.findall(r"(?<!\\)\]\(|://|(?<!\\)!\[", text) == []
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} <= {5, 7, 8}
