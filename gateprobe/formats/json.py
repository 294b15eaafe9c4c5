"""JSON for machines: the answer, the counts, every cell with its records; `schemas/report.schema.json` states it."""

from __future__ import annotations

import json
import re
from typing import Final

import orjson

from gateprobe.codec import to_plain
from gateprobe.formats import answer as words
from gateprobe.formats.findings import not_run, reason
from gateprobe.formats.gateway_answer import of_gateway
from gateprobe.model import Json
from gateprobe.record.file import Record, Run
from gateprobe.views.answer import answer
from gateprobe.views.causes import CauseGroup
from gateprobe.views.matrix import Cell, Matrix, read_matrix
from gateprobe.views.states import State, state_of
from gateprobe.views.tally import Tally

_HIDDEN: Final = re.compile(r"[^\x00-\x7e]")

FORMAT: Final = 2
"""The version of this report's form."""


def render_json(run: Run) -> str:
    """Return a run as JSON."""
    return json_of(read_matrix(run))


def json_of(matrix: Matrix) -> str:
    """Return a matrix as JSON, keys in a fixed order, ended by a newline."""
    facts, header, footer = answer(matrix), matrix.run.header, matrix.run.footer
    plain: dict[str, Json] = {
        "format": FORMAT,
        "outcome": facts.outcome,
        "headline": words.headline(facts),
        "answer": words.one_line(facts),
        "detail": words.detail(facts),
        "run": {
            "started_at": header.started_at,
            "finished_at": footer.finished_at if footer else None,
            "exit_code": footer.exit_code if footer else None,
            "version": header.version,
            "tier": header.tier,
            "embedded": header.embedded,
            "options": to_plain(header.options),
            "versions": dict(header.versions),
            "warnings": list(words.warnings(matrix.run)),
            "complaints": list(header.complaints),
            "torn": facts.torn,
            "stopped": facts.stopped,
        },
        "gateways": [
            {"name": gateway.name, "title": gateway.title, "base_url": gateway.base_url, **_counts(counts)}
            for gateway, counts in zip(matrix.gateways, facts.gateways, strict=True)
        ],
        "cells": [_cell(cell) for gateway in matrix.gateways for cell in matrix.column(gateway.name)],
    }
    return inert(orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode())


def inert(text: str) -> str:
    """Write JSON text with an escape for each character that a terminal or an editor would act on; the same value."""
    return _HIDDEN.sub(lambda match: match[0] if match[0].isprintable() else json.dumps(match[0])[1:-1], text)


def _counts(counts: Tally) -> dict[str, Json]:
    return {
        "outcome": counts.outcome,
        "answer": of_gateway(counts),
        "total": counts.total,
        "states": {str(state): number for state, number in counts.states.items() if state is not State.NOT_RUN},
        "not_run": counts.not_run,
        "documented": {"total": counts.documented, "confirmed": counts.kept},
        "openai": {"total": counts.comparable, "same": counts.as_openai, "different": counts.unlike_openai},
        "contradicted_must": list(counts.broken_must),
        "incomplete": list(counts.incomplete),
        "flaky_must": list(counts.flaky_must),
        "lacking": list(counts.lacking),
        "accepted": list(counts.accepted),
        "behind_accepted": list(counts.settled),
        "causes": [_cause(cause) for cause in counts.causes],
    }


def _cause(cause: CauseGroup) -> dict[str, Json]:
    key = cause.key
    return {
        "fault_kind": key.fault_kind,
        "title": key.kind.title if key.kind is not None else "",
        "scope": {"endpoint": key.endpoint, "streaming": key.streaming, "option": key.option},
        "capability": cause.lead.capability.id,
        "level": cause.lead.level,
        "reason": reason(cause.lead),
        "also_contradicted": [cell.capability.id for cell in cause.others],
        "hidden": [cell.capability.id for cell in cause.hidden],
    }


def _cell(cell: Cell) -> dict[str, Json]:
    return {
        "gateway": cell.gateway,
        "capability": cell.capability.id,
        "level": cell.level,
        "stance": cell.stance,
        "verdict": cell.verdict,
        "state": cell.state,
        "compatible": cell.compatible,
        "why_not_run": not_run(cell) or None,
        "records": [_record(record) for record in cell.records],
    }


def _record(record: Record) -> dict[str, Json]:
    """Return a record, with its messages as sentences beside their data."""
    plain = to_plain(record)
    return {**plain, "state": state_of(record), "reason": record.reason, "reference_reason": record.reference_reason}
