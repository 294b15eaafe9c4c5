"""The template engine: everything escaped, nothing undefined, a stranger's text made visible before it is written."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup, escape

from gateprobe import __version__
from gateprobe.formats import advice, findings, gateway_answer, words
from gateprobe.formats import answer as answer_words
from gateprobe.formats.blame import blame_reason
from gateprobe.formats.claims import short
from gateprobe.formats.html.bilingual import TABLE, bilingual, say
from gateprobe.formats.html.exchanges import href, ticks
from gateprobe.formats.html.page import Page, View, page_of
from gateprobe.formats.short_answer import short_answer
from gateprobe.language import LANGUAGES, MARK, chosen, is_marked, is_rendered_in_both, translated
from gateprobe.model import Json
from gateprobe.text import printable
from gateprobe.views.states import State
from gateprobe.views.tally import Tally

_HERE: Final = Path(__file__).parent
_MARKS: Final = re.compile(f"({MARK.pattern.replace('(', '(?:')})")
_NAMES: Final = MappingProxyType({"en": "English", "zh": "中文"})
FILTERS: Final = MappingProxyType(
    {
        "n": "Needs attention",
        "u": "Could have been observed",
        "d": "Unlike OpenAI",
        "g": "Gateways differ",
        "j": "Judged",
        "": "Everything",
    }
)
"""What a reader can narrow the page to: the class that a row then needs, and the label."""

_MOST_CAUSES: Final = 9  # causes that are told at once; the others open
_MOST_OF_MANY: Final = 3  # the same on a page of many gateways, each of which has a page of its own


def inert(value: Any) -> Any:
    """Write text so that no character of it acts; lines stay lines. Markup is our own and stays."""
    if not isinstance(value, str) or isinstance(value, Markup) or value.isprintable():
        return value
    if is_marked(value):
        return "".join(part if at % 2 else _inert(part) for at, part in enumerate(_MARKS.split(value)))
    return _inert(value)


def _inert(text: str) -> str:
    return "\n".join(map(printable, text.split("\n")))


class _CompiledTemplates(FileSystemBytecodeCache):
    """Templates compiled by earlier commands; one that cannot be stored is compiled again the next time."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store a compiled template, where that is possible."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def _compiled_templates() -> _CompiledTemplates | None:
    """Return the cache in the user's own folder for temporary files; None where there can be none."""
    try:
        return _CompiledTemplates()
    except (OSError, RuntimeError):
        return None


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        bytecode_cache=_compiled_templates(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["t"] = translated
    environment.globals |= {
        "_": say,
        "page_language": chosen,
        "other_language": _other_language,
        "language_names": _NAMES,
        "bilingual": is_rendered_in_both,
        "words": words,
        "findings": findings,
        "blame_reason": blame_reason,
        "answers": answer_words,
        "gateway_answers": gateway_answer,
        "advice": advice,
        "href": href,
        "ticks": ticks,
        "page_of": page_of,
        "bar": _bar,
        "when": _when,
        "ms": words.milliseconds,
        "fine": _fine,
        "size": words.size,
        "plain": _plain,
        "breakable": _breakable,
        "short": short,
        "short_answer": short_answer,
        "filter_labels": FILTERS,
        "most_causes": _most_causes,
    }
    return environment


@bilingual
def render_page(page: Page) -> str:
    """Write a page as HTML that needs no other file but the pictures and bodies it links to."""
    return render_template("page.html.j2", scripts=("page.js",), page=page)


def render_template(name: str, styles: tuple[str, ...] = (), scripts: tuple[str, ...] = (), **context: Any) -> str:
    """Write a template with its styles and scripts inside, each named by its hash in the security policy.

    A page in both languages has the script that switches between them.
    """
    style = "".join(map(_asset, ("page.css", *styles)))
    scripts = (*scripts, *(["language.js"] if is_rendered_in_both() else []))
    run = "".join(map(_asset, scripts))
    return (
        _environment()
        .get_template(name)
        .render(
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(run),  # noqa: S704 - our own file
            style_hash=_hash(style),
            script_hash=_hash(run),
            texts=Markup(TABLE),  # noqa: S704 - our own mark
            version=__version__,
            **context,
        )
    )


def _other_language() -> str:
    return next(name for name in LANGUAGES if name != chosen())


@cache
def _asset(name: str) -> str:
    return (_HERE / name).read_text("utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


@dataclass(frozen=True, slots=True)
class _Part:
    name: str
    at: int
    width: int


def _bar(tally: Tally) -> Iterator[_Part]:
    """Yield the parts of what was tested: promises kept, flaky and broken."""
    at = 0
    parts = ((State.CONFIRMED, tally.kept), (State.FLAKY, tally.flaky_documented), (State.CONTRADICTED, tally.broken))
    for state, number in parts:
        if number:
            yield _Part(str(state), at, number)
            at += number


def _most_causes(page: Page) -> int:
    return _MOST_OF_MANY if page.view is View.OVERVIEW else _MOST_CAUSES


def _when(iso: str) -> str:
    try:
        return datetime.fromisoformat(iso).strftime("%Y-%m-%d %H:%M %Z").rstrip()
    except ValueError:
        return iso


def _fine(ms: float) -> str:
    return f"{ms:,.1f}" if ms < 100 else f"{ms:,.0f}"


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _breakable(name: str) -> Markup:
    """Let a browser break a long capability id after its dots and underscores; a text of ours is left as it is."""
    return Markup(escape(inert(name))) if is_marked(name) else _broken(name)  # noqa: S704 - escaped


@lru_cache(maxsize=4096)
def _broken(name: str) -> Markup:
    safe = str(escape(printable(name)))
    return Markup(safe.replace(".", ".<wbr>").replace("_", "_<wbr>"))  # noqa: S704 - escaped on the line above
