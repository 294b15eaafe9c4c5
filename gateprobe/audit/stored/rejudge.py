"""Judge a stored run again, from its folder alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from gateprobe import __version__, files
from gateprobe.audit.settings import Settings
from gateprobe.audit.stored.run_file import all_items, evidence_of, gateways_of, settle
from gateprobe.errors import NoSuchRunError
from gateprobe.gateway import REFERENCE
from gateprobe.judge.judging import judge_all
from gateprobe.judge.surfaces import read_survey
from gateprobe.model import Tier
from gateprobe.probe import SURVEY
from gateprobe.record.digest import digests
from gateprobe.record.file import Run, tier_of
from gateprobe.store.folder import path_of_gateway


def rejudged(run: Run, claims: Path | None = None) -> Run:
    """Return a stored run as today's probes judge it; the header says which gateprobe judged.

    Judged are the items of the run's tier, or of its selection; of a run that came to its end, the items that it
    judged and those whose evidence is there. `claims` is the folder of another run, whose gateway files replace this
    run's where it has them.

    Raises:
        NoSuchRunError, BrokenRunError: the run has no evidence, or something that cannot be read.
    """
    sources = dict.fromkeys((*run.header.gateways, REFERENCE), run.folder)
    if claims is not None:
        sources |= {name: claims for name in sources if files.is_file(claims, path_of_gateway(claims, name))}
    gateways = [gateways_of(sources[name], [name])[0] for name in run.header.gateways]
    (reference,) = gateways_of(sources[REFERENCE], [REFERENCE])
    evidence = evidence_of(run.folder, run.header.gateways)
    if not any(evidence.values()):
        raise NoSuchRunError(f"{run.folder} holds no evidence, so there is nothing to judge")
    options = run.header.options
    judged = {record.item for record in run.records}
    selected = frozenset(options.selected)
    tier = Tier.DEEP if selected else tier_of(run)  # a selected picture may not be that of a whole smoke audit
    settings = Settings(tier, options.needs, relay=options.relay, chaos=options.chaos)
    items = []
    absent = {name: frozenset(read_survey(captured.get(SURVEY)).paths) for name, captured in evidence.items()}
    for item in all_items(gateways, settings, absent):
        stored = evidence[item.gateway.name]
        complete = all(scenario_run.id in stored for scenario_run in item.scenario_runs)
        due = item.id in selected if selected else run.footer is None or complete
        if item.id in judged or due:
            items.append(item)
    versions = {**run.header.versions, **digests(gateways)}
    header = replace(run.header, version=__version__, versions=versions)
    return replace(run, header=header, records=tuple(settle(header, judge_all(items, reference, evidence))))
