"""The HTML report by its structure: anchors, links, words."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest

from gateprobe import __version__
from gateprobe.formats.html import render_html, write_html
from gateprobe.formats.html.exchanges import scenario_run_views
from gateprobe.formats.html.pictures import Gallery
from gateprobe.gateway import Document
from gateprobe.model import Cause, Json, Observed, Place, Source
from gateprobe.record.file import Run, load
from gateprobe.request import Auth, Request
from tests.support.evidence.evidence_builders import evidence, exchange
from tests.support.parsed_page import Parsed
from tests.support.runs import ACME, OPENAI, RECORDS, a_picture, a_record, write_run

pytestmark = pytest.mark.slow


def test_every_cell_has_its_anchor_once(run: Run) -> None:
    """`#gateway/capability` exists once for every cell, and ids are unique."""
    ids = Counter(Parsed(render_html(run)).all("id"))
    assert ids["acme/images.generate.n"] == ids["openai/stream.order"] == 1
    assert max(ids.values()) == 1


def test_every_link_of_the_page_leads_somewhere(run_folder: Path) -> None:
    """Each link is to an anchor of the page or to a file of the run's folder; none leaves it."""
    page = Parsed(write_html(run_folder).read_text("utf-8"))
    ids = set(page.all("id"))
    lost = [
        link
        for link in page.all("href")
        if not (unquote(link[1:]) in ids if link.startswith("#") else (run_folder / link).is_file())
    ]
    assert lost == []


def test_every_picture_is_a_file_of_its_own(run_folder: Path) -> None:
    """No picture is inlined, each has words, and each file is there."""
    text = write_html(run_folder).read_text("utf-8")
    pictures = [attributes for tag, attributes in Parsed(text).tags if tag == "img"]
    assert "data:image" not in text
    assert [picture for picture in pictures if not (run_folder / picture["src"]).is_file() or not picture["alt"]] == []
    assert {picture["alt"] for picture in pictures} == {
        "partial 0, png 64x48",
        "final, png 64x48",
        "sent as image, png 64x48",
        "what changed, 100% of the pixels",
    }


def test_embedded_references_are_named_first(run: Run) -> None:
    """The first words after the way to skip them say that no vendor was called."""
    words = Parsed(render_html(run)).text
    body = words[words.index("Skip to the matrix") :]
    assert body.startswith("Skip to the matrix Embedded references. gateprobe serves these gateways on this machine")


def test_real_gateways_carry_no_such_notice(tmp_path: Path) -> None:
    """A run against real addresses does not say that it was embedded, and its commands go to the vendor."""
    text = render_html(load(write_run(tmp_path / "run", embedded=False)))
    assert "Embedded references" not in text
    assert "https://acme.example/v1/models" in text


def test_a_finding_shows_claim_and_observation(run: Run) -> None:
    """A finding quotes its claim with source and date, and says what was expected and what was seen."""
    text = Parsed(render_html(run)).text
    for words in (
        "Ask for as many as you like. The guide, 2026-05",
        "ExpectedAs many pictures come as were asked for, up to the documented most.",
        "1 of 2 broken",
        "asked for 2 pictures, received 1",
        "Not run in this tier; --tier nightly runs it.",
    ):
        assert words in text


def test_a_paraphrase_is_never_shown_as_a_quotation(tmp_path: Path) -> None:
    """What a document shows without saying it is told in our words, of a vendor and of OpenAI, without quote marks."""
    gateways = tuple(
        replace(item, documents={key: replace(value, paraphrased=True) for key, value in item.documents.items()})
        for item in (OPENAI, ACME)
    )
    page = render_html(load(write_run(tmp_path / "run", gateways=gateways)))
    assert "<q" not in page
    assert "<blockquote" not in page
    text = Parsed(page).text
    assert "in our words: An invalid key is refused." in text
    assert "In our words: Ask for as many as you like. The guide, 2026-05" in text


def test_each_item_links_its_own_proof_the_worst_first(tmp_path: Path) -> None:
    """Of several items, the contradicted one comes first and links the exchange that contradicts it."""
    records = (
        a_record(ACME, "images.generate.n", Observed.HONOURED, "1 picture", value=1, evidence=("edit",)),
        a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2", value=2, evidence=("bogus_key",)),
    )
    page = render_html(load(write_run(tmp_path / "run", records, (ACME,))))
    cell = page[page.index('id="acme/images.generate.n"') :].split("</details>")[0]
    assert re.findall(r'href="#acme/exchange/(\w+)"', cell) == ["bogus_key", "edit"]


