"""The pages in a real browser: widths, schemes, keyboard, no script, print, accessibility.

One module, because one browser and one set of written pages serve all of its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it ships no types
from playwright.sync_api import Browser, Page, sync_playwright

from gateprobe.formats.html import write_html
from gateprobe.formats.html.compare import write_compare
from gateprobe.formats.html.diff import write_diff
from gateprobe.formats.html.engine import render_page
from gateprobe.formats.html.exchanges import scenario_run_views
from gateprobe.formats.html.history import write_history
from gateprobe.formats.html.nights import write_nights
from gateprobe.formats.html.page import alone, build_page
from gateprobe.formats.html.pictures import Gallery
from gateprobe.formats.nights.night_file import write_night
from gateprobe.gateway.catalogue import catalogue, parse
from gateprobe.model import Observed
from gateprobe.record.file import load
from gateprobe.store import folder as store
from gateprobe.views.changes import diff
from gateprobe.views.matrix import build_matrix, read_gateways
from gateprobe.views.nights.night_comparison import FailOn, compare
from tests.support.hostile.hostile_texts import write_hostile
from tests.support.runs import ACME, HOSTILE, OPENAI, RECORDS, a_record, write_run

CHROMIUM: Final = Path("/usr/bin/chromium")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed")]

WIDTHS: Final = (390, 768, 1280, 1920)
SCHEMES: Final = ("light", "dark")
KINDS: Final = ("report", "diff", "compare", "history", "nights")
HOSTILE_KINDS: Final = tuple(f"hostile {kind}" for kind in KINDS)
LIGHT: Final = ("small report", *KINDS[1:])  # axe takes half a minute for the whole catalogue
LOOKS: Final = tuple((width, scheme) for width in WIDTHS for scheme in SCHEMES)

BY_WIDTH: Final = ("scrollable-region-focusable", "target-size")
BY_SCHEME: Final = ("color-contrast", "link-in-text-block")
"""The rules of axe-core whose answer depends on the width or the scheme; the others look at the document alone."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start one browser for all tests."""
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        yield started
        started.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Write each kind of page from runs that hold a hostile finding beside plain ones; give the addresses."""
    reports = tmp_path_factory.mktemp("browser")
    hostile = a_record(ACME, "images.edit", Observed.HONOURED, HOSTILE)
    broken = a_record(ACME, "models.list", Observed.IGNORED, HOSTILE)
    old = write_run(reports / "old", (*RECORDS, hostile), (OPENAI, ACME))
    new = write_run(reports / "new", (*RECORDS[:5], broken), (OPENAI, ACME))
    write_night(compare([load(old)], load(new)), FailOn.INCOMPLETE)
    gallery = Gallery()
    known = parse((Path(__file__).parents[2] / "support" / "catalogue.toml").read_text("utf-8"))
    matrix = build_matrix(load(old), read_gateways(load(old)), known)
    scenario_runs = {
        name: scenario_run_views(gateway, store.read(old, name), gallery)
        for name, gateway in read_gateways(load(old)).items()
    }
    small = old / "small.html"
    small.write_text(render_page(build_page(alone(matrix, "acme"), scenario_runs)), "utf-8")
    paths = {"small report": small, **_written(old, new)}
    strange = tmp_path_factory.mktemp("hostile")
    nights = [write_hostile(strange / "old", Observed.HONOURED), write_hostile(strange / "new")]
    write_night(compare([load(nights[0])], load(nights[1])), FailOn.INCOMPLETE)
    paths |= {f"hostile {kind}": path for kind, path in _written(*nights).items()}
    return {name: path.as_uri() for name, path in paths.items()}


def _written(old: Path, new: Path) -> dict[str, Path]:
    """Write each kind of page of two nights."""
    return {
        "report": write_html(old),
        "diff": write_diff(diff(load(old), load(new))),
        "compare": write_compare([load(old), load(new)], old.parent / "compare.html"),
        "history": write_history(old.parent),
        "nights": write_nights(old.parent),
    }


@pytest.fixture(scope="module")
def address(pages: dict[str, str]) -> str:
    """Return the address of the report."""
    return pages["report"]


def _logged(page: Page) -> list[str]:
    """Collect whatever the page says on the console or throws."""
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    page.on("pageerror", lambda error: logged.append(str(error)))
    page.on("dialog", lambda dialog: logged.append(dialog.message))
    return logged


def _visible_rows(page: Page) -> int:
    return page.locator(".matrix tr.row:visible").count()


def _open(browser: Browser, address: str) -> tuple[Page, list[str]]:
    """Open a page with every part of it opened; give it with what it says on the console."""
    page = browser.new_page()
    text = _logged(page)
    page.goto(f"{address}?show=j")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    return page, text


def _look(page: Page, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # a literal


@pytest.mark.parametrize("kind", [*KINDS, *HOSTILE_KINDS])
def test_the_page_is_quiet_and_fits(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Hostile or not, at every width, light and dark, every part open: no message, no dialog, no overflow."""
    page, logged = _open(browser, pages[kind])
    widest = {}
    for width, scheme in LOOKS:
        _look(page, width, scheme)
        widest[width, scheme] = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert (logged, widest) == ([], {(width, scheme): width for width, scheme in LOOKS})


