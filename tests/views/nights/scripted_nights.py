"""Fourteen nights of five gateways as runs: what is not as on a good night, night by night."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateprobe.message import verbatim
from gateprobe.model import Cause, Observed, Stance, verdict_of
from gateprobe.record.file import Footer, Header, Record, Run, exit_code
from gateprobe.record.options import RunOptions
from tests.support.runs import ACME, a_record

GATEWAYS: Final = ("alpha", "bravo", "charlie", "delta", "echo")
LIST, STREAM, TWO = "models_list", "responses_image_stream", "images_generate_n[2]"
VERSIONS: Final = {"probes": "p1", "schemas": "s1"} | {f"claims.{name}": "c1" for name in GATEWAYS}


def base() -> dict[str, Record]:
    """Return what every gateway does on a good night: three promises, all kept."""
    made = [
        a_record(replace(ACME, name=name), capability, Observed.HONOURED, reason, value=value)
        for name in GATEWAYS
        for capability, reason, value in (
            ("models.list", "2 models are listed", None),
            ("responses.image.stream", "3 partial pictures, then the whole", None),
            ("images.generate.n", "2 pictures came back", 2),
        )
    ]
    return {record.item: record for record in made}


def did(record: Record, observed: Observed, reason: str, cause: Cause | None = None) -> Record:
    """Return a record as it is where something else was observed."""
    return replace(
        record, observed=observed, message=verbatim(reason), cause=cause, verdict=verdict_of(record.stance, observed)
    )


@dataclass(frozen=True)
class Script:
    """What is not as on a good night: by item, what was observed; whole gateways that are out; other versions."""

    did: Mapping[str, tuple[Observed, str]] = field(default_factory=dict)
    out: Mapping[str, Cause] = field(default_factory=dict)
    offered: tuple[str, ...] = ()
    added: tuple[Record, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def night(number: int, script: Script) -> Run:
    """Make the run of a night."""
    records = base() | {record.item: record for record in script.added}
    for item, (observed, reason) in script.did.items():
        stance = Stance.OFFERED if item in script.offered else records[item].stance
        records[item] = did(replace(records[item], stance=stance), observed, reason)
    for item, record in records.items():
        if record.gateway in script.out:
            records[item] = did(record, Observed.UNOBSERVED, "connection refused", script.out[record.gateway])
    header = Header(
        f"2026-11-{number:02d}T02:00:00Z",
        "0.1.0",
        GATEWAYS,
        "nightly",
        options=RunOptions(needs=script.needs),
        versions={**VERSIONS, **script.versions},
    )
    ordered = tuple(records.values())
    return Run(Path(f"night-{number}"), header, ordered, Footer("", exit_code(ordered, script.needs)))


ONE_CAME = (Observed.IGNORED, "asked for 2 pictures, 1 came")
CUT = (Observed.MALFORMED, "the stream stops before its end")
EARLIER = a_record(
    replace(ACME, name="delta"), "responses.previous_response_id", Observed.REFUSED, "HTTP 400: not kept"
)
SILENT = replace(EARLIER, stance=Stance.SILENT, verdict=verdict_of(Stance.SILENT, Observed.REFUSED))
PROMISED = replace(EARLIER, stance=Stance.OFFERED, verdict=verdict_of(Stance.OFFERED, Observed.REFUSED))
NEWER = a_record(replace(ACME, name="echo"), "images.generate.n", Observed.IGNORED, "3 of 4 are alike", value=4)
STRICTER = (Observed.MALFORMED, "the list has no `object`")

NIGHTS: Final = (
    # 1: the first; 2: nothing; 3: a fault comes; 4: it stays; 5: it goes
    Script(added=(SILENT,)),
    Script(added=(SILENT,)),
    Script(added=(SILENT,), did={f"{TWO}@bravo": ONE_CAME}),
    Script(added=(SILENT,), did={f"{TWO}@bravo": ONE_CAME}),
    Script(added=(SILENT,)),
    # 6, 7: an outage; 8: over
    Script(added=(SILENT,), out={"charlie": Cause.NETWORK}),
    Script(added=(SILENT,), out={"charlie": Cause.NETWORK}),
    Script(added=(SILENT,)),
    # 9 to 12: a flap
    Script(added=(SILENT,), did={f"{STREAM}@alpha": CUT}),
    Script(added=(SILENT,)),
    Script(added=(SILENT,), did={f"{STREAM}@alpha": CUT}),
    Script(added=(SILENT,)),
    # 13: a claim is edited; 14: a new version of the probes, one of them new, one stricter
    Script(added=(PROMISED,), versions={"claims.delta": "c2"}),
    Script(added=(PROMISED, NEWER), did={f"{LIST}@echo": STRICTER}, versions={"claims.delta": "c2", "probes": "p2"}),
)


def again(run: Run) -> Run:
    """Judge an old night as the probes and claims of the last nights do."""
    items = {record.item: record for record in run.records}
    late = run.header.versions["claims.delta"] == "c2"
    items[PROMISED.item] = PROMISED
    if late:
        items[f"{LIST}@echo"] = did(items[f"{LIST}@echo"], *STRICTER)
    return replace(run, records=tuple(items.values()))
