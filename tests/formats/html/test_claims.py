"""The page of promises: whole, escaped, and of the report's make."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from types import MappingProxyType
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.html.claims import render_claims
from gateprobe.gateway import Gateway, find, known
from gateprobe.model import Claim, Source, Stance
from gateprobe.views.claims.market import compare
from tests.support.vendors import ACME, BETA, MUTE

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 21)


class _Reader(HTMLParser):
    """Collects the tags, the ids, the links within the page and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        for name, value in attrs:
            if name == "id" and value is not None:
                self.ids.append(value)
            if name == "href" and value is not None:
                self.links.append(unquote(value))

    def handle_data(self, data: str) -> None:
        self.text += data


def _read(*gateways: Gateway) -> _Reader:
    reader = _Reader()
    reader.feed(render_claims(compare(gateways, TODAY, 180)))
    return reader


def test_every_sentence_is_there_with_document_and_date() -> None:
    """Whatever a document says, its contradictions included, stands on the page."""
    text = _read(ACME, BETA, MUTE).text
    for sentence in ("acme: new", "acme: old", "beta: new", "The new page, 2026-10", "旧页, 2026-01-31"):
        assert sentence in text


def test_anchors_are_stable_and_lead_somewhere() -> None:
    """A cell is reached as #gateway/capability; no id stands twice, and no link leads nowhere."""
    page = _read(ACME, BETA, MUTE)
    assert "acme/images.generate.n" in page.ids
    assert [name for name, times in Counter(page.ids).items() if times > 1] == []
    assert {link.removeprefix("#") for link in page.links} - set(page.ids) == set()


def test_the_page_needs_no_other_file() -> None:
    """Nothing is loaded from anywhere: no link, no image, no address in a style."""
    html = render_claims(compare([find(name) for name in known()], TODAY, 180))
    reader = _Reader()
    reader.feed(html)
    assert reader.tags["img"] == reader.tags["link"] == 0
    assert re.findall(r"url\(", html) == []


def test_script_and_rows_agree() -> None:
    """The script pairs rows and articles by their place: they are the same capabilities in the same order."""
    page = _read(ACME, BETA)
    rows = [text.removeprefix("row/") for text in page.ids if text.startswith("row/")]
    articles = [item for item in page.ids if item in set(rows)]
    assert rows == articles


def _hostile(text: str) -> Gateway:
    source = Source("new", text, "2026-10", text)
    claim = Claim("images.generate.n", Stance.OFFERED, (1,), text, sources=(source,), contested=())
    return replace(ACME, title=text, claims=MappingProxyType({"images.generate.n": claim}))


PLAIN = _read(_hostile("plain")).tags


@given(
    st.text(alphabet=st.characters(codec="utf-8"), max_size=40)
    | st.sampled_from(["<script>alert(1)</script>", "</style><img src=x>", "\"><b onclick='x'>", "\u202e{{ 7*7 }}"])
)
def test_no_text_of_a_file_acts(text: str) -> None:
    """Whatever a gateway file says, the page has the tags that it has with plain words, and no other."""
    assert _read(_hostile(text or "plain")).tags == PLAIN
