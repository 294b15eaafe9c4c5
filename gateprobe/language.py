"""The language of sentences: English, or the language of a gettext catalogue in `gateprobe/locale`.

Sentences are English wherever they are data: in a run, in JSON, in a page. A command that prints for a person renders
them inside `localise()`, in the language that was chosen for the process:

    >>> choose("zh")
    >>> str(message("{number} pictures", number=2)), localise(lambda: str(message("{number} pictures", number=2)))
    ('2 pictures', '2 张图片')

No catalogue is loaded for English. A page is rendered in both languages at once (`in_both_languages`): then a text is
a mark, which stands for a pair of texts.
"""

from __future__ import annotations

import gettext
import io
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import fields, is_dataclass, replace
from functools import cache, wraps
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

LANGUAGES: Final = ("en", "zh")
"""The languages that can be chosen."""

CATALOGUES: Final = Path(__file__).resolve().parent / "locale"
"""The folder of the catalogues, in gettext's own layout."""

_VARIABLES: Final = ("GATEPROBE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_P = ParamSpec("_P")
_T = TypeVar("_T")
_O = TypeVar("_O")


class Pairs:
    """The same texts in each language, in the order of `LANGUAGES`; each pair has a place."""

    def __init__(self) -> None:
        """Start without a pair."""
        self.texts: list[tuple[str, ...]] = []
        self._places: dict[tuple[str, ...], int] = {}
        self.marks: dict[str, str] = {}  # of texts that are translated as they are
        self.rendered: dict[tuple[object, int], tuple[object, Any]] = {}  # by function and object, which is held

    def place(self, texts: tuple[str, ...]) -> int:
        """Return the place of a pair, which is added if it is new."""
        place = self._places.setdefault(texts, len(self.texts))
        if place == len(self.texts):
            self.texts.append(texts)
        return place


_BOTH: Final = "both"
_START: Final = f"\ufdd0{secrets.token_hex(4)}."  # no server can write a mark: it does not know the number
_END: Final = "\ufdd1"
MARK: Final = re.compile(rf"{re.escape(_START)}(\d+){_END}")
"""A mark: the place of its pair."""

_current: Final[ContextVar[str]] = ContextVar("language of sentences", default="en")
_pairs: Final[ContextVar[Pairs | None]] = ContextVar("pairs of texts", default=None)
_chosen: Final = ["en"]  # for the whole process


def preferred(environment: Mapping[str, str]) -> str:
    """Return the language that the first set variable of an environment names; English if it is not available."""
    name = next((environment[name] for name in _VARIABLES if environment.get(name)), "")
    tag = name.lower().partition(".")[0].replace("-", "_").partition("_")[0]
    return tag if tag in LANGUAGES else "en"


def available(language: str) -> bool:
    """Return whether a language has a usable catalogue: without Babel, a checkout has English only."""
    compiled = CATALOGUES / language / "LC_MESSAGES" / "gateprobe.mo"
    return language == "en" or compiled.is_file() or find_spec("babel") is not None


def choose(language: str) -> None:
    """Choose the language of what this process prints for a person."""
    _chosen[0] = language


def chosen() -> str:
    """Return the chosen language."""
    return _chosen[0]


def current() -> str:
    """Return the language of the sentences that are rendered now."""
    return _current.get()


def localise(render: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function that renders sentences, in the chosen language, and return its result."""
    return spoken(_chosen[0], render, *args, **kwargs)


def spoken(language: str, render: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function that renders sentences, in a language, and return its result."""
    token = _current.set(language)
    try:
        return render(*args, **kwargs)
    finally:
        _current.reset(token)


def translated(text: str) -> str:
    """Return a text or a template in the current language; unchanged if it has no translation."""
    language = _current.get()
    if language == "en" or not text:
        return text
    if language == _BOTH:
        return _mark(text)
    return catalogue(language).gettext(text)


def _mark(text: str) -> str:
    pairs = _pairs.get()
    if pairs is None:
        return text
    if text not in pairs.marks:
        pairs.marks[text] = str(_paired([text, catalogue("zh").gettext(text)]))
    return pairs.marks[text]


@contextmanager
def in_both_languages() -> Iterator[Pairs]:
    """Render texts as marks, and yield the pairs that they stand for."""
    pairs = Pairs()
    tokens = _current.set(_BOTH), _pairs.set(pairs)
    try:
        yield pairs
    finally:
        _current.reset(tokens[0])
        _pairs.reset(tokens[1])


def is_rendered_in_both() -> bool:
    """Return whether texts are rendered as marks."""
    return _current.get() == _BOTH


def in_each_language(render: Callable[_P, _T]) -> Callable[_P, _T]:
    """Return a function that renders text, or a list of texts, once for each language where both are wanted."""

    @wraps(render)
    def each(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        if _current.get() != _BOTH:
            return render(*args, **kwargs)
        return cast("_T", _paired([spoken(language, render, *args, **kwargs) for language in LANGUAGES]))

    return each


def once_for_each_object(render: Callable[[_O], str]) -> Callable[[_O], str]:
    """Return a function that renders the text of an object once on a page, for each language."""
    each = in_each_language(render)

    @wraps(render)
    def once(of: _O) -> str:
        pairs = _pairs.get()
        if pairs is None or _current.get() != _BOTH:
            return render(of)
        key = render, id(of)
        if key not in pairs.rendered:
            pairs.rendered[key] = of, each(of)
        return str(pairs.rendered[key][1])

    return once


def unmarked(text: str, language: str = "") -> str:
    """Return a text with its marks replaced by a language's texts; by default, by those of the current language."""
    pairs = _pairs.get()
    name = language or _current.get()
    if _START not in text or pairs is None or name == _BOTH:
        return text
    at = LANGUAGES.index(name)
    return MARK.sub(lambda match: pairs.texts[int(match[1])][at], text)


def is_marked(text: str) -> bool:
    """Return whether a text has a mark."""
    return _START in text


def _paired(rendered: list[Any]) -> Any:  # of the type of what was rendered
    """Return a mark for a text in each language; of lists of one length and of dataclasses, the same with marks."""
    first = rendered[0]
    if isinstance(first, str):
        texts = tuple(unmarked(text, language) for text, language in zip(rendered, LANGUAGES, strict=True))
        pairs = _pairs.get()
        if pairs is None or all(text == texts[0] for text in texts):
            return texts[0]
        return f"{_START}{pairs.place(texts)}{_END}"
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        return replace(first, **{name: _paired([getattr(value, name) for value in rendered]) for name in names})
    if isinstance(first, list | tuple) and all(len(texts) == len(first) for texts in rendered):
        return type(first)(_paired(list(texts)) for texts in zip(*rendered, strict=True))
    return first


@cache
def catalogue(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language: the compiled one of a wheel, or the source of a checkout, compiled here."""
    folder = CATALOGUES / language / "LC_MESSAGES"
    compiled = folder / "gateprobe.mo"
    if compiled.is_file():
        return gettext.GNUTranslations(io.BytesIO(compiled.read_bytes()))
    return gettext.GNUTranslations(io.BytesIO(compile_catalogue(folder / "gateprobe.po")))


def compile_catalogue(source: Path) -> bytes:
    """Return a catalogue in the form that gettext reads."""
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - wheels have compiled catalogues, and need no Babel
    from babel.messages.pofile import read_po  # noqa: PLC0415 - the same

    written = io.BytesIO()
    with source.open("rb") as file:
        write_mo(written, read_po(file))
    return written.getvalue()