@pytest.mark.parametrize("kind", LIGHT)
def test_axe_finds_nothing(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Every part open, axe-core reports nothing: all rules on a phone, those of width and colour in each."""
    page, _ = _open(browser, pages[kind])
    _look(page, 390, "light")
    whole = Axe().run(page)  # which brings axe-core into the page, too
    reports = [whole.generate_report()] if whole.violations_count else []
    for width, scheme in LOOKS:
        _look(page, width, scheme)
        rules = [*BY_WIDTH * (scheme == "light"), *BY_SCHEME * ((width, scheme) in ((390, "dark"), (1280, "dark")))]
        reports += (
            page.evaluate(
                "rules => axe.run({ runOnly: rules, resultTypes: ['violations'] }).then(({ violations }) => "
                "violations.map(({ id, nodes }) => `${innerWidth} ${id}: ${nodes[0].html.slice(0, 200)}`))",
                rules,
            )
            if rules
            else []
        )
    page.close()
    assert reports == []


def test_everything_shown_fits_too(browser: Browser, address: str) -> None:
    """The report with every row shown is no wider than a phone."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(f"{address}?show=all")
    widest = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert widest == 390


def test_it_starts_with_what_needs_attention(browser: Browser, address: str) -> None:
    """The first view holds only the contradicted and the unobserved; the address is left alone."""
    page = browser.new_page()
    page.goto(address)
    names = page.locator(".matrix tr.row:visible th a").all_inner_texts()
    url = page.url
    page.close()
    assert (names, url) == (["responses.image.stream", "images.generate.n"], address)


def test_a_filter_survives_a_reload(browser: Browser, address: str) -> None:
    """A chosen filter and a search stand in the address and come back with it."""
    page = browser.new_page()
    page.goto(address)
    page.get_by_label("Unlike OpenAI").check()
    page.get_by_role("searchbox").fill("invented key")
    page.reload()
    state = page.url.partition("?")[2], _visible_rows(page), page.locator("#shown").inner_text()
    page.close()
    assert state == ("show=d&find=invented+key", 1, f"1 of {len(catalogue().ids)} capabilities are shown.")


def test_an_anchor_opens_its_finding(browser: Browser, address: str) -> None:
    """`#gateway/capability` opens the finding it names, whatever the filter, and gives it the focus."""
    page = browser.new_page()
    page.goto(f"{address}?show=n#acme/models.list")
    body = page.locator("[id='acme/models.list']")
    state = (
        body.is_visible(),
        page.evaluate("document.activeElement.id"),
        body.evaluate("one => one.parentElement.open"),
    )
    page.close()
    assert state == (True, "acme/models.list", True)


def test_everything_is_there_without_javascript(browser: Browser, address: str) -> None:
    """Without JavaScript every row shows, the filters still narrow, and an anchor still opens its finding."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}#acme/images.generate.n")
    every = _visible_rows(page)
    opened = page.locator("[id='acme/images.generate.n']").is_visible()
    page.get_by_label("Needs attention").check()
    narrowed = _visible_rows(page)
    context.close()
    assert (every, opened, narrowed) == (len(catalogue().ids), True, 2)


def test_the_keyboard_reaches_everything(browser: Browser, address: str) -> None:
    """Tab alone reaches the skip link, the filters, the search, each shown cell and each shown finding."""
    page = browser.new_page()
    page.goto(address)
    reached: list[str] = []
    wanted = page.locator(
        "a.skip, input:checked, #find, .legend summary, .matrix tr.row:visible a, .finding:visible > details > summary"
    ).count()
    while len({item for item in reached if item}) < wanted and len(reached) < 120:
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "(() => { const one = document.activeElement; "
                "return one.matches('a.skip, input:checked, #find, .legend summary, .matrix a, "
                ".finding > details > summary') && !one.closest('thead') ? one.outerHTML : '' })()"
            )
        )
    page.close()
    assert len({item for item in reached if item}) == wanted


def test_enter_opens_a_finding(browser: Browser, address: str) -> None:
    """A cell followed with the Enter key leads to its finding, opened."""
    page = browser.new_page()
    page.goto(address)
    page.locator("td.contradicted a").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.closest('details')?.open")
    shown = page.locator("[id='acme/images.generate.n']").is_visible()
    page.close()
    assert shown


def test_pictures_are_shown(browser: Browser, address: str) -> None:
    """The thumbnails load from their own files: the security policy lets them in, and nothing else."""
    page = browser.new_page()
    page.goto(f"{address}#acme/exchange/stream_image")
    image = page.locator("[id='acme/exchange/stream_image'] img").first
    image.scroll_into_view_if_needed()
    page.wait_for_function("one => one.complete", arg=image.element_handle())
    width = image.evaluate("one => one.naturalWidth")
    page.close()
    assert width == 64


def test_nothing_is_fetched_from_elsewhere(browser: Browser, address: str) -> None:
    """The page asks for its own folder's files and nothing else."""
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}?show=all")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.close()
    folder = address.rpartition("/")[0]
    assert [url for url in asked if not url.startswith(folder)] == []


