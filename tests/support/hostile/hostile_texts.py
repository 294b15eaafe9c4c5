"""A run in which a stranger wrote every text that can be written: markup, scripts, bidi, escapes, endless words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from gateprobe.gateway import Document, Gateway, Models
from gateprobe.gateway.catalogue import catalogue
from gateprobe.message import verbatim
from gateprobe.model import Cause, Observed, Source
from gateprobe.record import file as record
from gateprobe.record.file import Footer, Header, Record
from gateprobe.record.options import RunOptions
from tests.support.runs import ACME, HOSTILE, OPENAI, STARTED, a_record, write_run

_WORD: Final = "</title></script><img/src=x/onerror=alert(9)>\u202e\x1b]0;x\x07=1+1" + "w" * 300
"""The same without a space, for what may hold none."""


def _gateway(gateway: Gateway) -> Gateway:
    """Let a stranger write a gateway file, as far as its schema lets anybody."""
    tame = "".join(character for character in HOSTILE if character.isprintable())
    source = Source("guide", tame, tame, tame, tame)
    return replace(
        gateway,
        title=tame,
        about=tame,
        models=Models(tame, tame),
        documents={"guide": Document(tame, "2026-05", "en", "https://docs.example/<script>alert(5)</script>")},
        claims={name: replace(claim, sources=(source,)) for name, claim in gateway.claims.items()},
    )


GATEWAYS: Final = (_gateway(OPENAI), _gateway(ACME))


def _records(observed: Observed) -> tuple[Record, ...]:
    cause = Cause.PREREQUISITE if observed is Observed.UNOBSERVED else None
    known = [
        a_record(gateway, name, observed, HOSTILE, cause=cause) for gateway in GATEWAYS for name in catalogue().ids[:9]
    ]
    strange = [
        replace(record, capability=f"{_WORD}{at}", item=f"{_WORD}{at}@{record.gateway}")
        for at, record in enumerate(known[:4])
    ]
    return tuple(
        replace(
            record,
            item=record.item.replace("@", f"[{HOSTILE}]@"),
            probe=_WORD,
            statement=HOSTILE,
            reference_message=verbatim(HOSTILE),
            signature=HOSTILE,
            value=HOSTILE,
            evidence=("stream_image", _WORD),
        )
        for record in [*known, *strange]
    )


def write_hostile(folder: Path, observed: Observed = Observed.IGNORED, started: str = STARTED) -> Path:
    """Write a run folder whose header, gateways, records and evidence a stranger wrote; give the folder."""
    write_run(folder, gateways=GATEWAYS)
    header = Header(
        started,
        HOSTILE,
        tuple(gateway.name for gateway in GATEWAYS),
        HOSTILE,
        options=RunOptions(profile=HOSTILE),
        versions={_WORD: HOSTILE},
        warnings=(HOSTILE,),
        complaints=(HOSTILE,),
    )
    record.write(folder / "run.jsonl", header, _records(observed), Footer(started, 1))
    return folder
