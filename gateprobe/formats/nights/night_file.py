"""`night.json`: what a night reported, kept in its run folder for the list of nights."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from gateprobe import files
from gateprobe.codec import from_plain, to_plain
from gateprobe.errors import BrokenRunError
from gateprobe.formats.answer import one_line
from gateprobe.formats.nights.bullets import Bullet, bullets, chat
from gateprobe.formats.nights.headline import headline
from gateprobe.formats.nights.night import paragraph
from gateprobe.language import LANGUAGES, available, current, in_each_language, spoken
from gateprobe.views.answer import answer_of
from gateprobe.views.nights.gateway_nights import GatewayNight, gateway_nights
from gateprobe.views.nights.night_comparison import FailOn, NightComparison

NIGHT: Final = "night.json"
"""The file's name; `schemas/night.schema.json` states its form."""

FORMAT: Final = 1


@dataclass(frozen=True, slots=True)
class NightWords:
    """The sentences of a night in another language than English."""

    headline: str
    paragraph: str
    chat: str
    changed: tuple[Bullet, ...]


@dataclass(frozen=True, slots=True)
class NightReport:
    """What a night reported. `answer` is that of its own run, `exit_codes` are by policy (`--fail-on`).

    `keyless` are the gateways that were not audited because their keys are no longer set. `gateways` are the counts of
    each gateway, `changed` has a bullet for each that changed, `chat` is the night in at most 600 characters.
    `translations` are the same sentences in other languages, by the language's tag.
    """

    started_at: str
    compared_with: str | None
    last_good: str | None
    headline: str
    paragraph: str
    answer: str
    alarms: tuple[str, ...]
    lost: tuple[str, ...]
    fail_on: FailOn
    exit_code: int
    exit_codes: dict[str, int] = field(default_factory=dict)
    keyless: tuple[str, ...] = ()
    gateways: tuple[GatewayNight, ...] = ()
    changed: tuple[Bullet, ...] = ()
    chat: str = ""
    translations: dict[str, NightWords] = field(default_factory=dict)
    format: int = FORMAT


@in_each_language
def told(report: NightReport) -> NightWords:
    """Return the sentences of a night in the current language, as far as it has them; else in English."""
    english = NightWords(report.headline, report.paragraph, report.chat, report.changed)
    return report.translations.get(current(), english)


def notification(report: NightReport) -> str:
    """Return a line for each provider that changed, for a chat; of a night without a change, the state of all."""
    lines = [bullet.text for bullet in report.changed]
    return "\n".join(lines) or report.chat


def write_night(night: NightComparison, fail_on: FailOn, nights: int = 1) -> NightReport:
    """Write the report of a night to its run folder, and return it; its own exit code follows the policy."""
    facts = answer_of(night.tonight)
    gateways = gateway_nights(night.tonight, facts.gateways)
    changed = bullets(night, gateways)
    others = [language for language in LANGUAGES if language != "en" and available(language)]
    report = NightReport(
        started_at=night.tonight.header.started_at,
        compared_with=night.earlier[-1].folder.name if night.earlier else None,
        last_good=night.last_good.folder.name if night.last_good else None,
        headline=headline(night),
        paragraph=paragraph(night),
        answer=one_line(facts),
        alarms=tuple(change.record.item for change in night.alarms),
        lost=tuple(f"{need.capability}@{need.gateway}" for need in night.lost),
        fail_on=fail_on,
        exit_code=night.exit_code(fail_on, nights),
        keyless=night.keyless,
        gateways=gateways,
        changed=changed,
        chat=chat(night, gateways, changed),
        translations={language: spoken(language, _words, night, gateways) for language in others},
        exit_codes={policy.value: night.exit_code(policy) for policy in FailOn},
    )
    path = night.tonight.folder / NIGHT
    data = orjson.dumps(to_plain(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    files.write(night.tonight.folder, path, data)
    return report


def _words(night: NightComparison, gateways: tuple[GatewayNight, ...]) -> NightWords:
    changed = bullets(night, gateways)
    return NightWords(headline(night), paragraph(night), chat(night, gateways, changed), changed)


def read_night_report(folder: Path) -> NightReport | None:
    """Return what a night reported; None where the run was no night, or its file cannot be read."""
    try:
        report = from_plain(NightReport, orjson.loads(files.read(folder, folder / NIGHT)))
    except (OSError, ValueError, BrokenRunError):
        return None
    return report if report.format == FORMAT else None
