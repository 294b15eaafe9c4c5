"""The page of what changed: headline, links to both reports, and counts that add up."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.html.diff import render_diff, write_diff
from gateprobe.formats.nights.changes import paragraph, title, why
from gateprobe.formats.nights.diff import diff_markdown, diff_text
from gateprobe.message import verbatim
from gateprobe.model import Cause, Observed
from gateprobe.record.file import Footer, Header, Record, Run, load
from gateprobe.views.change_groups import grouped
from gateprobe.views.changes import ChangeKind, Diff, diff
from tests.support.runs import ACME, HOSTILE, OPENAI, a_record, write_run

_GOOD = a_record(ACME, "models.list", Observed.HONOURED, "listed")
_BAD = a_record(ACME, "models.list", Observed.IGNORED, "no list")
_LATE = a_record(ACME, "models.list", Observed.UNOBSERVED, "late", cause=Cause.TIMEOUT)


def _diff(tmp_path: Path, old: Record, new: Record) -> Diff:
    before, after = (
        load(write_run(tmp_path / name, (record,), (ACME,), capture=False))
        for name, record in (("old", old), ("new", new))
    )
    return diff(before, after)


@pytest.mark.parametrize(
    ("old", "new", "headline"),
    [
        (_GOOD, _BAD, "acme got worse: 1 finding."),
        (_GOOD, _LATE, "Nothing got worse, but acme could not be observed: 1 finding."),
        (_BAD, _GOOD, "acme got better: 1 finding."),
        (_GOOD, _GOOD, "Nothing got worse."),
    ],
)
def test_the_headline(tmp_path: Path, old: Record, new: Record, headline: str) -> None:
    """The page's first sentence is the most urgent that is true."""
    assert f">{headline}</h1>" in render_diff(_diff(tmp_path, old, new))


def test_what_a_document_did_is_no_news_in_the_headline(tmp_path: Path) -> None:
    """A claim that was edited contradicts a finding, and no gateway got worse."""
    difference = _diff(tmp_path, _GOOD, _BAD)
    edited = diff(difference.old, difference.new, edited={("acme", "models.list")})
    headline = "Nothing got worse. 1 finding is broken by a change of gateprobe or a document."
    assert f">{headline}</h1>" in render_diff(edited)


def test_it_links_to_both_reports(tmp_path: Path) -> None:
    """The page lies in the newer run's folder; the older report is found from there."""
    path = write_diff(_diff(tmp_path, _GOOD, _BAD))
    text = path.read_text("utf-8")
    assert path == tmp_path / "new" / "diff.html"
    assert 'href="../old/index.html"' in text
    assert 'href="index.html#acme/models.list"' in text


def test_the_text(tmp_path: Path) -> None:
    """As text: the paragraph, a line for each change, and what is not listed."""
    assert diff_text(_diff(tmp_path, _GOOD, _BAD)) == (
        "Since 2026-11-21 09:40, models_list@acme got worse.\n"
        "\n"
        "  worse: models_list@acme [must] ✓ kept → ✗ broken, by the gateway: no list\n"
        "Of 1 item, 0 are the same and 0 differ in their evidence alone.\n"
    )


def test_the_markdown(tmp_path: Path) -> None:
    """As Markdown: the paragraph, a row for each change, and what is not listed."""
    assert diff_markdown(_diff(tmp_path, _GOOD, _BAD)) == (
        "## gateprobe diff: Since 2026-11-21 09:40, models\\_list@<!-- -->acme got worse.\n"
        "\n"
        "| change | item | level | before | now | origin | reason |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| worse | models\\_list@<!-- -->acme | must | ✓ kept | ✗ broken | by the gateway | no list |\n"
        "\n"
        "Of 1 item, 0 are the same and 0 differ in their evidence alone.\n"
    )


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    """A hostile finding is no markup on the page, and no escape sequence in the text."""
    difference = _diff(tmp_path, _GOOD, replace(_BAD, message=verbatim(HOSTILE)))
    assert "<script>alert" not in render_diff(difference)
    assert not {"\x1b", "\u202e"} & set(diff_text(difference) + diff_markdown(difference) + render_diff(difference))


def test_what_is_not_observed_is_nobodys_doing(tmp_path: Path) -> None:
    """What could not be observed now is told with its cause, and not held against the gateway."""
    record = a_record(ACME, "stream.order", Observed.HONOURED, "in order")
    hidden = a_record(ACME, "stream.order", Observed.UNOBSERVED, "no end", cause=Cause.PREREQUISITE)
    difference = _diff(tmp_path, record, hidden)
    page = render_diff(difference)
    assert '<span class="whose">not observed: prerequisite</span>' in page
    assert "by the gateway" not in page + diff_text(difference)


