"""One sentence for a buyer: what draws, and what is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from gateprobe.formats.short_answer import short_answer
from gateprobe.model import Cause, Observed
from gateprobe.record.file import Footer, Record, load
from gateprobe.request import Request
from gateprobe.views.advice import advise
from gateprobe.views.drawing import Delivery, Drawing, DrawingWay
from gateprobe.views.matrix import read_matrix
from gateprobe.views.tally import tally
from tests.support.runs import ACME, a_record, write_run

NOTHING: Final = Drawing("acme", "Acme")
_DRAWS = a_record(ACME, "images.generate", Observed.HONOURED, "one came")
_LISTS = a_record(ACME, "models.list", Observed.HONOURED, "models listed")


def _sentence(folder: Path, *records: Record, drawing: Drawing = NOTHING) -> str:
    matrix = read_matrix(load(write_run(folder, records, (ACME,), Footer("2026-11-21T09:40:34Z", 0))))
    return short_answer(tally(matrix, "acme"), advise(ACME, matrix.column("acme")), drawing)


def test_it_names_the_way_and_the_causes(tmp_path: Path) -> None:
    """The way that draws comes first; then what is broken, in the words of its kind."""
    broken = replace(a_record(ACME, "images.generate.n", Observed.IGNORED, "one came"), fault_kind="param.n_ignored")
    assert _sentence(tmp_path / "run", _DRAWS, broken) == (
        "Draws by POST /images/generations, one JSON answer. "
        "Broken: another number of pictures comes than was asked for."
    )


def test_it_says_that_all_is_kept(tmp_path: Path) -> None:
    """What is kept is counted by what was tested."""
    assert (
        _sentence(tmp_path / "run", _LISTS) == "Drawing was not tested. It keeps every promise that was tested, 1 of 5."
    )


def test_an_outage_is_an_outage_and_nothing_else(tmp_path: Path) -> None:
    """Of a gateway of which nothing was observed, only that is said."""
    down = a_record(ACME, "models.list", Observed.UNOBSERVED, "no byte came", cause=Cause.NETWORK)
    assert _sentence(tmp_path / "run", down) == "Nothing could be observed (network)."


def test_a_way_that_drew_once_is_no_way_to_use(tmp_path: Path) -> None:
    """Where a picture came and no way worked in every probe, both are said."""
    request = Request("POST", "/responses")
    way = DrawingWay(
        "/responses", streams=True, edits=False, delivery=Delivery.BASE64, host="", format="png", request=request
    )
    broken = a_record(ACME, "responses.image.stream", Observed.MALFORMED, "no terminal event")
    drawing = Drawing("acme", "Acme", (way,), asked=True)
    assert _sentence(tmp_path / "run", broken, drawing=drawing).startswith(
        "A picture came by POST /responses, streamed, but not in every probe. Broken: "
    )
