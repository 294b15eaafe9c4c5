"""A page in both languages: its texts stand in the page in one, and once in a table in the other.

The table goes by the checksum of the text that is replaced (CRC-32 of a text between two tags, or of an attribute), so
that a page needs no mark where a text stands. Where one text has two translations, its element names the entry
(`data-t`); where a stranger's text reads as one of ours, its element names none. `language.js` reads the table, which
is compressed.
"""

from __future__ import annotations

import html
import json
import re
import zlib
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from string import Formatter
from typing import Final, ParamSpec

from markupsafe import Markup, escape

from gateprobe.language import (
    LANGUAGES,
    MARK,
    Pairs,
    available,
    chosen,
    in_both_languages,
    in_each_language,
    is_marked,
    is_rendered_in_both,
    translated,
)
from gateprobe.message import Message, Value, sentence

TABLE: Final = "<!--texts-->"
"""Where a page has its table."""

_START: Final = MARK.pattern[0]  # which no other text has: it is a character that pages show as an escape
_RUN: Final = re.compile(r">([^<>]+)<")
_ATTRIBUTE: Final = re.compile(r'(?<![\w-])([\w-]++)="([^"]*)"')
_PLAIN: Final = ("<title>", "<option")  # elements in which no other can stand
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class _Run:
    """A place of a page where a text stands: between two tags, or in an attribute; with its marks."""

    marked: str
    attribute: str = ""
    wraps: bool = True
    """Whether an element can be put around it."""


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of the page as it is written, the checksum that `language.js` computes of it, and its translation."""

    shown: str
    key: str
    other: str


def say(text: str, /, **values: Value | Markup) -> str:
    """Return a sentence for a page, from a template. Markup among its values stays; each part between is a text."""
    if not values:
        return translated(text)
    markup = {name: value for name, value in values.items() if isinstance(value, Markup)}
    texts = {name: value for name, value in values.items() if not isinstance(value, Markup)}
    if not markup:
        return sentence(text, **texts)
    names = tuple(markup)
    parts = (
        escape(_part(text, names, at, texts)) + markup.get(name, Markup())
        for at, (_, name) in enumerate(_split(text, names))
    )
    return Markup().join(parts)


@in_each_language
def _part(text: str, markup: tuple[str, ...], at: int, values: Mapping[str, Value]) -> str:
    return str(Message(_split(translated(text), markup)[at][0], values))


@cache
def _split(text: str, markup: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return the parts of a template, each with the name of the markup that follows it; the last has none."""
    parts: list[tuple[str, str]] = []
    before = ""
    for literal, name, spec, conversion in Formatter().parse(text):
        before += literal.replace("{", "{{").replace("}", "}}")
        if name in markup:
            parts.append((before, name))
            before = ""
        elif name is not None:
            before += f"{{{name}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}}}"
    return (*parts, (before, ""))


def checksum(text: str) -> str:
    """Return the checksum of a text, as `language.js` computes it."""
    return f"{zlib.crc32(text.encode()):x}"


def bilingual(render: Callable[_P, str]) -> Callable[_P, str]:
    """Return a function that renders a page in both languages, where both are available."""

    @wraps(render)
    def page(*args: _P.args, **kwargs: _P.kwargs) -> str:
        if is_rendered_in_both() or not all(map(available, LANGUAGES)):
            return render(*args, **kwargs)
        with in_both_languages() as pairs:
            text = render(*args, **kwargs)
        return _written(text, pairs, LANGUAGES.index(chosen()))

    return page


def _written(page: str, pairs: Pairs, start: int) -> str:
    """Return a page with its texts in one language, and those of the other in its table."""
    parts = list(_parts(page))
    runs = [part for part in parts if isinstance(part, _Run)]
    texts = {marked: _text(marked, pairs, start) for marked in {run.marked for run in runs}}
    table: dict[str, str] = {}
    for text, _ in Counter(texts[run.marked] for run in runs).most_common():
        table.setdefault(text.key, text.other)  # of several translations, the most frequent needs no name
    strangers = {run for run in set(_RUN.findall(page)) if not is_marked(run) and _key(run) in table}
    strangers = {run for run in strangers if not run.isspace()}
    written = []
    for part in parts:
        if isinstance(part, str):
            written.append(_RUN.sub(lambda match: _kept(match, strangers), part) if strangers else part)
            continue
        text, entry = texts[part.marked], ""
        if part.wraps and (table[text.key] != text.other or not text.shown.strip()):
            entry = f"{checksum(text.other)}-"
            table[entry] = text.other
        written.append(_markup(part, text, entry))
    data = json.dumps(table, ensure_ascii=False, separators=(",", ":")).encode()
    return "".join(written).replace(TABLE, b64encode(zlib.compress(data, 9)).decode())


def _text(marked: str, pairs: Pairs, start: int) -> _Text:
    shown = MARK.sub(lambda match: html.escape(pairs.texts[int(match[1])][start]), marked)
    other = MARK.sub(lambda match: html.escape(pairs.texts[int(match[1])][1 - start]), marked)
    return _Text(shown, _key(shown), html.unescape(other).strip())


def _key(run: str) -> str:
    """Return the checksum of what a reader of the page reads."""
    return checksum(html.unescape(run).strip())


def _markup(run: _Run, text: _Text, entry: str) -> str:
    """Write a text; with the name of its entry, where it has one."""
    if run.attribute:
        return f'{run.attribute}="{text.shown}"' + (f' data-t-{run.attribute}="{entry}"' if entry else "")
    if not entry:
        return text.shown
    inner = text.shown.strip()
    before, _, after = text.shown.partition(inner) if inner else ("", "", text.shown)
    return f'{before}<span data-t="{entry}">{inner}</span>{after}'


def _kept(match: re.Match[str], strangers: Collection[str]) -> str:
    """Return a text with its tags; one that reads as one of ours and is none, in an element of its own."""
    return f"><span data-t>{match[1]}</span><" if match[1] in strangers else match[0]


def _parts(page: str) -> Iterator[str | _Run]:
    """Yield the parts of a page: those that are the same in both languages, and its texts."""
    end, at = 0, page.find(_START)
    while at >= 0:
        tag, after = page.rfind("<", end, at), page.rfind(">", end, at)
        begin = max(tag, after) + 1
        yield page[end:begin]
        if tag > after:
            end = page.find(">", at)
            yield from _attributes(page[begin:end])
        else:
            end = page.find("<", at)
            opened = page[max(0, page.rfind("<", 0, begin)) : begin]
            yield _Run(page[begin:end], wraps=not opened.startswith(_PLAIN))
        at = page.find(_START, end)
    yield page[end:]


def _attributes(tag: str) -> Iterator[str | _Run]:
    """Yield the parts of a tag."""
    end = 0
    for match in _ATTRIBUTE.finditer(tag):
        name, value = match.groups()
        if is_marked(value):
            yield tag[end : match.start()]
            yield _Run(value, attribute=name)
            end = match.end()
    yield tag[end:]
