"""The run log of pytest-html, in a real browser: columns, links, pictures, order, hostile text."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from gateprobe.formats.answer import one_line
from gateprobe.formats.findings import explanation
from gateprobe.gateway import dumps, find
from gateprobe.record.file import Run, load
from gateprobe.reference import serve
from gateprobe.views.answer import answer_of

ROOT: Final = Path(__file__).resolve().parents[2]
CHROMIUM: Final = Path("/usr/bin/chromium")
HOSTILE: Final = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>'
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
]
pytest.importorskip("pytest_html")


@dataclass(frozen=True, slots=True)
class Log:
    """A log, and the run that it is of."""

    page: Path
    run: Run


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests."""
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module", params=["linked", "contained"])
def log(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Log:
    """Audit a gateway whose document quotes markup, and write the log beside the run folder."""
    folder = tmp_path_factory.mktemp("log")
    gateway = find("oversold")
    claims = {
        name: replace(claim, sources=tuple(replace(source, quote=HOSTILE) for source in claim.sources))
        for name, claim in gateway.claims.items()
    }
    with serve("oversold") as served:
        hostile = replace(gateway, name="hostile", base_url=served.url, claims=claims)
        (folder / "hostile.toml").write_text(dumps(hostile), "utf-8")
        command = [sys.executable, "-m", "pytest", "probes", f"--gateway={folder / 'hostile.toml'}", "-q"]
        command += ["-k", "models.list or images.generate.n or output_format", "-p", "no:cacheprovider", "--yes"]
        command += [f"--run={folder / 'run'}", f"--html={folder / 'log.html'}"]
        command += ["--self-contained-html"] if request.param == "contained" else []
        done = subprocess.run(  # noqa: S603 - our own command
            command,
            cwd=ROOT,
            env=os.environ | {gateway.key.env: served.key},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1, done.stdout + done.stderr
    return Log(folder / "log.html", load(folder / "run"))


def opened(browser: Browser, log: Log, width: int = 1280) -> Page:
    """Open a log with all details shown; a request to any server fails the test."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else pytest.fail(request.url))
    page.goto(f"{log.page.as_uri()}?collapsed=")
    return page


def column(page: Page, name: str) -> list[str]:
    """Return the text of a column, row by row."""
    return [text.strip() for text in page.locator(f"tr.collapsible > .col-{name}").all_inner_texts()]


def test_each_row_is_a_record(browser: Browser, log: Log) -> None:
    """The rows hold gateway, capability, level, claim, verdict and reason of the run's own records."""
    page = opened(browser, log)
    names = ("testId", "gateway", "capability", "level", "claim", "verdict", "reason")
    rows = list(zip(*(column(page, name) for name in names), strict=True))
    expected = [
        (
            record.item,
            record.gateway,
            record.capability,
            record.level,
            record.stance,
            str(record.verdict),
            explanation(record),
        )
        for record in log.run.records
    ]
    assert sorted(rows) == sorted(expected)
    heads = [text.strip() for text in page.locator("#results-table-head th:visible").all_inner_texts()]
    assert heads == ["Verdict", "Gateway", "Capability", "Probe", "Level", "Claim", "Reason", "Report"]


def test_contradicted_rows_come_first(browser: Browser, log: Log) -> None:
    """The rows are in the order in which a reader should look; the summary counts verdicts and gives the answer."""
    page = opened(browser, log)
    items = column(page, "testId")
    attention = {record.item: record.attention for record in log.run.records}
    assert [attention[item] for item in items] == sorted(attention.values())
    counts = Counter(str(record.verdict) for record in log.run.records)
    for verdict, count in counts.items():
        assert page.locator(".verdicts").get_by_text(f"{count} {verdict}").count() == 1
    assert page.locator(".answer").inner_text() == one_line(answer_of(log.run))


def test_links_lead_to_the_report_and_back(browser: Browser, log: Log) -> None:
    """Each row links to its cell of the report, each exchange to its own place; the report links back."""
    page = opened(browser, log)
    cell = page.locator("tr.collapsible a").first
    exchange = page.locator("dl.gateprobe a", has_text="several_pictures").first
    links = [str(link.evaluate("link => link.href")) for link in (cell, exchange)]
    for link in links:
        page.goto(link)
        assert page.evaluate("document.getElementById(decodeURIComponent(location.hash.slice(1))) !== null"), link
    page.locator("dd a", has_text="log.html").first.click()
    assert page.title() == "gateprobe run log: hostile.toml"


def test_details_hold_claim_exchange_and_picture(browser: Browser, log: Log) -> None:
    """A contradiction shows the quoted claim, the request with its status, and the picture that came."""
    page = opened(browser, log)
    details = page.locator("tbody", has=page.locator(".col-testId", has_text="n_is_honoured")).locator("dl.gateprobe")
    text = details.inner_text()
    assert "POST /images/generations → 200" in text
    assert HOSTILE in text
    assert details.locator("img").first.evaluate("image => image.complete && image.naturalWidth > 0")


def test_hostile_text_is_inert(browser: Browser, log: Log) -> None:
    """Markup in a vendor's document is shown, and does nothing."""
    page = opened(browser, log)
    assert page.title() != "owned"
    assert page.locator("img[src=x]").count() == 0


@pytest.mark.parametrize("width", [390, 1280])
def test_no_width_scrolls_sideways(browser: Browser, log: Log, width: int) -> None:
    """A phone and a desk show every row without a horizontal scroll bar."""
    page = opened(browser, log, width)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
