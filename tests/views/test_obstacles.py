"""What nobody outside can see is unproven, with that reason, in every report."""

from __future__ import annotations

import html
from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.cli import run
from gateprobe.cli.summary import summary
from gateprobe.formats import FORMATS, render
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Cause, Observed, Verdict
from gateprobe.record import file as record
from gateprobe.views.obstacles import not_installed
from tests.support.runs import ACME, a_record, write_run

LISTED = {item.id: item.unobservable for item in catalogue().by_id.values() if item.unobservable}
DATA = ("json", "csv", "junit")
"""Formats that keep the words of data."""

SHOWN = ("html", "markdown", "json", "csv", "junit", "text", "what the audit prints")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Audit a reference by the probes of what cannot be seen; give the run and what was printed."""
    folder = tmp_path_factory.mktemp("unseen") / "run"
    names = " or ".join(probe.id for probe in probes() if probe.capability in {*LISTED, "models.list"})
    with pytest.MonkeyPatch.context() as patch:
        printed: list[str] = []
        patch.setattr("click.echo", lambda text="", **_: printed.append(str(text)))
        assert run(["audit", "openai", "--embedded", "-k", names, "--out", str(folder)]) == 0
    return folder, "\n".join(printed)


@pytest.mark.parametrize("form", SHOWN)
def test_every_report_lists_it_with_its_reason(form: str, audited: tuple[Path, str]) -> None:
    """Each capability that the catalogue says cannot be seen is named, and so is why."""
    folder, printed = audited
    kept = record.load(folder)
    text = render(kept, form) if form in FORMATS else printed
    plain = html.unescape(text).replace("\\", "")
    assert [name for name, reason in LISTED.items() if name not in plain or reason not in plain] == []
    assert ("unproven" if form in DATA else "not observ") in plain


def test_it_is_unproven_and_no_gap(audited: tuple[Path, str]) -> None:
    """The verdict is unproven, the cause unobservable, and the run is complete."""
    records = [entry for entry in record.load(audited[0]).records if entry.capability != "models.list"]
    assert {entry.capability for entry in records} == set(LISTED)
    assert {(entry.verdict, entry.cause) for entry in records} == {(Verdict.UNPROVEN, Cause.UNOBSERVABLE)}
    assert not any(entry.incomplete for entry in records)


def test_what_is_not_installed_is_named_with_its_command(tmp_path: Path) -> None:
    """The terminal, what the audit prints and the page name the capability and the command that installs it."""
    kept = a_record(ACME, "models.list", Observed.HONOURED, "12 models")
    missing = a_record(ACME, "clients.openai_node", Observed.UNOBSERVED, "not installed", cause=Cause.HARNESS)
    missing = replace(missing, optional=True, install="npm install openai")
    loaded = record.load(write_run(tmp_path / "run", (kept, missing), (ACME,), capture=False))
    assert not_installed(loaded.records) == {"npm install openai": ("clients.openai_node",)}
    line = "not tested, not installed here: clients.openai_node; install with: npm install openai"
    for text in (render(loaded, "text"), render(loaded, "html"), summary(loaded, tmp_path)):
        assert line in text
        assert "gateprobe itself failed" not in text.replace("a fault of gateprobe", "")
