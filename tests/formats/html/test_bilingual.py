"""A page in both languages: the table turns its texts into those of the other language, and nothing else."""

from __future__ import annotations

import html
import json
import re
import zlib
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes
from markupsafe import Markup, escape

from docs.tools.catalogue import translations
from gateprobe.formats.html import render_html
from gateprobe.formats.html.bilingual import bilingual, checksum, say
from gateprobe.formats.html.compare import measures_of, render_compare
from gateprobe.formats.html.diff import render_diff
from gateprobe.formats.html.engine import _breakable, inert
from gateprobe.formats.html.history import render_history
from gateprobe.language import LANGUAGES, choose, translated
from gateprobe.message import sentence
from gateprobe.record.file import load
from gateprobe.views.changes import diff
from gateprobe.views.comparison import compare
from gateprobe.views.nights.history import history
from gateprobe.views.nights.history_db import opened
from tests.support.runs import ACME, OPENAI, RECORDS, write_run

TEMPLATES: Final = Path(__file__).parents[3] / "gateprobe/formats/html/templates"
KINDS: Final = ("report", "diff", "compare", "history")
WORDS: Final = {"gateprobe", "must", "should", "info", "ms", "n", "nbsp"}
"""Words that are the same in both languages."""

_TAGS: Final = re.compile(r"<(style|script|template)\b.*?</\1>|<[^>]*>", re.DOTALL)
_GLYPH: Final = re.compile(r"^[?] ")
_WESTERN: Final = re.compile(r"[\u3400-\u9fff]\s*[,;:!?](?![-\w])|[\u3400-\u9fff]\.(?:\s|$)|[,;!?]\s*[\u3400-\u9fff]")


