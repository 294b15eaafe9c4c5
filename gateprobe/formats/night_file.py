"""What a night said, kept in its run folder for whoever reads it later."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from gateprobe.formats.answer import one_line
from gateprobe.formats.headline import headline
from gateprobe.formats.night import paragraph
from gateprobe.model import Json
from gateprobe.views.answer import answer_of
from gateprobe.views.nights.night_comparison import Compared, FailOn

SAID: Final = "night.json"
"""What a night said, in its run folder; `schemas/night.schema.json` states it."""

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class Said:
    """What a night said, as `night.json` keeps it."""

    paragraph: str
    alarms: tuple[str, ...]
    fail_on: str
    exit_code: int
    headline: str = ""
    """The night in one line; empty in nights from before it was kept."""
    answer: str = ""
    """The answer of the night's own run, as every format prints it."""


def write_said(compared: Compared, fail_on: FailOn) -> Said:
    """Keep what a night says in its folder."""
    said = Said(
        paragraph(compared),
        tuple(change.record.item for change in compared.alarms),
        fail_on,
        compared.exit_code(fail_on),
        headline(compared),
        one_line(answer_of(compared.tonight)),
    )
    plain: dict[str, Json] = {
        "format": FORMAT,
        "started_at": compared.tonight.header.started_at,
        "compared_with": compared.before[-1].folder.name if compared.before else None,
        "last_good": compared.good.folder.name if compared.good else None,
        "headline": said.headline,
        "paragraph": said.paragraph,
        "answer": said.answer,
        "alarms": list(said.alarms),
        "lost": [f"{need.capability}@{need.gateway}" for need in compared.lost],
        "fail_on": said.fail_on,
        "exit_code": said.exit_code,
        "exit_codes": {str(policy): compared.exit_code(policy) for policy in FailOn},
    }
    path = compared.tonight.folder / SAID
    path.write_bytes(orjson.dumps(plain, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return said


def read_said(folder: Path) -> Said | None:
    """Read what a night said; None where it was no night, or its file is broken."""
    try:
        plain = orjson.loads((folder / SAID).read_bytes())
        return Said(
            str(plain["paragraph"]),
            tuple(plain["alarms"]),
            str(plain["fail_on"]),
            int(plain["exit_code"]),
            str(plain.get("headline", "")),
            str(plain.get("answer", "")),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
