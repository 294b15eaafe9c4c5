"""What nobody outside can see is unproven, with that reason, in every report."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from gateprobe.cli import run
from gateprobe.formats import FORMATS, render
from gateprobe.gateway.catalogue import catalogue
from gateprobe.library import probes
from gateprobe.model import Cause, Verdict
from gateprobe.record import file as record

LISTED = {item.id: item.unobservable for item in catalogue().by_id.values() if item.unobservable}
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
    assert "unproven" in plain


def test_it_is_unproven_and_no_gap(audited: tuple[Path, str]) -> None:
    """The verdict is unproven, the cause unobservable, and the run is complete."""
    records = [entry for entry in record.load(audited[0]).records if entry.capability != "models.list"]
    assert {entry.capability for entry in records} == set(LISTED)
    assert {(entry.verdict, entry.cause) for entry in records} == {(Verdict.UNPROVEN, Cause.UNOBSERVABLE)}
    assert not any(entry.incomplete for entry in records)