def test_a_stream_that_breaks_the_rule_is_linked_before_those_that_keep_it(tmp_path: Path) -> None:
    """Of many exchanges that one item was judged on, those that break its rule stand first."""
    names = ("bogus_key", "edit", "list_models", "none", "stream_image")
    record = a_record(ACME, "stream.image_lifecycle", Observed.MALFORMED, "a gap", evidence=names)
    page = render_html(load(write_run(tmp_path / "run", (record,), (ACME,))))
    cell = page[page.index('id="acme/stream.image_lifecycle"') :].split("</details>")[0]
    assert re.findall(r'href="#acme/exchange/(\w+)"', cell)[0] == "stream_image"


def test_what_nobody_can_see_links_no_exchange(tmp_path: Path) -> None:
    """An unobservable item was judged on nothing, so it names no exchange, and no exchange names it."""
    record = a_record(
        ACME,
        "images.generate.failure_not_billed",
        Observed.UNOBSERVED,
        "not from outside",
        cause=Cause.UNOBSERVABLE,
        evidence=("edit",),
    )
    page = render_html(load(write_run(tmp_path / "run", (record,), (ACME,))))
    cell = page[page.index('id="acme/images.generate.failure_not_billed"') :].split("</details>")[0]
    assert "/exchange/" not in cell
    assert "Judged for" not in page


def test_every_attempt_is_shown(run: Run) -> None:
    """A 503 followed by a 200 shows both."""
    text = Parsed(render_html(run)).text
    assert "503 HTTP/1.1 · sent 2026-11-21T09:40:00Z · headers at 12 ms" in text
    assert "POST /images/edits → 200 in 105 ms, attempt 2 of 2" in text


def test_a_picture_behind_a_link_is_shown() -> None:
    """What a link led to is shown as a picture, and not as the text of its bytes."""
    link = Request("GET", "https://files.example/a.png", auth=Auth.NONE)
    captured = {"linked": evidence(exchange(link, a_picture("red"), content_type="image/png"))}
    ((step,),) = (shown.steps for shown in scenario_run_views(ACME, captured, Gallery()))
    assert ([picture.label for picture in step.finals], step.excerpt) == (["behind the link, png 64x48"], "")


def test_a_body_that_a_browser_would_run_is_no_link(run: Run) -> None:
    """An HTML body is named by its path and cannot be clicked; a JSON body can."""
    bodies = [link for link in Parsed(render_html(run)).all("href") if link.startswith("evidence/")]
    starts = {(run.folder / link).read_bytes()[:1] for link in bodies}
    assert starts == {b"{", b"e"}


def test_missing_evidence_is_said_and_not_hidden(tmp_path: Path) -> None:
    """A run whose bodies are gone is still drawn, and says which cannot be shown."""
    folder = write_run(tmp_path / "run")
    for body in (folder / "evidence" / "bodies").iterdir():
        if body.read_bytes().startswith(b'{"object":"list"'):
            body.unlink()
    assert "The body cannot be shown" in render_html(load(folder))


def test_the_version_that_judged_is_told_from_the_one_that_draws(tmp_path: Path) -> None:
    """An old run says which version judged it, and which drew it."""
    run = load(write_run(tmp_path / "run"))
    old = replace(run, header=replace(run.header, version="0.0.1"))
    assert f"judged by gateprobe 0.0.1, rendered by {__version__}" in Parsed(render_html(old)).text


def test_a_run_that_died_says_so(tmp_path: Path) -> None:
    """Without a footer the headline says that the run ended early."""
    text = Parsed(render_html(load(write_run(tmp_path / "run", footer=None)))).text
    assert "The audit ended early" in text


def test_the_step_that_decided_is_told_and_linked(tmp_path: Path) -> None:
    """A finding about one step of several leads to that step, and not to the scenario's last."""
    record = replace(
        a_record(ACME, "models.list", Observed.IGNORED, "open to all", evidence=("bogus_key",)),
        place=Place("bogus_key", 0),
    )
    page = render_html(load(write_run(tmp_path / "run", (record,), (ACME,))))
    cell = page[page.index('id="acme/models.list"') :].split("</details>")[0]
    assert 'href="#acme/exchange/bogus_key/1"' in cell
    assert "GET /models → 401 in 105 ms (step 1 of 2)" in cell
    assert 'id="acme/exchange/bogus_key/1"' in page


