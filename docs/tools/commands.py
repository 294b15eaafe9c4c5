"""The commands that README.md, README.zh-CN.md and the pages of docs/ print, as a shell runs them.

A command stands in a block of `sh`, in a line of a crontab (a block of `text`), or in a job of a CI service (a block
of `yaml`). A file that a page shows after its name is a part of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
DOCUMENTS: Final = tuple(
    path.relative_to(ROOT).as_posix() for path in sorted((*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")))
)

_BLOCK: Final = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_FILE: Final = re.compile(r"`([\w.-]+\.\w+)`:\n\n( *)```\w+\n(.*?)^\2```$", re.DOTALL | re.MULTILINE)
_CRON: Final = re.compile(r"^(?:[\d*/,-]+\s+){5}(.*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code of a page, without its indentation."""

    language: str
    text: str


def blocks(document: str) -> list[Block]:
    """Return the blocks of code of a page."""
    text = (ROOT / document).read_text("utf-8")
    return [
        Block(language, re.sub(rf"^{indentation}", "", code, flags=re.MULTILINE))
        for indentation, language, code in _BLOCK.findall(text)
    ]


def files(document: str) -> dict[str, str]:
    """Return the files that a page shows, by their names."""
    text = (ROOT / document).read_text("utf-8")
    return {
        name: re.sub(rf"^{indentation}", "", code, flags=re.MULTILINE)
        for name, indentation, code in _FILE.findall(text)
    }


def commands(document: str) -> list[str]:
    """Return the commands of a page in their order, without comments behind them."""
    return [command for block in blocks(document) for command in commands_of(block)]


def commands_of(block: Block) -> list[str]:
    """Return the commands of one block of code."""
    return list(_commands(block))


def _commands(block: Block) -> Iterator[str]:
    if block.language == "sh":
        for line in block.text.replace("\\\n", " ").splitlines():
            if command := re.split(r"\s{2,}#|^#", line)[0].strip():
                yield command
    elif block.language == "text":
        for line in block.text.splitlines():
            if match := _CRON.match(line):
                yield match[1]
    elif block.language == "yaml":
        for command in _steps(yaml.safe_load(block.text)):
            yield from command.strip().splitlines()


def _steps(value: Any) -> Iterator[str]:
    """Yield what a CI service lets a shell run: `run` of a GitHub workflow, `script` of a GitLab job."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "run" and isinstance(inner, str):
                yield inner
            elif name == "script":
                yield from inner
            else:
                yield from _steps(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _steps(inner)
