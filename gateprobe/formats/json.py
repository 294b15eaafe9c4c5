"""JSON for machines: the answer, the counts, every cell with its records; `schemas/report.schema.json` states it."""

from __future__ import annotations

import json
import re
from typing import Final

import orjson

from gateprobe.codec import to_plain
from gateprobe.model import Json
from gateprobe.record.file import Record, Run
from gateprobe.views.causes import Root
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.tally import Tally, answer, tally

_HIDDEN: Final = re.compile(r"[^\x00-\x7e]")

FORMAT: Final = 2
"""The version of this report's form."""


def render_json(run: Run) -> str:
    """Draw a run as JSON."""
    return json_of(read_matrix(run))


def json_of(matrix: Matrix) -> str:
    """Draw a matrix as JSON, keys in a fixed order, ended by a newline."""
    tallies = tuple(tally(matrix, gateway.name) for gateway in matrix.gateways)
    header, footer = matrix.run.header, matrix.run.footer
    said = answer(matrix, tallies)
    plain: dict[str, Json] = {
        "format": FORMAT,
        "outcome": said.outcome,
        "headline": said.headline,
        "detail": said.detail,
        "run": {
            "started_at": header.started_at,
            "finished_at": footer.finished_at if footer else None,
            "exit_code": footer.exit_code if footer else None,
            "version": header.version,
            "tier": header.tier,
            "embedded": header.embedded,
            "options": dict(header.options),
            "versions": dict(header.versions),
            "complaints": list(header.complaints),
        },
        "gateways": [
            {"name": gateway.name, "title": gateway.title, "base_url": gateway.base_url, **_counts(one)}
            for gateway, one in zip(matrix.gateways, tallies, strict=True)
        ],
        "cells": [_cell(cell) for gateway in matrix.gateways for cell in matrix.column(gateway.name)],
    }
    return inert(orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def inert(text: str) -> str:
    """Write JSON text with an escape for each character that a terminal or an editor would act on; the same value."""
    return _HIDDEN.sub(lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text)


def _counts(one: Tally) -> dict[str, Json]:
    return {
        "outcome": one.outcome,
        "answer": one.answer,
        "total": one.total,
        "verdicts": {str(verdict): number for verdict, number in one.verdicts.items()},
        "not_run": one.not_run,
        "documented": {"total": one.documented, "confirmed": one.kept},
        "openai": {"total": one.comparable, "same": one.as_openai, "different": one.unlike_openai},
        "contradicted_must": list(one.broken_must),
        "incomplete": list(one.incomplete),
        "lacking": list(one.lacking),
        "accepted": list(one.accepted),
        "behind_accepted": list(one.settled),
        "causes": [_cause(root) for root in one.roots],
    }


def _cause(root: Root) -> dict[str, Json]:
    return {
        "capability": root.cell.capability.id,
        "level": root.cell.level,
        "reason": root.reason,
        "also_contradicted": [cell.capability.id for cell in root.others],
        "hidden": [cell.capability.id for cell in root.hidden],
    }


def _cell(cell: Cell) -> dict[str, Json]:
    return {
        "gateway": cell.gateway,
        "capability": cell.capability.id,
        "level": cell.level,
        "stance": cell.stance,
        "verdict": cell.verdict,
        "compatible": cell.compatible,
        "why_not_run": cell.why_not_run or None,
        "records": [_record(record) for record in cell.records],
    }


def _record(record: Record) -> dict[str, Json]:
    """Return a record, with its messages as sentences beside their data."""
    return {**to_plain(record), "reason": record.reason, "reference_reason": record.reference_reason}