def test_the_exchange_that_decided_is_linked_first(tmp_path: Path) -> None:
    """Of more exchanges than are linked, the one that decided comes first, and its step is no other scenario's."""
    names = ("bogus_key", "edit", "list_models", "none", "stream_image")
    record = replace(
        a_record(ACME, "models.list", Observed.IGNORED, "open to all", evidence=names), place=Place("stream_image", 0)
    )
    page = render_html(load(write_run(tmp_path / "run", (record,), (ACME,))))
    cell = page[page.index('id="acme/models.list"') :].split("</details>")[0]
    assert re.findall(r'href="#acme/exchange/([^"]+)"', cell) == ["stream_image", "bogus_key", "edit", "list_models"]


def test_what_is_as_documented_is_no_fault(tmp_path: Path) -> None:
    """A refusal has its kind of fault where it was promised not to be, and none where the document declines."""
    records = tuple(
        replace(a_record(ACME, name, Observed.REFUSED, "HTTP 400"), fault_kind="option.refused")
        for name in ("images.generate.n", "responses.previous_response_id")
    )
    page = render_html(load(write_run(tmp_path / "run", records, (ACME,))))
    cells = [page[page.index(f'id="acme/{record.capability}"') :].split("</details>")[0] for record in records]
    assert ["Fault kind" in cell for cell in cells] == [True, False]


def test_a_contradicted_cell_of_openai_bears_its_own_proof(tmp_path: Path) -> None:
    """Where OpenAI itself breaks a claim, its cell shows the sentence, the document and the date."""
    record = a_record(OPENAI, "models.list", Observed.IGNORED, "nothing is listed", evidence=("list_models",))
    page = render_html(load(write_run(tmp_path / "run", (record,), (OPENAI,))))
    cell = page[page.index('id="openai/models.list"') :].split("</details>")[0]
    assert "Lists the models.</blockquote>" in cell
    assert "The guide, 2026-05" in cell


def test_documented_rows_are_a_table(tmp_path: Path) -> None:
    """Values that are rows of a document are drawn as rows, and never as a program writes them."""
    rows: tuple[Json, ...] = (
        {"quality": "low", "size": "1024x1024", "usd": 0.006},
        {"quality": "high", "size": "1024x1024", "usd": 0.211},
    )
    claim = replace(ACME.claims["models.list"], capability="usage.price", values=rows)
    gateway = replace(ACME, claims={**ACME.claims, "usage.price": claim})
    page = render_html(load(write_run(tmp_path / "run", (RECORDS[5],), (gateway,))))
    cell = page[page.index('id="acme/usage.price"') :].split("</details>")[0]
    assert "<tr><td>low</td><td>1024x1024</td><td>0.006</td></tr>" in cell
    assert "&#39;quality&#39;" not in page


def test_a_reference_is_never_said_to_be_at_its_documented_address(run: Run) -> None:
    """What was played on loopback says so beside the address of its document."""
    text = Parsed(render_html(run)).text
    assert "served by gateprobe on loopback; no vendor was called. Documented address: https://acme.example/v1" in text


def test_an_english_sentence_of_openai_comes_before_a_translation(tmp_path: Path) -> None:
    """Of several sentences of OpenAI's documents, a row shows one that its English reader can check."""
    claim = OPENAI.claims["models.list"]
    foreign = Source("zh", "Die Anleitung", "2026-05", "Listet die Modelle.")
    documents = {**OPENAI.documents, "zh": Document("Die Anleitung", "2026-05", "de")}
    claims = {**OPENAI.claims, "models.list": replace(claim, sources=(foreign, *claim.sources))}
    gateways = (replace(OPENAI, documents=documents, claims=claims), ACME)
    page = render_html(load(write_run(tmp_path / "run", gateways=gateways)))
    row = page[page.index('id="models.list"') :].split("<details")[0]
    assert "Lists the models." in row
    assert "Listet" not in row


def test_where_no_way_was_seen_to_draw_the_command_that_asks_is_given(run: Run) -> None:
    """Who finds no way is told how many were not asked, and what asks them."""
    text = Parsed(render_html(run)).text
    assert "3 of 4 ways were not tested; gateprobe audit --embedded --tier nightly acme tests them." in text


def _order(text: str, pattern: str) -> list[str]:
    return re.findall(pattern, text)


