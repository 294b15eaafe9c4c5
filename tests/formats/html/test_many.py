"""A run of many gateways: an overview, and a page for each gateway that holds everything of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from gateprobe.formats.html import MOST, render_html, write_html
from gateprobe.model import Observed
from gateprobe.record.file import load
from tests.support.parsed_page import Parsed
from tests.support.runs import ACME, OPENAI, a_record, write_run

pytestmark = pytest.mark.slow

MANY = (OPENAI, *(replace(ACME, name=f"acme-{number}", title=f"Acme {number}") for number in range(MOST)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the report of one gateway more than one page holds."""
    records = tuple(a_record(item, "models.list", Observed.HONOURED, f"{item.name} lists 2 models") for item in MANY)
    return write_html(write_run(tmp_path_factory.mktemp("many") / "run", records, MANY)).parent


def test_each_gateway_has_its_page(folder: Path) -> None:
    """Beside the overview lies one page for each gateway."""
    assert sorted(path.name for path in folder.glob("*.html")) == sorted(
        ["index.html", *(f"gateway-{item.name}.html" for item in MANY)]
    )


def test_every_link_leads_somewhere(folder: Path) -> None:
    """Each link of each page is to an anchor or a file that is there."""
    pages = {path.name: Parsed(path.read_text("utf-8")) for path in folder.glob("*.html")}
    ids = {name: set(page.all("id")) for name, page in pages.items()}
    lost = []
    for name, page in pages.items():
        for link in page.all("href"):
            file, _, fragment = link.partition("#")
            target = file or name
            exists = unquote(fragment) in ids[target] if fragment else (folder / target).is_file()
            lost += [] if exists else [(name, link)]
    assert lost == []


def test_the_anchor_of_a_cell_is_on_the_overview_too(folder: Path) -> None:
    """`index.html#gateway/capability` still leads to its cell, and from there to the finding."""
    page = Parsed((folder / "index.html").read_text("utf-8"))
    assert "acme-3/models.list" in page.all("id")
    assert "gateway-acme-3.html#acme-3/models.list" in page.all("href")


def test_a_gateways_page_is_about_it_alone(folder: Path) -> None:
    """The page of one gateway answers for it, and shows no finding of another."""
    text = Parsed((folder / "gateway-acme-3.html").read_text("utf-8")).text
    assert "Acme 3 keeps every promise that was tested." in text
    assert "acme-4 lists" not in text


def test_the_overview_is_what_the_format_gives(folder: Path) -> None:
    """`--format html` prints the page that links to all others."""
    assert render_html(load(folder)) == (folder / "index.html").read_text("utf-8")


def test_up_to_the_most_one_page_is_enough(tmp_path: Path) -> None:
    """With as many gateways as one page holds, there is one page."""
    folder = write_html(write_run(tmp_path / "run", (), MANY[:MOST], capture=False)).parent
    assert [path.name for path in folder.glob("*.html")] == ["index.html"]
