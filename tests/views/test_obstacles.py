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

LISTED = {one.id: one.unobservable for one in catalogue().by_id.values() if one.unobservable}
SHOWN = ("html", "markdown", "json", "csv", "junit", "text", "what the audit prints")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Audit a reference by the probes of what cannot be seen; give the run and what was printed."""
    folder = tmp_path_factory.mktemp("unseen") / "run"
    names = " or ".join(probe.id for probe in probes() if probe.capability in {*LISTED, "models.list"})
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("click.echo", lambda text="", **_: said.append(str(text)))
        assert run(["audit", "openai", "--embedded", "-k", names, "--out", str(folder)]) == 0
    return folder, "\n".join(said)


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
    records = [one for one in record.load(audited[0]).records if one.capability != "models.list"]
    assert {one.capability for one in records} == set(LISTED)
    assert {(one.verdict, one.cause) for one in records} == {(Verdict.UNPROVEN, Cause.UNOBSERVABLE)}
    assert not any(one.incomplete for one in records)