def test_gateways_stand_in_one_order_under_one_name(tmp_path: Path) -> None:
    """Cards, matrix, advice and findings name the gateways alike and in one order: what needs a reader first."""
    broken = a_record(ACME, "images.generate.n", Observed.IGNORED, "1 came")
    record = a_record(OPENAI, "images.generate.n", Observed.HONOURED, "2 came")
    text = render_html(load(write_run(tmp_path / "run", (record, broken), (OPENAI, ACME))))
    cards = _order(text, r'<article class="card [a-z]+" id="([a-z]+)"')
    assert cards == ["acme", "openai"]
    assert _order(text, r'columnheader"><a href="#([a-z]+)"') == cards
    assert _order(text, r'<article class="use" id="use/([a-z]+)"') == cards
    assert _order(text, r'class="body" id="([a-z]+)/images.generate.n"') == cards


def test_what_one_cause_breaks_and_hides_is_linked(tmp_path: Path) -> None:
    """The list of causes links the finding that names it, the others it breaks and each that is unseen behind it."""
    stream = "responses.image.stream"
    records = (
        a_record(ACME, stream, Observed.MALFORMED, "HTTP 400: 'no streams'", fault_kind="stream.absent"),
        a_record(ACME, "models.list", Observed.MALFORMED, "HTTP 400: 'no streams'", fault_kind="stream.absent"),
        a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "so", cause=Cause.PREREQUISITE, caused_by=stream),
    )
    text = render_html(load(write_run(tmp_path / "run", records)))
    causes = text[text.index('<section id="causes"') : text.index('<section id="matrix"')]
    assert _order(causes, r'href="#acme/([a-z._]+)"') == [
        "responses.image.stream",
        "models.list",
        "images.generate.n",
    ]
    assert 'href="#causes/acme"' in text


def test_what_is_counted_can_be_opened(run: Run) -> None:
    """Further headers are there to be opened, and a stream's exchange says how its stored bytes are judged."""
    text = render_html(run)
    page = Parsed(text)
    assert "and 1 header more" in page.text
    stored = re.search(r"gateprobe check (evidence/bodies/[0-9a-f]{64}) --kind responses-stream", page.text)
    assert stored is not None
    assert (run.folder / stored.group(1)).is_file()
    assert "| gateprobe check - --kind responses-stream" in page.text


def test_unlike_openai_beside_unproven_says_how_many(tmp_path: Path) -> None:
    """Of a cell with several values, some unlike OpenAI and some unseen, the share is told and no bare sign."""
    records = (
        a_record(OPENAI, "images.generate.n", Observed.IGNORED, "1 came", value=2),
        a_record(OPENAI, "images.generate.n", Observed.UNOBSERVED, "no answer came", value=3, cause=Cause.TIMEOUT),
    )
    text = Parsed(render_html(load(write_run(tmp_path / "run", records, (OPENAI,))))).text
    assert "≠ 1 of 2 unlike OpenAI" in text


def test_a_sentence_in_another_language_is_shown_after_our_english(tmp_path: Path) -> None:
    """A quote in Chinese is marked as Chinese, stands after our English of it, and its document is named."""
    broken = a_record(ACME, "images.generate.n", Observed.IGNORED, "asked for 2 pictures, received 1")
    folder = write_run(tmp_path / "run", (broken,))
    for name in ("acme", "openai"):
        file = folder / "gateways" / f"{name}.toml"
        text = file.read_text("utf-8").replace('language = "en"', 'language = "zh"')
        text = re.sub(r'quote = "(Ask for|Between 1).*"', 'quote = "最多 10 张"\nenglish = "At most 10."', text)
        file.write_text(text, "utf-8")
    text = render_html(load(folder))
    assert (
        'In our English: <span lang="en">At most 10.</span></p>\n<blockquote lang="zh">最多 10 张</blockquote>' in text
    )
    assert (
        'in our English: <span lang="en">At most 10.</span> <q lang="zh">最多 10 张</q>'
        ' <span class="cite">The guide, 2026-05</span>' in text
    )
    assert "The guide, 2026-05</span>, in Chinese" in text


def test_what_hid_an_answer_is_told_once_with_all_it_hid(tmp_path: Path) -> None:
    """Near the top, each thing that was in the way is told once, with the capabilities that it hid, linked."""
    down = "5 requests in a row failed: the gateway is considered down for 30 s"
    hidden = [
        a_record(ACME, name, Observed.UNOBSERVED, down, cause=Cause.UPSTREAM)
        for name in ("models.list", "images.generate.n")
    ]
    text = render_html(load(write_run(tmp_path / "run", tuple(hidden), embedded=False)))
    section = text[text.index('<section id="unobserved"') : text.index('<section id="matrix"')]
    assert section.count(down) == 1
    assert "2 probes of 2 capabilities" in section
    assert _order(section, r'href="#acme/([a-z._]+)"') == ["models.list", "images.generate.n"]
    assert '<a href="#unobserved">' in text
