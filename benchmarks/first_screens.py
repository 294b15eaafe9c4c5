"""What a reader sees first of ten kinds of gateway, given as a URL and nothing else.

    python benchmarks/first_screens.py              all, in the smoke tier
    python benchmarks/first_screens.py tasks        one of them

For each: the sentences of the survey, what draws, the answer, the pictures that were drawn, the contradicted causes by
endpoint, and where Chromium is installed, the height in screens (1280 x 800 and 390 x 844) at which the request to
copy ends.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from gateprobe.audit.engine import audit
from gateprobe.audit.events import Finished
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.cli.summary import summary
from gateprobe.formats.answer import one_line
from gateprobe.formats.html import write_html
from gateprobe.gateway import find
from gateprobe.model import Tier, Verdict
from gateprobe.reference import serve
from gateprobe.reference.persona import Persona
from gateprobe.views.answer import answer_of
from tests.support.relays.relays import RELAYS

KINDS: Final[dict[str, tuple[Persona | str, str]]] = {
    **{name: (RELAYS[name], "/v1") for name in ("images-only", "one-of-many", "unlisted", "tasks", "chat-only")},
    **{name: (name, "/v1") for name in ("openai", "xai-router", "vibeapi", "ofox")},
    "without-v1": ("openai", ""),
}
"""The persona and the path that a user types, by kind."""

_CHROMIUM: Final = Path("/usr/bin/chromium")
_SCREENS: Final = ((1280, 800), (390, 844))
_END: Final = """() => {
  const shown = [...document.querySelectorAll('#use p, #use pre.request')].slice(0, 2);
  return Math.max(0, ...shown.map(part => part.getBoundingClientRect().bottom));
}"""


def _audited(kind: str, folder: Path) -> tuple[Finished, int]:
    persona, path = KINDS[kind]
    with serve(persona) as served:
        target = Target(find(served.url.removesuffix("/v1") + path), served.key)
        return audit([target], Settings(Tier.SMOKE), folder), served.counters.images


def _heights(page: Path) -> list[str]:
    """Return the screens that a reader needs until the request to copy, by width."""
    if not _CHROMIUM.exists():
        return []
    heights = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(_CHROMIUM), args=["--no-sandbox"])
        for width, height in _SCREENS:
            shown = browser.new_page(viewport={"width": width, "height": height})
            shown.goto(page.as_uri())
            heights.append(f"{shown.evaluate(_END) / height:.2f} screens at {width} px")
        browser.close()
    return heights


def examine(kind: str) -> None:
    """Audit one kind and print what a reader sees first."""
    with tempfile.TemporaryDirectory() as folder:
        with contextlib.redirect_stdout(io.StringIO()):
            finished, drawn = _audited(kind, Path(folder) / "run")
        run = finished.run
        page = write_html(run)
        contradicted = [record for record in run.records if record.verdict is Verdict.CONTRADICTED]
        causes = Counter(f"{record.fault_kind} {record.scope.endpoint}".strip() for record in contradicted)
        print(f"== {kind}: exit {finished.exit_code}, {drawn} drawn, {', '.join(_heights(page))}")
        print(f"   contradicted: {dict(causes)}")
        print("   " + "\n   ".join(summary(run, page).splitlines()[:4]))
        print(f"   {one_line(answer_of(run))}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Examine the kinds one after the other."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", nargs="*", default=list(KINDS))
    for kind in parser.parse_args(arguments).kinds:
        examine(kind)
    return 0


if __name__ == "__main__":
    sys.exit(main())
