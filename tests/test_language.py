"""The language of sentences: English as data, the reader's where a command prints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from gateprobe.language import choose, chosen, localise, preferred
from gateprobe.message import message, sentence


@pytest.fixture
def chinese() -> Iterator[None]:
    """Choose Chinese for one test."""
    before = chosen()
    choose("zh")
    yield
    choose(before)


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh-Hans-CN"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LANG": "zh_TW"}, "zh"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "GATEPROBE_LANG": "zh"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "GATEPROBE_LANG": "en"}, "en"),
    ],
)
def test_the_locale_selects_the_language(environment: dict[str, str], language: str) -> None:
    """Gateprobe's own variable counts before the locale, and an unknown language is English."""
    assert preferred(environment) == language


@pytest.mark.usefixtures("chinese")
def test_sentences_are_english_unless_they_are_spoken() -> None:
    """What is stored stays English; what is printed for a person is in the chosen language."""
    stored = message("{title} keeps every promise that was tested.", title="甲")
    assert str(stored) == "甲 keeps every promise that was tested."
    assert localise(str, stored) == "甲兑现了测试过的每项承诺。"
    assert str(stored) == "甲 keeps every promise that was tested."


@pytest.mark.usefixtures("chinese")
def test_a_nested_message_and_the_marks_of_lists_are_translated() -> None:
    """A message inside a message is translated too, and lists are joined as Chinese joins them."""
    parts = (message("it was not tested"), message("No picture came."))
    assert localise(sentence, "Warning: {text}", text=parts) == "警告：没有测试；没有收到图片。"  # noqa: RUF001 - Chinese
    assert localise(sentence, "Warning: {text}", text=("a", "b")) == "警告：a、b"  # noqa: RUF001 - the same


@pytest.mark.usefixtures("chinese")
def test_an_unknown_text_stays_as_it_is() -> None:
    """A text without a translation, such as a server's, is printed as it is; an empty one stays empty."""
    assert localise(sentence, "no such template {value}", value="x") == "no such template x"
    assert localise(str, message("")) == ""


def test_english_loads_no_catalogue() -> None:
    """Neither gettext's catalogues nor Babel are loaded for English help."""
    script = (
        "import sys; from gateprobe.cli import run; run(['--help']); from gateprobe.language import catalogue;"
        " sys.exit(catalogue.cache_info().currsize or 'gateprobe.cli.localisation' in sys.modules"
        " or any(name.startswith('babel') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, stdout=subprocess.DEVNULL).returncode == 0  # noqa: S603 - our own words
