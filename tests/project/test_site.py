"""The documentation site: it builds strictly without network, and everything with a name has an address."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import click
import pytest

from docs.tools.commands import DOCUMENTS, ROOT, commands
from docs.tools.file_formats import VIEWS, columns
from docs.tools.markdown import text
from docs.tools.reference import PAGES
from gateprobe.cli import cli
from gateprobe.errors import ExitCode
from gateprobe.gateway.catalogue import catalogue
from gateprobe.gateway.fault_kinds import fault_kinds
from gateprobe.library import probes
from gateprobe.reference import FAULTS
from gateprobe.stream import RULES

PAGES_OF_THE_CHECKOUT: Final = (*DOCUMENTS, "CONTRIBUTING.md", "ARCHITECTURE.md", "CHANGELOG.md", "reports/README.md")


def _ids(page: str) -> list[str]:
    written = PAGES[page]()
    return re.findall(r"\{: #(\S+) \}", written) + re.findall(r'<a id="([^"]+)">', written)


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("capabilities", tuple(catalogue(relay=True).ids)),
        ("probes", tuple(probe.id for probe in probes(relay=True))),
        ("fault-kinds", (*fault_kinds(), *(f"fault-{name}" for name in FAULTS))),
        ("stream-rules", tuple(RULES)),
        ("exit-codes", tuple(f"exit-{int(code)}" for code in ExitCode)),
        ("sql-views", ("nights", "gateway_nights", "verdicts", "verdicts.capability")),
        ("file-formats", ("run-folder", "gateway-file.claims[].quote", "run-record.verdict", "recordings")),
    ],
)
def test_everything_with_a_name_has_an_address(page: str, names: tuple[str, ...]) -> None:
    """Each name is an anchor of its page, once."""
    ids = _ids(page)
    assert set(names) <= set(ids)
    assert len(set(ids)) == len(ids)


def test_every_command_and_option_has_an_address() -> None:
    """Each command has a heading, and each option a row, with ids of their own."""
    ids = _ids("commands")
    assert set(cli.list_commands(click.Context(cli))) <= set(ids)
    assert {"audit-tier", "night-fail-on", "new-probe", "claims-diff"} <= set(ids)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("sentence", "markdown"),
    [
        ("a < b", "a &lt; b"),
        ("`a < b` *c*", "`a < b` \\*c\\*"),
        ("images.edit.* | x_y", "images.edit.\\* \\| x\\_y"),
    ],
)
def test_a_sentence_has_no_marks_of_markdown(sentence: str, markdown: str) -> None:
    """What is not code is shown as it is written."""
    assert text(sentence) == markdown


def _commands(document: str) -> list[str]:
    parts = (part.strip() for line in commands(document) for part in re.split(r"&&|\|", line))
    return [part for part in parts if re.match(r"(\.venv/bin/)?gateprobe ", part)]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_of_a_document_is_understood(document: str) -> None:
    """Each command that a page prints names options that exist, with values that they take."""
    for line in _commands(document):
        name, *arguments = shlex.split(line.partition(" >")[0])[1:]
        command = cli.get_command(click.Context(cli), name)
        assert command is not None, line
        while isinstance(command, click.Group):
            name = arguments.pop(0) if arguments and arguments[0] in command.commands else next(iter(command.commands))
            command = command.commands[name]
        with command.make_context(name, list(arguments)) as context:
            assert context.command is command, line


@pytest.mark.parametrize("document", PAGES_OF_THE_CHECKOUT)
def test_links_lead_somewhere_in_a_checkout(document: str) -> None:
    """Each link to a file leads to a file of the checkout, and its anchor to a heading there."""
    text = re.sub(r"^ *```.*?^ *```$", "", (ROOT / document).read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"""(?:\]\(|href="|src="|srcset=")((?!https?:)[^)"\s]+)[)"]""", text):
        path, _, anchor = target.partition("#")
        page = (ROOT / document).parent / path if path else ROOT / document
        assert page.exists(), target
        assert not anchor or page.suffix != ".md" or anchor in _anchors(page), target


def _anchors(page: Path) -> set[str]:
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def test_every_column_of_the_views_is_described() -> None:
    """The page of SQL views has the views and the columns of the database, in their order."""
    assert {view: list(described) for view, described in VIEWS.items()} == columns()


def test_the_chinese_readme_has_the_same_commands() -> None:
    """The README in Chinese prints commands of the English one, and misses only those that run the tests."""
    assert set(_commands("README.zh-CN.md")) == set(_commands("README.md"))


def test_the_first_screen_is_short() -> None:
    """Each README has fewer than 150 lines; the rest is in docs/."""
    assert all(len(path.read_text("utf-8").splitlines()) < 150 for path in ROOT.glob("README*.md"))


@pytest.mark.slow
def test_the_site_builds_without_network(tmp_path: Path) -> None:
    """Mkdocs finds no broken link or anchor, and no page loads anything from elsewhere."""
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(  # noqa: S603 - our own site
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(PAGES)
    for page in pages:
        loaded = re.findall(r'(?:src|<link[^>]*rel="stylesheet"[^>]*href)="(https?:[^"]*)"', page.read_text("utf-8"))
        assert not loaded, (page, loaded)
