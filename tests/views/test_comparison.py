"""Gateways side by side: the rows that differ first, stated rules, aliases that give nothing away."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from gateprobe import __version__
from gateprobe.formats.html.compare import (
    PROVENANCE,
    RANK_WORDS,
    TITLES,
    measures_of,
    render_compare,
    stated_rank,
    write_compare,
)
from gateprobe.formats.html.shortlist import COMMON, shortlist
from gateprobe.gateway import Document, KeyRule, Models, Prices
from gateprobe.gateway.catalogue import catalogue
from gateprobe.model import Cause, Observed
from gateprobe.record.file import Run, load
from gateprobe.views.comparison import AliasError, Comparison, Difference, UnknownRankError, compare, together
from gateprobe.views.measures import measure
from tests.support.parsed_page import Parsed
from tests.support.runs import ACME, OPENAI, a_record, write_run

pytestmark = pytest.mark.slow

_UNSIGNED: Final = "3 of 3 pictures carry no C2PA manifest; that proves nothing, for every re-encoding loses it"
_REST: Final = len(catalogue().ids) - 6


@pytest.fixture(scope="module")
def compared(run: Run) -> Comparison:
    """Compare the two gateways of one run."""
    return compare([(run, measures_of(run))])


def test_differing_rows_come_first(compared: Comparison) -> None:
    """Rows are by what they tell, musts first, and none is lost."""
    groups = compared.groups.items()
    titles = [(TITLES[group], [row.capability.id for row in rows][:3], len(rows)) for group, rows in groups]
    assert titles == [
        ("Promises that somebody breaks", ["images.generate.n"], 1),
        ("Where they behave differently", ["auth.bogus_key_refused"], 1),
        ("Where only their documents differ", [], 0),
        (
            "Where they agree, as far as was observed",
            ["models.list", "responses.previous_response_id", "responses.image.stream"],
            4,
        ),
        ("What was not tested", ["models.listed_are_callable", "models.unknown_refused", "models.echoed"], _REST),
    ]


def test_what_only_documents_say_is_apart(tmp_path: Path) -> None:
    """Where all behave alike and one promises it and one does not, only their documents differ."""
    records = [
        a_record(item, "images.generate.failure_not_billed", Observed.HONOURED, "free") for item in (ACME, OPENAI)
    ]
    run = load(write_run(tmp_path / "run", tuple(records), capture=False))
    comparison = compare([(run, measures_of(run))])
    assert [row.capability.id for row in comparison.groups[Difference.DOCUMENTS]] == [
        "images.generate.failure_not_billed"
    ]


def test_needs_come_before_the_rule(run: Run) -> None:
    """With needs, the columns with most of them at work come first, and the rule that is stated says so."""
    comparison = compare([(run, measures_of(run))], rank="openai", needs=("images.generate.n", "models.list"))
    assert [(column.label, column.count_working(comparison.needs)) for column in comparison.columns] == [
        ("openai", 2),
        ("acme", 1),
    ]
    rule = f"most of images.generate.n and models.list first, then {RANK_WORDS['openai']}"
    assert stated_rank(comparison) == rule
    assert [column.label for column in compare([(run, measures_of(run))], needs=("models.list",)).columns] == [
        "openai",
        "acme",
    ]


def test_an_unknown_need_is_one_sentence(run: Run) -> None:
    """A need that no run knows is wrong use."""
    with pytest.raises(UnknownRankError, match=r'^No run knows the capability "zzz"; `gateprobe probes` lists them'):
        compare([(run, measures_of(run))], needs=("zzz",))
    with pytest.raises(
        UnknownRankError, match=r'^No run knows the capability "images\.edits"; did you mean images\.edit'
    ):
        compare([(run, measures_of(run))], needs=("images.edits",))


@pytest.mark.parametrize(
    ("observed", "sentence"),
    [
        ({}, ""),
        ({"c2pa_present": Observed.IGNORED}, "not signed"),
        ({"c2pa_present": Observed.HONOURED}, "signed by somebody, signature not verified"),
        ({"c2pa_present": Observed.HONOURED, "c2pa_valid": Observed.MALFORMED}, "a signature is broken"),
        ({"c2pa_present": Observed.HONOURED, "c2pa_valid": Observed.HONOURED}, "signed by somebody, not checked"),
        (dict.fromkeys(("c2pa_present", "c2pa_valid", "model"), Observed.HONOURED), "signed, model as asked"),
    ],
)
def test_provenance_is_in_words(tmp_path: Path, observed: dict[str, Observed], sentence: str) -> None:
    """What the pictures say of themselves is told as far as it was observed."""
    records = tuple(a_record(ACME, f"provenance.{name}", seen, _UNSIGNED) for name, seen in observed.items())
    run = load(write_run(tmp_path / "run", records, (ACME,), capture=False))
    provenance = compare([(run, measures_of(run))]).columns[0].provenance
    assert (PROVENANCE[provenance] if provenance else "") == sentence


@pytest.mark.parametrize(
    ("rank", "order"),
    [("given", ["openai", "acme"]), ("promise", ["openai", "acme"]), ("openai", ["openai", "acme"])],
)
def test_columns_follow_the_rule(run: Run, rank: str, order: list[str]) -> None:
    """The order of the columns is that of the rule, and the rule is stated."""
    comparison = compare([(run, measures_of(run))], rank=rank)
    assert ([column.label for column in comparison.columns], stated_rank(comparison)) == (order, RANK_WORDS[rank])


def test_a_broken_must_comes_last_by_promise(tmp_path: Path) -> None:
    """By promise, a gateway that breaks a must stands after one that does not."""
    broken = a_record(ACME, "models.list", Observed.IGNORED, "no list")
    run = load(write_run(tmp_path / "run", (broken,), (ACME, OPENAI)))
    comparison = compare([(run, measures_of(run))], rank="promise")
    assert [column.label for column in comparison.columns] == ["openai", "acme"]


def test_an_unknown_rule_is_one_sentence(run: Run) -> None:
    """A rule that is not there names those that are."""
    with pytest.raises(UnknownRankError, match="known are given, promise, openai, time, price"):
        compare([(run, measures_of(run))], rank="best")


def test_two_nights_of_one_gateway_are_told_apart(run: Run) -> None:
    """A gateway that is in several runs carries the time of each."""
    other = replace(run, header=replace(run.header, started_at="2026-11-22T09:40:00Z"))
    comparison = compare([(item, measures_of(run)) for item in (run, other)])
    assert [column.label for column in comparison.columns if column.gateway.name == "acme"] == [
        "acme, 2026-11-21 09:40:00",
        "acme, 2026-11-22 09:40:00",
    ]


def test_an_alias_gives_nothing_away(tmp_path: Path) -> None:
    """No byte of the page tells of an aliased gateway: no name, title, address, key, document, model or folder."""
    marked = replace(
        ACME,
        base_url="https://api.leaky-host.example/v7",
        key=KeyRule("LEAKY_KEY_VARIABLE", "x-leaky-header", "Leaky"),
        models=Models("leaky-text-1", "leaky-image-1"),
        about="Leaky words about it.",
        documents={"guide": Document("Leaky guide", "2026-05", "en", "https://docs.leaky.example/guide")},
    )
    run = load(write_run(tmp_path / "leaky-run", gateways=(OPENAI, marked)))
    text = write_compare([run], tmp_path / "compare.html", {"acme": "Gateway A"}).read_text("utf-8")
    assert "Gateway A" in text
    leaks = re.findall(r"(?i)leaky|acme|docs\.example|index\.html|asked for 2 pictures", text)
    assert leaks == []


def test_a_run_with_an_alias_is_not_linked(run: Run, tmp_path: Path) -> None:
    """The neighbour of an aliased gateway is not linked either: its report names both."""
    text = write_compare([run], tmp_path / "compare.html", {"acme": "A"}).read_text("utf-8")
    assert "index.html" not in text
    assert "index.html" in write_compare([run], tmp_path / "compare.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("aliases", "sentence"),
    [
        ({"acmee": "A"}, 'No run holds a gateway "acmee"; did you mean acme?'),
        ({"acme": "A", "openai": "A"}, 'Two gateways would be called "A"; give each a name of its own.'),
        ({"acme": "openai"}, 'Two gateways would be called "openai"; give each a name of its own.'),
    ],
)
def test_an_alias_that_would_publish_a_name_is_refused(run: Run, aliases: dict[str, str], sentence: str) -> None:
    """A mistyped alias is wrong use, and so is one name for two gateways."""
    with pytest.raises(AliasError) as raised:
        compare([(run, measures_of(run))], aliases)
    assert str(raised.value) == sentence


def test_the_first_screen_answers(run: Run, tmp_path: Path) -> None:
    """The headline and the lead say in words and counts who breaks promises and in how much they differ."""
    text = Parsed(write_compare([run], tmp_path / "compare.html").read_text("utf-8")).text
    assert "1 of 2 gateways breaks a promise at level must: acme." in text
    assert f"Of {_REST + 6} capabilities, 1 are promised and not kept by somebody, and in 1 more they behave" in text


def test_an_old_run_says_who_judged_it(run: Run, tmp_path: Path) -> None:
    """Runs judged by older versions say so, and which version drew the page."""
    old = replace(run, header=replace(run.header, version="0.0.1"))
    text = Parsed(write_compare([old], tmp_path / "compare.html").read_text("utf-8")).text
    assert f"Judged by gateprobe 0.0.1, rendered by {__version__}." in text


def test_drawing_twice_gives_the_same(compared: Comparison, tmp_path: Path) -> None:
    """A comparison is a function of the runs and of nothing else."""
    assert render_compare(compared, tmp_path) == render_compare(compared, tmp_path)


def test_a_hundred_gateways_stay_small(tmp_path: Path) -> None:
    """A hundred gateways with every capability judged are one page of less than 3 MB."""
    many = tuple(replace(ACME, name=f"acme-{number}") for number in range(100))
    records = tuple(a_record(item, name, Observed.HONOURED, "it was done") for item in many for name in catalogue().ids)
    run = load(write_run(tmp_path / "run", records, many, capture=False))
    comparison = compare([(run, {item.name: measure(item, {}) for item in many})])
    text = render_compare(comparison, tmp_path)
    assert len(re.findall(r'<td class="[a-z]( w)?"', text)) == 100 * len(catalogue().ids)
    assert len(text.encode()) < 3_000_000


def test_what_is_needed_and_not_at_work_is_named(run: Run) -> None:
    """Beside how many needs are at work stands which are not."""
    comparison = compare([(run, measures_of(run))], needs=("images.generate.n", "models.list"))
    assert [column.lacking(comparison.needs) for column in comparison.columns] == [(), ("images.generate.n",)]
    text = Parsed(render_compare(comparison, run.folder.parent)).text
    assert "1 of 2 needed capabilities work; missing: images.generate.n" in text


def test_the_shortlist_answers(run: Run) -> None:
    """It names who has all that is needed, or says that nobody has, and who has most."""
    measures = measures_of(run)
    wanted = (
        ("models.list",),
        ("images.generate.n", "models.list"),
        ("images.edit",),
        ("images.edit", "models.list"),
        (),
    )
    assert [shortlist(compare([(run, measures)], needs=needs)) for needs in wanted] == [
        "All of 1 needed capability: openai and acme.",
        "All of 2 needed capabilities: openai.",
        "No gateway has any of 1 needed capability.",
        "No gateway has all of 2 needed capabilities; most, 1: openai and acme.",
        "",
    ]


def test_every_common_need_is_a_capability() -> None:
    """What a buyer can choose is in the catalogue."""
    assert COMMON.keys() <= set(catalogue().ids)


def test_a_column_has_its_title_and_its_model(run: Run) -> None:
    """Under its name, each column has the gateway's title and the image model."""
    text = render_compare(compare([(run, measures_of(run))]), run.folder.parent)
    assert f"<small>{ACME.title}</small><small>{ACME.models.image}</small>" in text


