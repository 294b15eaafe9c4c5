"""The committed sample: small, whole, scrubbed, and still readable by today's gateprobe."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateprobe.formats import FORMATS, render
from gateprobe.record.file import load
from tests.support.parsed_page import Parsed

SAMPLE: Final = Path(__file__).parents[2] / "reports" / "sample"


def test_it_is_small() -> None:
    """A clone is not burdened by it."""
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_500_000


def test_it_holds_a_contradiction_and_a_clean_gateway() -> None:
    """A newcomer sees both: a gateway that keeps its promises, and one that does not."""
    run = load(SAMPLE)
    broken = {record.gateway for record in run.records if record.fails}
    assert (run.header.gateways, broken, run.header.embedded) == (("vibeapi", "oversold"), {"oversold"}, True)


@pytest.mark.parametrize("name", ["index.html", "compare.html"])
def test_its_links_lead_somewhere(name: str) -> None:
    """Every file that a page links to was committed with it."""
    page = Parsed((SAMPLE / name).read_text("utf-8"))
    links = [*page.all("src"), *(link for link in page.all("href") if not link.startswith("#"))]
    assert [link for link in links if not (SAMPLE / link.partition("#")[0]).is_file()] == []


def test_it_names_no_machine() -> None:
    """No path of the machine that made it is in any file."""
    home = str(Path(__file__).parents[2]).encode()
    named = [path.name for path in SAMPLE.rglob("*") if path.is_file() and home in path.read_bytes()]
    assert named == []


@pytest.mark.parametrize("name", FORMATS)
def test_it_can_be_drawn_again(name: str) -> None:
    """An older run is drawn by a newer gateprobe, in every format."""
    assert render(load(SAMPLE), name)
