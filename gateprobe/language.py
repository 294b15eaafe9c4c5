"""The language of sentences: English, or the language of a gettext catalogue in `gateprobe/locale`.

Sentences are English wherever they are data: in a run, in JSON, in a page. A command that prints for a person renders
them inside `localise()`, in the language that was chosen for the process:

    >>> choose("zh")
    >>> str(message("{number} pictures", number=2)), localise(lambda: str(message("{number} pictures", number=2)))
    ('2 pictures', '2 张图片')

No catalogue is loaded for English.
"""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

LANGUAGES: Final = ("en", "zh")
"""The languages that can be chosen."""

CATALOGUES: Final = Path(__file__).resolve().parent / "locale"
"""The folder of the catalogues, in gettext's own layout."""

_VARIABLES: Final = ("GATEPROBE_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
_P = ParamSpec("_P")
_T = TypeVar("_T")

_current: Final[ContextVar[str]] = ContextVar("language of sentences", default="en")
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


def localise(render: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Call a function that renders sentences, in the chosen language, and return its result."""
    token = _current.set(_chosen[0])
    try:
        return render(*args, **kwargs)
    finally:
        _current.reset(token)


def translated(text: str) -> str:
    """Return a text or a template in the current language; unchanged if it has no translation."""
    language = _current.get()
    return text if language == "en" or not text else catalogue(language).gettext(text)


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
