"""The commands of the documents are run as printed: all by `docs/tools/run_commands.py`, a sample here."""

from __future__ import annotations

import re

import pytest

from docs.tools.commands import DOCUMENTS, Block, blocks, commands, commands_of, files
from docs.tools.run_commands import EXITS, NOT_RUN, SUBSTITUTIONS, prepared, run, steps

PAGE = "docs/howto/describe-a-gateway.md"


def test_commands_of_each_kind_of_block_are_read() -> None:
    """Continued lines are joined, comments are left out, and jobs of CI services and crontabs are read."""
    assert commands_of(Block("sh", "a b \\\n  c   # why\n# only a comment\n\nd\n")) == ["a b    c", "d"]
    assert commands_of(Block("text", "0 3 * * 1-5  gateprobe night\nThank you\n")) == ["gateprobe night"]
    assert commands_of(Block("yaml", "jobs: {a: {steps: [{uses: x}, {run: b}]}}\n")) == ["b"]
    assert commands_of(Block("yaml", "job: {script: [a, b]}\n")) == ["a", "b"]
    assert commands_of(Block("python", "import this\n")) == []


def test_a_file_that_a_page_shows_is_read() -> None:
    """A block after a name is a file of that name."""
    assert files("docs/relay.md")["nginx.conf"].startswith("daemon off;")
    assert "[async]" in files("docs/howto/tasks.md")["tasks.toml"]


def test_every_command_is_run_or_has_a_reason() -> None:
    """No command names another host or a key that the reader must have after the substitutions."""
    for document in DOCUMENTS:
        for step in steps(document):
            assert step.reason or not re.search(r"https://|…|\\bRUN\\b|\\bNAME\\b", step.run), step


@pytest.mark.parametrize(
    "pattern", [*(pattern for pattern, *_ in (*SUBSTITUTIONS, *NOT_RUN)), *(pattern for pattern, _ in EXITS)]
)
def test_no_entry_of_the_tables_is_stale(pattern: str) -> None:
    """Each pattern of the tables meets a command of a page."""
    printed = [command for document in DOCUMENTS for command in commands(document)]
    assert any(
        re.search(pattern, command.replace(".venv/bin/", "")) or re.search(pattern, command) for command in printed
    )


def test_no_page_without_a_block_is_expected_to_have_commands() -> None:
    """Pages with commands are found, in both languages."""
    assert {"README.md", "README.zh-CN.md", "docs/ci.md", PAGE} <= {name for name in DOCUMENTS if blocks(name)}


@pytest.mark.slow
def test_a_page_runs_as_printed() -> None:
    """Two commands of a page that sends nothing end as expected, in the page's folder."""
    sample = [step for step in steps("docs/howto/tasks.md") if "plan" in step.run]
    with prepared("docs/howto/tasks.md") as (folder, environment):
        outcomes = run(sample, folder, environment)
    assert [(outcome.code, "tasks " in outcome.output) for outcome in outcomes] == [(0, True)]
