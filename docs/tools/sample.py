"""Make the committed sample again: a smoke audit of two embedded references, a comparison of them, and a picture.

    python docs/tools/sample.py

Writes `reports/sample/` anew. One of the two keeps what it promises, the other one documents everything and breaks
some of it. Nothing of this machine is in it; `tests/formats/test_sample.py` looks.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PIL import Image
from playwright.sync_api import sync_playwright

from gateprobe.formats.html.compare import write_compare
from gateprobe.record.file import load
from tests.support.plays.many_pages import ARGUMENTS, CHROMIUM

SAMPLE: Final = Path(__file__).resolve().parents[2] / "reports" / "sample"
REFERENCES: Final = ("vibeapi", "oversold")


def main() -> int:
    """Audit, compare, draw."""
    shutil.rmtree(SAMPLE, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("gateprobe")), "audit", "--embedded", "--tier", "smoke", *REFERENCES]
    code = subprocess.run([*command, "--out", str(SAMPLE)], check=False).returncode  # noqa: S603 - our own command
    write_compare([load(SAMPLE)], SAMPLE / "compare.html", rank="promise")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        page = browser.new_page(viewport={"width": 1280, "height": 1060})
        page.goto((SAMPLE / "index.html").as_uri())
        picture = page.screenshot()
        browser.close()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(SAMPLE / "report.png", optimize=True)
    return 0 if code == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
