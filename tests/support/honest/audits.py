"""Audits of the honest gateways: one capture each, judged by its own file and as a bare URL."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateprobe.capture import Audited, Budget, capture
from gateprobe.gateway import find, reference
from gateprobe.judge.judging import judge_all
from gateprobe.library import probes
from gateprobe.model import Level, Tier, Verdict
from gateprobe.plan.planning import items_for, scenario_runs_of
from gateprobe.record.file import Record
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.store import folder as store
from tests.support.honest.gateways import ALL, documented
from tests.support.honest.others import SHORT_OF_OPENAI

DELAY: Final = 0.3
"""Seconds that a picture takes at least."""


def records_of(name: str, tier: str = Tier.DEEP) -> dict[str, list[Record]]:
    """Return what every probe says of an honest gateway, by how it was given: as a file, and as a bare URL."""
    with tempfile.TemporaryDirectory() as folder, serve(ALL[name], delay=DELAY) as served:
        forms = {
            "as documented": replace(documented(name), name=name, base_url=served.url),
            "as a bare URL": replace(find(served.url), name=name),
        }
        items = {form: items_for(gateway, probes(), Tier(tier)) for form, gateway in forms.items()}
        asked = [item for of_form in items.values() for item in of_form]
        audited = Audited(forms["as documented"], served.key, scenario_runs_of(asked), Budget(), 4)
        capture([audited], Path(folder), Redactor([served.key]))
        captured = {name: store.read(Path(folder), name)}
        return {form: judge_all(of_form, reference(), captured) for form, of_form in items.items()}


def contradicted(records: Iterable[Record]) -> list[Record]:
    """Return the records that contradict a claim, at any level, but for those of what the gateway does lack."""
    return [
        record
        for record in records
        if record.verdict is Verdict.CONTRADICTED
        and (record.level is Level.MUST or record.fault_kind != SHORT_OF_OPENAI.get(record.item.rpartition("@")[2]))
    ]