def test_one_cause_is_named_once(tmp_path: Path) -> None:
    """What one missing event breaks is counted as one cause, by the finding that names it."""
    names = {
        "responses.image.stream": "0 completed events came, expected one image_generation",
        "models.list": "the stream stops without response.completed",
        "images.generate.n": "the stream ended without response.completed",
    }
    cause = {"images.generate.n": Cause.PREREQUISITE}
    old, new = (
        [
            a_record(
                ACME,
                name,
                kept if kept is Observed.HONOURED or name not in cause else Observed.UNOBSERVED,
                reason,
                cause=None if kept is Observed.HONOURED else cause.get(name),
                fault_kind="" if kept is Observed.HONOURED else "stream.no_terminal",
                caused_by="models.list" if name in cause else "",
            )
            for name, reason in names.items()
        ]
        for kept in (Observed.HONOURED, Observed.MALFORMED)
    )
    before, after = (
        load(write_run(tmp_path / name, tuple(some), (ACME,), capture=False))
        for name, some in (("old", old), ("new", new))
    )
    difference = diff(before, after)
    assert ", models_list@acme (and 1 more with the same cause) got worse. Also, " in paragraph(difference)
    assert ">acme got worse: 2 findings, 1 cause.</h1>" in render_diff(difference)


def _two(tmp_path: Path, old: Iterable[Record], new: Iterable[Record]) -> Diff:
    """Compare two runs; each asks the gateways of its records."""
    runs: list[Run] = []
    for name, some in (("old", tuple(old)), ("new", tuple(new))):
        gateways = tuple(item for item in (ACME, OPENAI) if any(record.gateway == item.name for record in some))
        runs.append(load(write_run(tmp_path / name, some, gateways, capture=False)))
    return diff(runs[0], runs[1])


_NAMES: Final = ("models.list", "images.generate", "images.generate.n", "images.edit", "stream.order")


def test_an_outage_is_one_entry(tmp_path: Path) -> None:
    """A gateway of which nothing is observed now is told once with the cause; its findings are folded beneath."""
    records = [a_record(ACME, name, Observed.HONOURED, "done") for name in _NAMES]
    out = [a_record(ACME, name, Observed.UNOBSERVED, "no connection", cause=Cause.NETWORK) for name in _NAMES]
    down, up = _two(tmp_path / "down", records, out), _two(tmp_path / "up", out, records)
    (group,) = grouped(down, ChangeKind.UNSEEN)
    assert (title(group), why(group), len(group.changes)) == (
        "acme: nothing could be observed",
        "network: no connection",
        len(_NAMES),
    )
    (back,) = grouped(up, ChangeKind.SEEN)
    assert (title(back), why(back)) == ("acme: observed again", "Before, network: no connection")
    page = render_diff(down)
    assert page.count("<article") == 1
    assert page.count("no connection") == 1
    assert "Nothing got worse, but acme could not be observed: 5 findings, 1 cause." in page
    assert "5 findings of acme (network) could no longer be observed." in paragraph(down)


def test_who_joined_is_one_entry(tmp_path: Path) -> None:
    """A gateway that was not asked before is one entry with its counts; a new finding of a known one is its own."""
    known = [a_record(ACME, "models.list", Observed.HONOURED, "listed")]
    joined = [a_record(OPENAI, name, Observed.IGNORED, "not done") for name in _NAMES]
    fresh = [a_record(ACME, "images.edit", Observed.HONOURED, "drawn")]
    difference = _two(tmp_path, known, known + joined + fresh)
    titles = [title(group) for group in grouped(difference, ChangeKind.NEW)]
    assert sorted(titles) == ["", "openai, 5 findings: 3 not offered and 2 broken; 2 musts are broken"]
    assert render_diff(difference).count("<article") == 2


@given(st.lists(st.tuples(st.sampled_from(_NAMES), st.sampled_from(Observed), st.sampled_from(Observed)), max_size=5))
def test_every_change_is_in_one_group(some: list[tuple[str, Observed, Observed]]) -> None:
    """Whatever changed, each change stands in one group of its kind."""
    runs = [
        replace(_EMPTY, records=tuple({name: _of(name, (old, new)[at]) for name, old, new in some}.values()))
        for at in (0, 1)
    ]
    difference = diff(runs[0], runs[1])
    for kind in ChangeKind:
        items = [change.record.item for group in grouped(difference, kind) for change in group.changes]
        assert sorted(items) == sorted(item.record.item for item in difference.of(kind))


def _of(name: str, seen: Observed) -> Record:
    cause = Cause.NETWORK if seen is Observed.UNOBSERVED else None
    return a_record(ACME, name, seen, f"{seen}", cause=cause)


_EMPTY: Final = Run(Path("runs/one"), Header("2026-11-21T09:40:00Z", "0.1.0", ("acme",), "nightly"), (), Footer("", 0))
