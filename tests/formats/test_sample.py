"""The committed sample: small, whole, scrubbed, and still readable by today's gateprobe."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Final

import orjson
import pytest

from gateprobe.formats import FORMATS, render
from gateprobe.model import Tier
from gateprobe.record.file import load
from tests.support.parsed_page import Parsed

SAMPLE: Final = Path(__file__).parents[2] / "reports" / "sample"


PAGES: Final = ("index.html", "compare.html", "nights/index.html", "nights/history.html")


def test_it_is_small() -> None:
    """A clone, which is compressed, is not burdened by it."""
    files = [path for path in SAMPLE.rglob("*") if path.is_file()]
    assert sum(len(zlib.compress(path.read_bytes())) for path in files) < 2_200_000


def test_it_holds_a_contradiction_and_a_clean_gateway() -> None:
    """A newcomer sees both, at the nightly tier: a gateway that keeps its promises, and one that does not."""
    run = load(SAMPLE)
    broken = {record.gateway for record in run.records if record.fails}
    assert (run.header.gateways, broken, run.header.embedded) == (("vibeapi", "oversold"), {"oversold"}, True)
    assert run.header.tier == Tier.NIGHTLY


def test_it_holds_every_kind_of_page() -> None:
    """Beside the report and the comparison, there are three nights, the last of which got worse."""
    nights = sorted(path for path in (SAMPLE / "nights").iterdir() if path.is_dir())
    assert len(nights) == 3
    assert all((SAMPLE / page).is_file() for page in PAGES)
    assert (nights[2] / "diff.html").is_file()
    alarms = [orjson.loads((night / "night.json").read_bytes())["alarms"] for night in nights]
    assert [bool(names) for names in alarms] == [False, False, True]


@pytest.mark.parametrize("name", PAGES)
def test_its_links_lead_somewhere(name: str) -> None:
    """Every file that a page links to was committed with it."""
    page = Parsed((SAMPLE / name).read_text("utf-8"))
    links = [*page.all("src"), *(link for link in page.all("href") if not link.startswith("#"))]
    folder = (SAMPLE / name).parent
    assert [link for link in links if not (folder / link.partition("#")[0]).is_file()] == []


def test_it_names_no_machine() -> None:
    """No path of the machine that made it is in any file."""
    home = str(Path(__file__).parents[2]).encode()
    named = [path.name for path in SAMPLE.rglob("*") if path.is_file() and home in path.read_bytes()]
    assert named == []


@pytest.mark.parametrize("name", FORMATS)
def test_it_can_be_drawn_again(name: str) -> None:
    """An older run is drawn by a newer gateprobe, in every format."""
    night = next(path for path in sorted((SAMPLE / "nights").iterdir()) if path.is_dir())
    assert render(load(night), name)
