"""The catalogues of translations are whole: each text once, none stale, and Chinese with Chinese punctuation."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from docs.tools.catalogue import source, texts, translations
from gateprobe.message import fields_of

HOW: Final = (
    "`python -m docs.tools.catalogue` updates gateprobe/locale/zh/LC_MESSAGES/gateprobe.po; translate its empty msgstr"
)

_HAN: Final = r"[\u3400-\u9fff，。；：！？、（）「」]"  # noqa: RUF001 - Chinese punctuation
_WESTERN: Final = re.compile(rf"{_HAN}\s*[,;:!?()](?![-\w])|[,;!?()]\s*{_HAN}|{_HAN}\.(?:\s|$)|[\"']{_HAN}|{_HAN}[\"']")
_CODE: Final = re.compile(r"`[^`]*`|\{[^{}]*\}")


@cache
def _texts() -> dict[str, str]:
    return texts()


def _shown(texts_: Iterable[str]) -> str:
    return f"{HOW}: {sorted(texts_)[:5]}"


def test_every_text_is_translated() -> None:
    """A text that a command prints for a person has a Chinese translation."""
    missing = {text for text in _texts() if not translations().get(text)}
    assert not missing, _shown(missing)


def test_no_translation_is_stale() -> None:
    """A translation whose original is gone or was changed is dropped from the catalogue."""
    stale = translations().keys() - _texts().keys()
    assert not stale, _shown(stale)


def test_a_translation_has_the_fields_of_its_original() -> None:
    """No value of a sentence is lost in a translation, and none is invented."""
    pairs = [(text, chinese) for text, chinese in translations().items() if chinese and "{" in text + chinese]
    wrong = {text for text, chinese in pairs if _fields(text) != _fields(chinese)}
    assert not wrong, sorted(wrong)[:5]


def _fields(text: str) -> frozenset[str] | None:
    try:
        return fields_of(text)
    except ValueError:  # help with braces, which is no template
        return None


def test_chinese_has_chinese_punctuation() -> None:
    """A Chinese sentence has no Western comma, colon, parenthesis, quotation mark or full stop."""
    wrong = {
        chinese for chinese in translations().values() if _WESTERN.search(_CODE.sub("甲", chinese.split("\n\n    ")[0]))
    }
    assert not wrong, sorted(wrong)[:5]


def test_a_sentence_ends_as_its_original() -> None:
    """Where the original ends with a full stop, so does the translation."""
    pairs = [(text, chinese) for text, chinese in translations().items() if chinese]
    wrong = [chinese for text, chinese in pairs if text.rstrip().endswith(".") != chinese.endswith(("。", "”。"))]
    assert not wrong, wrong[:5]


def test_the_catalogue_is_written_as_its_tool_writes_it() -> None:
    """The file is in the tool's own order and form, so that changes of two people rarely conflict."""
    lines = source().read_text("utf-8").splitlines()
    assert lines[0] == 'msgid ""'
    assert len([line for line in lines if line.startswith("msgid ")]) == len(translations()) + 1
