"""The page of promises in a real browser: quiet, fitting, reachable, accessible."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, expect, sync_playwright

from gateprobe.formats.html.claims import render_claims
from gateprobe.gateway import find, known
from gateprobe.views.claims.market import compare

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the page of all documented gateways."""
    page = tmp_path_factory.mktemp("claims") / "claims.html"
    page.write_text(render_claims(compare([find(name) for name in known()], date(2026, 11, 21), 180)), "utf-8")
    return page.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280, 1920])
def test_quiet_and_fitting(browser: Browser, address: str, width: int, scheme: Any) -> None:
    """No message on the console, and nothing wider than the window."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.goto(address)
    widest = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert (logged, widest) == ([], width)


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_axe_finds_nothing(browser: Browser, tmp_path: Path, width: int, scheme: Any) -> None:
    """axe-core reports no violation, on a page with contested, stale, declined and unsaid cells, every part open."""
    path = tmp_path / "claims.html"
    some = [find(name) for name in ("openai", "azure-foundry", "new-api", "laozhang", "zenmux", "vibeapi", "xai")]
    path.write_text(render_claims(compare(some, date(2026, 11, 21), 180)), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto(f"{path.as_uri()}?show=g")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    report = Axe().run(page)
    page.close()
    assert report.violations_count == 0, report.generate_report()


def test_it_starts_with_what_differs_and_finds_words(browser: Browser, address: str) -> None:
    """At first only differing rows show; a word of a sentence finds its capability; an anchor opens its sentence."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    differing = page.locator(".matrix tr.row.n").count()
    assert differing > 0
    expect(page.locator(".matrix tr.row:visible")).to_have_count(differing)
    page.get_by_label("Everything").check(force=True)
    page.get_by_label("Find").fill("静默忽略")
    assert page.locator(".matrix tr.row:visible").count() > 0
    page.goto(f"{address}#vibeapi/images.generate.n")
    assert page.locator("[id='vibeapi/images.generate.n']").is_visible()
    page.close()


def test_without_a_script_every_promise_is_readable(browser: Browser, address: str) -> None:
    """With JavaScript off, all rows are there and a sentence can be opened."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    rows = page.locator(".matrix tr.row")
    assert page.locator(".matrix tr.row:visible").count() == rows.count() > 0
    page.locator("details.cell summary").first.click()
    assert page.locator("details.cell .body").first.is_visible()
    context.close()


def test_paper_holds_every_column(browser: Browser, address: str) -> None:
    """Printed on A4, each promise stands under its gateway's name: no cell is left out, and none is cut off."""
    page = browser.new_page(viewport={"width": 1017, "height": 700})
    page.emulate_media(media="print")
    page.goto(address)
    rows = page.evaluate(
        """[...document.querySelectorAll(".matrix thead tr, .matrix tr.row.n")].map(row =>
            [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().left)).join())"""
    )
    widest = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert len(set(rows)) == 1
    assert rows[0].count(",") == len(known())
    assert widest == 1017