def test_it_prints(browser: Browser, address: str) -> None:
    """Printed, the page shows no control that paper cannot use, and still holds its matrix."""
    page = browser.new_page()
    page.goto(f"{address}?show=j")
    page.emulate_media(media="print")
    state = page.locator(".filters").is_visible(), page.locator(".matrix").is_visible(), len(page.pdf()) > 10_000
    page.close()
    assert state == (False, True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_it_becomes_a_pdf(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Every kind of page can be printed to a file."""
    page = browser.new_page()
    page.goto(pages[kind])
    made = page.pdf()
    page.close()
    assert (made[:5], len(made) > 10_000) == (b"%PDF-", True)


@pytest.mark.parametrize("kind", ["compare", "diff", "history", "nights"])
def test_tab_alone_reaches_all_that_can_be_used(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Each link, filter, field, fold and scrolling region that is visible is a stop of the Tab key."""
    page = browser.new_page()
    page.goto(pages[kind])
    stops = page.locator(
        "a[href]:visible, button:visible, summary:visible, select:visible, [tabindex='0']:visible, "
        "input[type=checkbox]:visible, input[type=search]:visible, input[type=radio]:checked"
    ).count()
    reached = 0
    for _ in range(stops + 1):
        page.keyboard.press("Tab")
        reached += page.evaluate("!document.activeElement.dataset.reached && document.activeElement !== document.body")
        page.evaluate("document.activeElement.dataset.reached = 1")
    page.close()
    assert (reached, stops > 3) == (stops, True)


@pytest.mark.parametrize("kind", KINDS)
def test_the_switch_changes_the_language(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """The switch is reached with the keyboard, makes the page Chinese, fits, is quiet, and is remembered."""
    context = browser.new_context(viewport={"width": 390, "height": 900})
    page = context.new_page()
    logged = _logged(page)
    page.goto(f"{pages[kind]}?show=all")
    english = page.locator("h1").inner_text()
    page.locator("#language").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.documentElement.lang === 'zh'")
    page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    widths = []
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        widths.append(page.evaluate("document.documentElement.scrollWidth"))
    chinese = page.locator("h1").inner_text()
    page.reload()
    page.wait_for_function("document.documentElement.lang === 'zh'")
    remembered = page.locator("h1").inner_text()
    page.locator("#language").click()
    page.wait_for_function("document.documentElement.lang === 'en'")
    back = page.locator("h1").inner_text()
    context.close()
    assert (widths, logged, remembered, back) == ([390, 1280], [], chinese, english)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert not re.search(r"[\u4e00-\u9fff]", english)


@pytest.mark.parametrize("kind", ["compare", "diff", "history", "nights"])
def test_without_javascript_nothing_is_missing(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Without JavaScript every row, link and word of the page is there, and no control that would do nothing."""
    counts = {}
    for script in (True, False):
        context = browser.new_context(java_script_enabled=script)
        page = context.new_page()
        page.goto(f"{pages[kind]}?show=all")
        counts[script] = page.locator("main tr:visible").count(), page.locator("main a:visible").count()
        inert = page.locator("#order:visible, #find:visible, input[name=need]:visible").count()
        context.close()
    assert (counts[False], inert) == (counts[True], 0)


def test_an_order_and_needs_survive_a_reload(browser: Browser, pages: dict[str, str]) -> None:
    """The rule of the columns, what is needed and the filter stand in the address; columns and rows follow them."""
    page = browser.new_page()
    page.goto(pages["compare"])
    first = page.locator(".grid thead th").nth(1).inner_text()
    page.get_by_label("Everything").check()
    page.get_by_label("auth.bogus_key_refused").check()
    page.locator("#order").select_option("promise")
    page.reload()
    heads = page.locator(".grid thead th").all_inner_texts()[1:]
    gateways = page.locator(".short tbody th").all_inner_texts()
    query = page.url.partition("?")[2]
    page.close()
    assert query == "show=all&order=promise&need=auth.bogus_key_refused"
    assert first.startswith("openai")
    assert [head.partition(",")[0] for head in heads] == ["openai", "openai", "acme", "acme"]
    assert [gateway.partition(",")[0] for gateway in gateways] == ["openai", "openai", "acme", "acme"]
    assert "0 of 1 needed capabilities work" in gateways[-1]


@pytest.mark.parametrize(
    ("kind", "anchor"),
    [
        ("report", "acme/models.list"),
        ("compare", "row/images.generate.n"),
        ("diff", "models_list@acme"),
        ("history", "acme"),
        ("nights", "nights"),
    ],
)
def test_an_anchor_survives_a_reload(browser: Browser, pages: dict[str, str], kind: str, anchor: str) -> None:
    """What an address names is in the window, and is so again after a reload."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{pages[kind]}#{anchor}")
    seen = []
    for _ in range(2):
        place = page.locator(f"[id='{anchor}']").bounding_box()
        seen.append(place is not None and -1 <= place["y"] < 900)
        page.reload()
    page.close()
    assert seen == [True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_paper_is_wide_enough(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """Printed on A4, nothing is cut off at the right."""
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.emulate_media(media="print")
    page.goto(f"{pages[kind]}?show=j")
    widest = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    assert widest == 700


def test_many_gateways_scroll_inside_their_own_frame(browser: Browser, tmp_path: Path) -> None:
    """With nine gateways the matrix scrolls by itself, and the page does not."""
    many = (OPENAI, *(replace(ACME, name=f"acme-{number}") for number in range(8)))
    records = tuple(a_record(item, "models.list", Observed.HONOURED, "2 models are listed") for item in many)
    address = write_html(write_run(tmp_path / "run", records, many)).as_uri()
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}?show=j")
    widest = page.evaluate("document.documentElement.scrollWidth")
    inside = page.evaluate("(one => one.scrollWidth > one.clientWidth)(document.querySelector('.scroll'))")
    page.close()
    assert (widest, inside) == (1280, True)


@pytest.mark.parametrize("width", [768, 1280, 1920])
def test_cards_are_alike(browser: Browser, tmp_path: Path, width: int) -> None:
    """Whatever a gateway breaks, cards of one line are equally high, and their bars stand on one line."""
    many = (OPENAI, *(replace(ACME, name=f"acme-{number}") for number in range(4)))
    broken = [
        a_record(many[1], name, Observed.IGNORED, f"{name} is not done") for name in ("models.list", "images.edit")
    ]
    records = [a_record(item, "models.list", Observed.HONOURED, "2 models are listed") for item in (many[0], *many[2:])]
    address = write_html(write_run(tmp_path / "run", (*records, *broken), many)).as_uri()
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    lines = page.evaluate(
        """[...document.querySelectorAll(".card")].map(card => [card, card.querySelector(".bar")].map(one => {
            const at = one.getBoundingClientRect(); return [at.top, at.height].map(Math.round).join()}))"""
    )
    page.close()
    tops = {card.split(",")[0] for card, _ in lines}
    assert len(lines) == 5
    assert len({card for card, _ in lines}) == len({bar for _, bar in lines}) == len(tops)


@pytest.mark.parametrize("kind", ["report", "hostile report"])
def test_nothing_leaves_its_cell(browser: Browser, pages: dict[str, str], kind: str) -> None:
    """At every width, what a cell of the matrix says stays within the cell."""
    page = browser.new_page()
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(f"{pages[kind]}?show=all")
        beyond = page.evaluate(
            """[...document.querySelectorAll(".matrix td")].filter(cell => cell.scrollWidth > cell.clientWidth)
                .map(cell => cell.textContent)"""
        )
        assert beyond == []
    page.close()


def test_the_first_column_stays_on_a_phone(browser: Browser, pages: dict[str, str]) -> None:
    """At 390 px the table of numbers scrolls sideways under the names of the gateways, and says so."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(pages["compare"])
    before, after = page.evaluate(
        """(() => { const side = document.querySelector(".side"), name = side.querySelector("tbody th");
            const at = () => Math.round(name.getBoundingClientRect().left), first = at();
            side.scrollLeft = 300; return [first, at()]; })()"""
    )
    hint = page.locator(".sideways").first.is_visible()
    page.close()
    assert (before, hint) == (after, True)


def test_paper_holds_many_gateways(browser: Browser, tmp_path: Path) -> None:
    """Printed, a matrix of ten gateways fits its sheet as signs under names, and a capability stands on few lines."""
    many = (OPENAI, *(replace(ACME, name=f"acme-{number}") for number in range(9)))
    records = tuple(a_record(item, "models.list", Observed.HONOURED, "2 models are listed") for item in many)
    address = write_html(write_run(tmp_path / "run", records, many)).as_uri()
    page = browser.new_page(viewport={"width": 690, "height": 900})
    page.emulate_media(media="print")
    page.goto(f"{address}?show=j")
    widest = page.evaluate("document.documentElement.scrollWidth")
    tallest = page.evaluate("document.querySelector('.matrix tr.row.j').getBoundingClientRect().height")
    legend = page.locator("p.paper").is_visible()
    page.close()
    assert (widest, legend) == (690, True)
    assert tallest < 60
