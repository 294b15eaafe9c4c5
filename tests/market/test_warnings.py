"""An audit says first that a gateway file names a model that is gone or about to go."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateprobe.audit.engine import Audit
from gateprobe.audit.gateways.targets import Target
from gateprobe.audit.settings import Settings
from gateprobe.cli.summary import summary
from gateprobe.formats import render, write_html
from gateprobe.gateway import Gateway, Models, find
from gateprobe.gateway.modelfacts import endings
from gateprobe.record import file as record
from gateprobe.record.file import Run

OLD = ("litellm", "new-api")
GONE = "litellm: gpt-image-1 was shut down on 2026-10-23; gpt-image-2.6-sunburst takes its place."


def _of_old(name: str) -> Gateway:
    """Return a gateway; those of software that an operator runs with the model that their documents named once."""
    gateway = find(name)
    return replace(gateway, models=Models("gpt-5.5", "gpt-image-1")) if name in OLD else gateway


def _audit(folder: Path, *gateways: str, started_at: str = "2026-11-21T10:00:00Z") -> Audit:
    targets = [Target(_of_old(name), "key") for name in gateways]
    return Audit(targets, Settings(), folder, started_at=started_at)


def _run(folder: Path, *gateways: str) -> Run:
    """Return the run of an audit that was stopped before it judged anything."""
    audit = _audit(folder, *gateways)
    audit.open()
    audit.close()
    return record.load(folder)


def test_models_that_end_are_told_in_the_order_given() -> None:
    """Each model that is gone or about to go makes a sentence; the others and the unknown ones make none."""
    warnings = endings(date(2026, 11, 21), "gpt-image-1.5", "gpt-5.5", "gpt-image-2", "vendor/dall-e-3")
    assert warnings == (
        "gpt-image-1.5 will be shut down on 2026-12-01, in 10 days; gpt-image-2.6-sunburst takes its place.",
        "dall-e-3 was shut down on 2026-05-12; gpt-image-2 takes its place.",
    )


@pytest.mark.parametrize(
    ("started_at", "warnings"),
    [
        ("2026-08-01T00:00:00Z", ()),
        (
            "2026-10-22T23:59:59Z",
            (GONE.replace("was shut down on 2026-10-23", "will be shut down on 2026-10-23, in 1 day"),),
        ),
        ("2026-10-23T00:00:00Z", (GONE,)),
    ],
)
def test_the_day_of_the_audit_counts(tmp_path: Path, started_at: str, warnings: tuple[str, ...]) -> None:
    """The header warns by the day on which the run began, whenever it is read."""
    assert _audit(tmp_path, "openai", "litellm", started_at=started_at).header.warnings == warnings


def test_another_model_named_for_the_run_is_the_one_that_counts(tmp_path: Path) -> None:
    """With a model that stays, given for this run, there is nothing to warn of."""
    gateway = replace(find("litellm"), models=Models("gpt-5.5", "openai/gpt-image-2"))
    assert Audit((Target(gateway, "key"),), Settings(), tmp_path).header.warnings == ()


def test_the_warning_is_kept_with_the_run(tmp_path: Path) -> None:
    """A run that is read again has its warnings."""
    assert _run(tmp_path, "litellm").header.warnings == (GONE,)


def test_a_run_written_before_there_were_warnings_has_none(tmp_path: Path) -> None:
    """An older run file, without that key, is read all the same."""
    audit = _audit(tmp_path, "openai")
    audit.open()
    audit.close()
    text = (tmp_path / "run.jsonl").read_text("utf-8")
    (tmp_path / "run.jsonl").write_text(text.replace(',"warnings":[]', ""), "utf-8")
    assert '"warnings"' in text
    assert record.load(tmp_path).header.warnings == ()


def test_the_terminal_says_it_first(tmp_path: Path) -> None:
    """The first line of an audit's summary is the warning, one line for each gateway."""
    run = _run(tmp_path, "openai", "litellm", "new-api")
    first, second, third, *_ = summary(run, tmp_path / "index.html").splitlines()
    assert (first, second[:40]) == (f"Warning: {GONE}", "Warning: new-api: gpt-image-1 was shut d")
    assert third.startswith("openai: ")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_written_reports_say_it(tmp_path: Path, form: str) -> None:
    """Plain text and Markdown begin with the warning."""
    first = render(_run(tmp_path, "litellm"), form).splitlines()[0]
    assert "Warning:" in first
    assert "gpt-image-1 was shut down on 2026-10-23" in first


def test_the_page_says_it(tmp_path: Path) -> None:
    """The HTML report has the warning above its headline."""
    _run(tmp_path, "litellm")
    page = write_html(tmp_path).read_text("utf-8")
    assert page.index("gpt-image-1 was shut down on 2026-10-23") < page.index("<h1")


def test_a_hostile_warning_stays_text(tmp_path: Path) -> None:
    """A name in a gateway file cannot break out of the terminal's line."""
    run = _run(tmp_path, "litellm")
    hostile = replace(run, header=replace(run.header, warnings=("a: \x1b[2Jx\nexit 0",)))
    assert summary(hostile, tmp_path).splitlines()[0] == r"Warning: a: \x1b[2Jx\nexit 0"
