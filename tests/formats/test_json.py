"""JSON: whole output, and agreement with the published schema."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson
from jsonschema import Draft202012Validator

from gateprobe.formats.json import json_of, render_json
from gateprobe.record.file import Run, load
from gateprobe.resources import SCHEMAS
from gateprobe.views.matrix import Matrix
from tests.support.runs import write_run

GOLDEN: Final = (Path(__file__).parent / "golden" / "report.json").read_bytes().decode()


def test_the_whole_report(matrix: Matrix) -> None:
    """The answer, the counts, and every cell with its records."""
    assert json_of(matrix) == GOLDEN


def _violations(text: str) -> list[str]:
    schema = orjson.loads((SCHEMAS / "report.schema.json").read_bytes())
    Draft202012Validator.check_schema(schema)
    return [error.message for error in Draft202012Validator(schema).iter_errors(orjson.loads(text))]


def test_it_keeps_to_its_schema(run: Run) -> None:
    """A whole run keeps to the schema that is published for it."""
    assert _violations(render_json(run)) == []


def test_a_run_that_died_keeps_to_it_too(tmp_path: Path) -> None:
    """Without a footer, end and exit code are null, and the outcome says that the run died."""
    text = render_json(load(write_run(tmp_path / "run", footer=None)))
    plain = orjson.loads(text)
    assert (_violations(text), plain["outcome"], plain["run"]["exit_code"]) == ([], "died", None)


def test_the_schema_can_fail(matrix: Matrix) -> None:
    """A report without its counts, or with an unknown verdict, breaks the schema."""
    plain = orjson.loads(json_of(matrix))
    del plain["gateways"][0]["not_run"]
    plain["cells"][0]["records"][0]["verdict"] = "passed"
    assert len(_violations(orjson.dumps(plain).decode())) == 2
