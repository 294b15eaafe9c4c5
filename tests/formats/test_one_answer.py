"""The answer of a run is the same in every format, for twelve kinds of run."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import fromstring

import orjson
import pytest

from gateprobe.cli.summary import summary
from gateprobe.errors import ExitCode
from gateprobe.formats import render
from gateprobe.formats.annotations import github
from gateprobe.formats.answer import one_line
from gateprobe.formats.nights.night_file import write_night
from gateprobe.language import choose, chosen, localise
from gateprobe.model import Cause, Observed
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Record, Run, load
from gateprobe.record.options import RunOptions
from gateprobe.record.repeats import together
from gateprobe.views.answer import answer_of
from gateprobe.views.nights.night_comparison import FailOn, compare
from gateprobe.views.tally import Outcome
from tests.support.runs import ACME, a_record, write_run

LISTED: Final = a_record(ACME, "models.list", Observed.HONOURED, "2 models are listed")
BROKEN: Final = a_record(ACME, "models.list", Observed.IGNORED, "no list came", fault_kind="models.list_wrong")
LATE: Final = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "no byte came", cause=Cause.TIMEOUT)
STOPPED: Final = a_record(ACME, "images.generate.n", Observed.UNOBSERVED, "the audit was stopped", cause=Cause.BUDGET)
LACKS: Final = a_record(ACME, "responses.previous_response_id", Observed.REFUSED, "HTTP 400")
UNPROMISED: Final = a_record(ACME, "auth.bogus_key_refused", Observed.HONOURED, "HTTP 401")
DOWN: Final = tuple(
    a_record(ACME, name, Observed.UNOBSERVED, "connection refused", cause=Cause.NETWORK)
    for name in ("models.list", "images.generate.n", "responses.image.stream")
)
FLAKY: Final = together([LISTED, BROKEN, LISTED, LISTED, BROKEN, LISTED])


@dataclass(frozen=True)
class Kind:
    """A kind of run, and the answer that every format gives."""

    records: tuple[Record, ...]
    outcome: Outcome
    headline: str
    code: int
    embedded: bool = False
    options: RunOptions = field(default_factory=RunOptions)
    ended: bool = True
    torn: bool = False
    stopped: bool = False


KINDS: Final = {
    "clean": Kind((LISTED,), Outcome.KEPT, "Acme Images keeps every promise that was tested.", 0),
    "contradicted": Kind(
        (BROKEN,), Outcome.BROKEN, "Acme Images: 1 of 5 documented capabilities is broken (1 must).", 1
    ),
    "incomplete": Kind(
        (LISTED, LATE),
        Outcome.INCOMPLETE,
        "No must is broken, but Acme Images could not be observed in full: 1 of 2 probes have no answer.",
        10,
    ),
    "accepted": Kind(
        (LISTED, replace(BROKEN, item="other@acme", accepted="ticket 4711")),
        Outcome.WANTING,
        "Every must that was tested is kept, except for 1 accepted contradiction of Acme Images.",
        0,
    ),
    "needed and missing": Kind(
        (LISTED, LACKS),
        Outcome.BROKEN,
        "No, acme lacks responses.previous_response_id (HTTP 400).",
        1,
        options=RunOptions(needs=("responses.previous_response_id",)),
    ),
    "selected, nothing promised": Kind((UNPROMISED,), Outcome.UNTESTED, "Nothing that is promised was tested.", 0),
    "outage": Kind(
        DOWN,
        Outcome.INCOMPLETE,
        "No must is broken, but nothing could be observed of Acme Images (network): 3 of 3 probes have no answer.",
        10,
    ),
    "stopped": Kind(
        (LISTED, STOPPED),
        Outcome.INCOMPLETE,
        "The audit was stopped; `--resume` continues it. No must is broken, but Acme Images could not "
        "be observed in full: 1 of 2 probes have no answer.",
        10,
        stopped=True,
    ),
    "torn": Kind(
        (LISTED,),
        Outcome.DIED,
        "The audit ended early; this is what had been judged until then.",
        10,
        ended=False,
        torn=True,
    ),
    "embedded": Kind((LISTED,), Outcome.KEPT, "Acme Images keeps every promise that was tested.", 0, embedded=True),
    "flaky": Kind(
        (FLAKY,),
        Outcome.FLAKY,
        "No must is broken in every turn, but 1 must of Acme Images is flaky (models.list).",
        1,
    ),
    "empty": Kind((), Outcome.UNTESTED, "Nothing was tested.", 0),
}


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Kind:
    """Return a kind of run."""
    return KINDS[request.param]


@pytest.fixture
def run(kind: Kind, tmp_path: Path) -> Run:
    """Write and load a run of a kind; its exit code is the one that its records give."""
    needs = kind.options.needs
    code = record.exit_code(kind.records, needs)
    footer = Footer("2026-11-21T09:40:34Z", code, stopped=kind.stopped) if kind.ended else None
    folder = write_run(tmp_path / "run", kind.records, (ACME,), footer, embedded=kind.embedded, capture=False)
    header = replace(load(folder).header, options=kind.options)
    record.write(folder / "run.jsonl", header, kind.records, footer)
    if kind.torn:
        with (folder / "run.jsonl").open("ab") as file:
            file.write(b'{"kind": "rec')
    return load(folder)


def _text(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def _markdown(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace("<!-- -->", ""))


def _first_suite(text: str) -> str:
    properties = fromstring(text).iter("property")  # noqa: S314 - our own output
    return next(each.get("value", "") for each in properties if each.get("name") == "answer")


def _description(text: str) -> str:
    return next(each.text or "" for each in fromstring(text).iter() if each.tag.endswith("desc"))  # noqa: S314 - ours


def _night(run: Run) -> str:
    write_night(compare((), run), FailOn.INCOMPLETE)
    return str(orjson.loads((run.folder / "night.json").read_bytes())["answer"])


ANSWERS: Final[dict[str, Callable[[Run], str]]] = {
    "terminal": lambda run: render(run, "text"),
    "command": lambda run: summary(run, Path("index.html")),
    "html": lambda run: _text(render(run, "html")),
    "markdown": lambda run: _markdown(render(run, "markdown")),
    "junit": lambda run: _first_suite(render(run, "junit")),
    "json": lambda run: str(orjson.loads(render(run, "json"))["answer"]),
    "badge": lambda run: _description(render(run, "badge")),
    "annotations": lambda run: github(run).partition("::")[2],
    "night": _night,
}


@pytest.mark.parametrize("form", ANSWERS)
def test_every_format_gives_the_same_answer(kind: Kind, run: Run, form: str) -> None:
    """One sentence with its exit code, letter for letter."""
    assert f"{kind.headline} (exit {kind.code})" in ANSWERS[form](run)


def test_the_outcome_agrees_with_the_exit_code(kind: Kind, run: Run) -> None:
    """The outcome is that of the headline, and the exit code is the one that the run ended with."""
    facts = answer_of(run)
    assert (facts.outcome, facts.exit_code) == (kind.outcome, kind.code)
    assert (facts.torn, facts.stopped, facts.embedded) == (kind.torn, kind.stopped, kind.embedded)
    outcomes = {
        ExitCode.OK: {Outcome.KEPT, Outcome.WANTING, Outcome.UNTESTED},
        ExitCode.CONTRADICTED: {Outcome.BROKEN, Outcome.FLAKY},
        ExitCode.INCOMPLETE: {Outcome.INCOMPLETE, Outcome.DIED},
        ExitCode.FAILED: {Outcome.FAILED},
    }
    assert facts.outcome in outcomes[facts.exit_code]


@pytest.mark.parametrize("form", ["html", "markdown"])
def test_the_exit_code_is_explained(kind: Kind, run: Run, form: str) -> None:
    """Where there is room, the exit code stands in words, too."""
    assert f"exit code {kind.code}: {ExitCode(kind.code).meaning}" in ANSWERS[form](run)


@pytest.fixture
def _chinese() -> Iterator[None]:
    before = chosen()
    choose("zh")
    yield
    choose(before)


@pytest.mark.usefixtures("_chinese")
def test_the_chinese_result_gives_the_same_answer(kind: Kind, run: Run) -> None:
    """A Chinese result ends with the Chinese answer and the same exit code, and has no English answer."""
    answer = localise(one_line, answer_of(run))
    result = localise(summary, run, Path("index.html"))
    assert answer.endswith(f"（退出码 {kind.code}）")  # noqa: RUF001 - Chinese brackets
    assert answer in result
    assert kind.headline not in result


@pytest.mark.usefixtures("_chinese")
@pytest.mark.parametrize("form", ["json", "night"])
def test_data_is_english_in_every_language(kind: Kind, run: Run, form: str) -> None:
    """What programs read gives the English answer where Chinese was chosen."""
    assert ANSWERS[form](run) == f"{kind.headline} (exit {kind.code})"
