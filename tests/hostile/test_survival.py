"""Audits of hostile gateways by the real command: survived, finished, reported, and no key or request astray."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import sync_playwright

from gateprobe.record import file as record
from tests.support.hostile.hostile_audits import BYTES, DESIGNED, SECONDS, Survived, audit, leaks
from tests.support.hostile.hostile_modes import MODES
from tests.support.hostile.hostile_servers import CERTIFICATE, Mode, hostile

pytestmark = pytest.mark.slow

CHROMIUM: Final = Path("/usr/bin/chromium")
GROUPS: Final = {
    "endless": ("endless_stream", "endless_comments", "endless_json", "endless_head", "endless_continue"),
    "huge": ("long_line", "gzip_bomb", "image_bomb", "no_picture", "small_values", "many_models", "long_words"),
    "slow": ("slow_bytes", "silence", "throttled", "dripping"),
    "cut": (
        "too_short",
        "too_long",
        "surplus",
        "two_lengths",
        "broken_chunks",
        "reset_before",
        "reset_in_head",
        "reset_in_body",
    ),
    "elsewhere": ("redirect", "links_elsewhere"),
    "headers": ("injected_headers", "no_http", "odd_status"),
    "undecodable": ("not_text", "deep_json", "odd_numbers"),
    "acting": ("active_text", "path_ids", "web_page", "active_text"),
    "echoing": ("key_echoed",),
}
"""Misbehaviours that take turns in one audit, so that each is met by several scenarios."""


class _Markup(HTMLParser):
    """Reads a page and keeps what could act in it."""

    def __init__(self) -> None:
        super().__init__()
        self.acting: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep attributes that run a script, and links to anything but this folder."""
        for name, value in attrs:
            link = name in {"src", "href"} and re.match(r"(?i)\s*(javascript|data|http|//)", value or "")
            foreign = link and tag != "a"
            if name.startswith("on") or foreign or (link and "javascript" in (value or "").lower()):
                self.acting.append(f"<{tag} {name}={value}>")


@pytest.fixture(scope="module", params=[*GROUPS, "wrong certificate"])
def survived(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Survived, int]:
    """Audit a gateway that misbehaves in the ways of a group; give what came of it, and how often a trap was asked."""
    folder = tmp_path_factory.mktemp("hostile")
    modes: list[Mode] = [MODES[name] for name in GROUPS.get(request.param, ("silence",))]
    with hostile(modes, certificate=CERTIFICATE if request.param == "wrong certificate" else None) as scene:
        done = audit(folder, scene)
    return done, len(scene.trapped)


def test_it_is_survived_in_bounds(survived: tuple[Survived, int]) -> None:
    """The audit ends by itself, within 30 s of work and 1 GB, with an exit code that a gateway can cause."""
    done, _ = survived
    assert done.code in DESIGNED, done.printed
    assert "Traceback" not in done.printed
    assert done.worked < SECONDS
    assert done.memory < BYTES
    assert sum(path.stat().st_size for path in done.folder.rglob("*") if path.is_file()) < BYTES


def test_the_run_is_finished(survived: tuple[Survived, int]) -> None:
    """Each probe has its record, none of them is a failure of ours, and the footer is there."""
    done, _ = survived
    run = record.load(done.folder)
    assert run.footer is not None
    assert run.footer.exit_code == done.code
    assert len(run.records) > 40
    assert [record.reason for record in run.records if record.cause == "harness"] == []


def test_nobody_else_is_asked(survived: tuple[Survived, int]) -> None:
    """A trap at another origin, which answers point to, hears nothing."""
    assert survived[1] == 0


def test_the_key_is_in_no_file(survived: tuple[Survived, int]) -> None:
    """Neither the files of the run nor what was said on the terminal hold the key, in any usual spelling."""
    done, _ = survived
    assert leaks(done.folder.parent) == []


def test_the_report_opens_and_nothing_acts(survived: tuple[Survived, int]) -> None:
    """The page is markup without a handler, a foreign source or a script of the gateway's; terminals get plain text."""
    done, _ = survived
    page = (done.folder / "index.html").read_text("utf-8")
    markup = _Markup()
    markup.feed(page)
    markup.close()
    assert markup.acting == []
    assert "<script>document.title" not in page
    assert not re.search(r"(?m)^::\w+::", done.printed)
    for text in (done.printed, page, (done.folder / "run.jsonl").read_text("utf-8")):
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_ids_are_no_paths(survived: tuple[Survived, int]) -> None:
    """Whatever a gateway calls things, nothing is written beside the run folder."""
    done, _ = survived
    assert {path.name for path in done.folder.parent.iterdir()} == {"hostile.toml", "output.txt", "run"}
    assert not Path("/tmp/gateprobe-pwned").exists()  # noqa: S108 - what a hostile id points to


@pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")
def test_nothing_acts_in_a_browser(tmp_path: Path) -> None:
    """In a real browser, a report full of text that tries to act runs none of it and asks nobody for anything."""
    modes = [MODES[name] for name in ("active_text", "path_ids", "links_elsewhere", "web_page", "injected_headers")]
    asked: list[str] = []
    with hostile(modes) as scene:
        page_file = audit(tmp_path, scene).folder / "index.html"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
            page = browser.new_page()
            page.on("request", lambda request: asked.append(request.url))
            page.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
            page.goto(page_file.as_uri())
            page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            title, elements = page.title(), page.locator("img[onerror], script[src], iframe, object, embed").count()
            browser.close()
        assert scene.trapped == []
    assert "pwned" not in title
    assert elements == 0
    assert [url for url in asked if not url.startswith("file:")] == []
