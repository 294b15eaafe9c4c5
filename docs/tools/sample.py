"""Make the committed sample again: an audit, a comparison, three nights, and the pictures of the tour.

    python docs/tools/sample.py             all of it, a few minutes
    python docs/tools/sample.py --pictures  the pictures alone

Writes `reports/sample/` and `docs/pictures/` anew. One of the two audited gateways keeps what it promises, the other
one documents everything and breaks some of it. On the third night, one gateway loses the end of its streams. Nothing
of this machine is in the sample; `tests/formats/test_sample.py` looks.
"""

from __future__ import annotations

import argparse
import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from gateprobe.audit.gateways import targets
from gateprobe.cli import run as gateprobe
from gateprobe.formats.html.compare import write_compare
from gateprobe.record.file import load
from gateprobe.reference import Served, serve
from tests.support.plays.many_pages import ARGUMENTS, CHROMIUM

ROOT: Final = Path(__file__).resolve().parents[2]
SAMPLE: Final = ROOT / "reports" / "sample"
NIGHTS: Final = SAMPLE / "nights"
PICTURES: Final = ROOT / "docs" / "pictures"
REFERENCES: Final = ("vibeapi", "oversold")
FAULTY: Final = {"xai-router": ("end.no_terminal",)}
"""The gateways that have a fault on the last night."""

_LEFT_OUT: Final = "not large_request and not reads_it"  # an upload of 20 MB; clients that may not be installed

_WIDTH: Final = 1280
_SCREENS: Final = (
    ("report", "index.html", "", 1060),
    ("cause", "index.html", "#causes", 800),
    ("comparison", "compare.html", "", 900),
    ("nights", "nights/index.html", "", 800),
)
"""The pictures: a name, a page, the part at its top, and the height."""


def audit() -> bool:
    """Audit two references at the nightly tier, and compare them."""
    command = ["audit", "--embedded", "--tier", "nightly", "-k", _LEFT_OUT, *REFERENCES, "--out", str(SAMPLE)]
    code = gateprobe(command)
    write_compare([load(SAMPLE)], SAMPLE / "compare.html", rank="promise")
    return code == 1


def nights() -> bool:
    """Audit two references on three nights; on the last one, one of them has a fault."""
    command = ["night", "--embedded", "--tier", "smoke", "--store", str(NIGHTS), "xai-router", "vibeapi"]
    codes = [gateprobe(command), gateprobe(command)]
    with mock.patch.object(targets, "serve", _serve):
        codes.append(gateprobe(command))
    for name in ("history.sqlite", ".lock"):
        (NIGHTS / name).unlink(missing_ok=True)
    return codes == [0, 0, 1]


@contextmanager
def _serve(name: str, **options: Any) -> Iterator[Served]:
    with serve(name, faults=FAULTY.get(name, ()), **options) as served:
        yield served


def pictures() -> None:
    """Draw the pages of the sample, light and dark, small."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        for scheme in ("light", "dark"):
            for name, page, part, height in _SCREENS:
                shown = browser.new_page(viewport={"width": _WIDTH, "height": height}, color_scheme=scheme)
                shown.goto((SAMPLE / page).as_uri())
                _small(_picture(shown, part), PICTURES / f"{name}-{scheme}.webp")
                shown.close()
        browser.close()


def _picture(page: Page, part: str) -> bytes:
    """Return the first screen of a page, or the screen at one of its parts, opened."""
    if part:
        page.locator(part).evaluate("part => part.scrollIntoView()")
    return page.screenshot()


def _small(picture: bytes, path: Path) -> None:
    Image.open(io.BytesIO(picture)).convert("RGB").save(path, quality=60, method=6)


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the sample and its pictures, or the pictures alone."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--pictures", action="store_true", help="draw the pictures alone")
    right = True
    if not parser.parse_args(arguments).pictures:
        shutil.rmtree(SAMPLE, ignore_errors=True)
        right = all((audit(), nights()))
    pictures()
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