Pages = dict[tuple[str, str], str]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Render each kind of page over two nights in each language."""
    folder = tmp_path_factory.mktemp("both")
    gateways = (OPENAI, ACME)
    old = load(write_run(folder / "old", RECORDS, gateways))
    new = load(write_run(folder / "new", RECORDS[:5], gateways))
    measured = [(run, measures_of(run)) for run in (old, new)]
    with opened(folder) as database:
        past = history(database.night(run.folder) for run in (old, new))
    rendered = {}
    for language in LANGUAGES:
        choose(language)
        rendered["report", language] = render_html(old)
        rendered["diff", language] = render_diff(diff(old, new))
        rendered["compare", language] = render_compare(compare(measured), folder)
        rendered["history", language] = render_history(past)
    choose("en")
    return rendered


def _table(page: str) -> dict[str, str]:
    """Return the table of a page."""
    data = re.search(r'<template id="texts">([^<]*)<', page)
    assert data is not None
    table: dict[str, str] = json.loads(zlib.decompress(b64decode(data[1])))
    return table


def _texts(page: str) -> list[str]:
    """Return what a reader reads, text by text."""
    body = page[page.index("<body>") :]
    return [text for text in (html.unescape(part).strip() for part in _TAGS.sub("\0", body).split("\0")) if text]


def _switched(page: str) -> list[str]:
    """Return the texts of a page after its switch was used, as `language.js` does it."""
    table = _table(page)
    entries = [match.span() for match in re.finditer(r"<span data-t(?:=\"([^\"]*)\")?>([^<]*)</span>", page)]
    switched, end = [], page.index("<body>")
    for start, stop in entries:
        switched += [table.get(checksum(text), text) for text in _texts("<body>" + page[end:start])]
        name, text = re.findall(r"<span data-t(?:=\"([^\"]*)\")?>([^<]*)</span>", page[start:stop])[0]
        switched += [table[name] if name else html.unescape(text).strip()]
        end = stop
    switched += [table.get(checksum(text), text) for text in _texts("<body>" + page[end:])]
    return [text for text in switched if text]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_switch_turns_a_page_into_that_of_the_other_language(pages: Pages, kind: str, language: str) -> None:
    """After the switch, each text is that of the page that is written in the other language."""
    other = next(name for name in LANGUAGES if name != language)
    switch = {"English", "中文"}
    switched = [text for text in _switched(pages[kind, language]) if text not in switch]
    assert switched == [text for text in _texts(pages[kind, other]) if text not in switch]
    assert f'<html lang="{language}">' in pages[kind, language]


@pytest.mark.parametrize("kind", KINDS)
def test_a_chinese_page_has_chinese_punctuation(pages: Pages, kind: str) -> None:
    """Beside a Chinese word, no comma, semicolon, colon or full stop is a Western one."""
    texts = [_GLYPH.sub("", text) for text in _table(pages[kind, "en"]).values()]
    assert [text for text in texts if _WESTERN.search(text)] == []


def test_a_mark_never_reaches_a_page(pages: Pages) -> None:
    """No page holds the mark of a text, in either language."""
    assert [name for name, page in pages.items() if "\ufdd0" in page or r"\ufdd0" in page] == []


@given(
    st.sampled_from(["offered", "Claim", "\ufdd0x.0\ufdd1", "<b>"]) | st.text(st.characters(exclude_categories=["Cs"]))
)
def test_a_strangers_text_stays(text: str) -> None:
    """What a stranger wrote is not translated, also where it reads as one of our texts."""

    @bilingual
    def page() -> str:
        ours = escape(translated("offered"))
        table = '<template id="texts"><!--texts--></template>'
        return f"<html><body><p>{ours}</p><q>{escape(inert(text))}</q>{table}</body></html>"

    shown = inert(text).strip()
    assert [item for item in _switched(page()) if item] == ["提供", *([shown] if shown else [])]


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_markup_in_a_sentence_stays_markup(inner: str, value: str) -> None:
    """A sentence with an element among its values is that sentence, with the element in its place."""
    element = Markup("<code>{}</code>").format(inner)
    assert say("In data: {state}.", state=element) == Markup("In data: {}.").format(element)
    told = say("taken from {variable}; no key is in this report", variable=value)
    assert told == sentence("taken from {variable}; no key is in this report", variable=value)


def test_a_breakable_text_of_ours_is_translated() -> None:
    """An id gets places to break at; a text of the catalogue in its place is translated."""

    @bilingual
    def page() -> str:
        return f"<p>{_breakable(sentence('no event'))}</p><p>{_breakable('a.b')}</p>"

    assert page() == "<p>no event</p><p>a.<wbr>b</p>"


def _calls() -> Iterator[tuple[str, nodes.Call]]:
    for file in sorted(TEMPLATES.glob("*.j2")):
        tree = Environment(autoescape=True).parse(file.read_text("utf-8"))
        yield from ((file.name, call) for call in tree.find_all(nodes.Call) if getattr(call.node, "name", "") == "_")


def test_elements_come_in_the_same_order_in_both_languages() -> None:
    """A sentence with several elements names them in one order, so that each stays where it is."""
    for file, call in _calls():
        text = call.args[0].as_const()
        elements = [
            item.key
            for item in call.kwargs
            if isinstance(item.value, nodes.Call)
            and getattr(item.value.node, "name", "_") not in ("_", "when", "ms", "size")
        ]
        orders = [
            [name for name in re.findall(r"\{(\w+)", told) if name in elements] for told in (text, translations()[text])
        ]
        assert orders[0] == orders[1], (file, text)


def test_no_template_has_words_of_one_language() -> None:
    """Each word of a template is in a text of the catalogue, but for names."""
    for file in sorted(TEMPLATES.glob("*.j2")):
        tree = Environment(autoescape=True).parse(file.read_text("utf-8"))
        data = "".join(
            part.data if isinstance(part, nodes.TemplateData) else "\0"
            for part in tree.find_all((nodes.TemplateData, nodes.Name))
        )
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"<[^>]*>|&\w+;", " ", data)))
        assert words <= WORDS | {"lang", "id"}, (file.name, words)
