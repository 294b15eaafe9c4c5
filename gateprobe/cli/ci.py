"""Output for CI services: annotations, a step summary, a JUnit file, a Markdown file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from gateprobe.cli.output import writing
from gateprobe.errors import UsageError
from gateprobe.formats import render
from gateprobe.formats.annotations import github
from gateprobe.formats.markdown import inert, render_markdown
from gateprobe.record.file import Run
from gateprobe.redact.outgoing import clean

_PARAGRAPH: Final = 5_000  # characters of a paragraph before the Markdown
_LARGEST: Final = 1_000_000  # bytes of a step summary; GitHub refuses more than 1 MiB


def tell(
    run: Run,
    environment: Mapping[str, str],
    *,
    annotations: str | None = None,
    junit: Path | None = None,
    markdown: Path | None = None,
    lead: str = "",
) -> None:
    """Print and write the requested output; under GitHub Actions, also annotations and the step summary.

    `lead` is a paragraph before the Markdown.

    Raises:
        UsageError: a file cannot be written.
    """
    if (annotations or ("github" if environment.get("GITHUB_ACTIONS") == "true" else "none")) == "github":
        click.echo(github(run), nl=False)
    if step := environment.get("GITHUB_STEP_SUMMARY"):
        _write(Path(step), _led(lead, summary(run)), append=True)
    if junit is not None:
        _write(junit, render(run, "junit"))
    if markdown is not None:
        _write(markdown, _led(lead, render(run, "markdown")))


def writable(*paths: Path | None, created: Path | None = None) -> None:
    """Check before anything is sent and paid for that the files can be written; `created` will be a folder.

    Raises:
        UsageError: a path is a folder, or its folder cannot be written to.
    """
    for path in paths:
        if path is not None and path.is_dir():
            raise UsageError(f"{path} cannot be written: it is a folder")
        if path is None or (created is not None and path.absolute().is_relative_to(created)):
            continue
        if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
            raise UsageError(f"{path} cannot be written: there is no such folder, or it may not be written to")


def summary(run: Run) -> str:
    """Render the Markdown of a run for a step summary; without its foldable parts where it would be too large."""
    text = render(run, "markdown")
    if len(text.encode()) <= _LARGEST:
        return text
    short = clean(render_markdown(run, folded=False)).encode()[:_LARGEST].decode("utf-8", "ignore")
    return f"{short}\n\nThe report contains the rest: it is too large for a step summary.\n"


def _led(lead: str, text: str) -> str:
    """Prepend a paragraph to Markdown."""
    return f"{inert(lead, _PARAGRAPH)}\n\n{text}" if lead else text


def _write(path: Path, text: str, *, append: bool = False) -> None:
    with writing(path), path.open("a" if append else "w", encoding="utf-8") as file:
        file.write(clean(text))