def test_models_of_one_provider_are_together(compared: Comparison) -> None:
    """Whatever the order, columns of one provider stand beside the first of them, and none is lost."""
    openai, acme = compared.columns
    first, second = (replace(acme, gateway=ACME.column(model), label=model) for model in ("model-1", "model-2"))
    assert [column.label for column in together([first, openai, second])] == ["model-1", "model-2", "openai"]
    hidden = [replace(column, hidden=True) for column in (first, openai, second)]
    assert [column.label for column in together(hidden)] == ["model-1", "openai", "model-2"]


def test_a_price_bears_its_unit_and_its_document(run: Run) -> None:
    """A documented price says of what it is and who says so; one that no document states says that."""
    priced = replace(compare([(run, measures_of(run))]).columns[1], measures=replace(measure(ACME, {}), price=0.006))
    priced = replace(priced, gateway=replace(ACME, prices=Prices("guide")))
    comparison = compare([(run, measures_of(run))])
    text = Parsed(render_compare(replace(comparison, columns=(comparison.columns[0], priced)), run.folder.parent)).text
    assert "$0.006per picture, documented" in text
    assert f"Price of {priced.label}: The guide, 2026-05" in text
    assert "–not documented" in text
    hidden = replace(comparison, columns=(comparison.columns[0], replace(priced, hidden=True)))
    assert "The guide" not in Parsed(render_compare(hidden, run.folder.parent)).text


def test_unlike_openai_is_told_with_its_share(tmp_path: Path) -> None:
    """Where only some values of a cell are unlike OpenAI, its sign says how many, to the eye and to a screen reader."""
    records = (
        a_record(ACME, "images.generate.n", Observed.IGNORED, "1 came", value=2),
        a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "no answer came", value=3, cause=Cause.TIMEOUT),
    )
    run = load(write_run(tmp_path / "run", records))
    text = render_compare(compare([(run, measures_of(run))]), run.folder.parent)
    assert "<u>≠ 1 of 2</u>" in text
    assert "offered, 1 of 2 unlike OpenAI" in text
