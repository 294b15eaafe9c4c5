"""Nights through the real command and real sockets, as `benchmarks/nights.py` plays them: paragraphs and exit codes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.support.plays.nights_script import Out, Scripted
from tests.support.plays.played_nights import PlayedNight, Stage, nights, numbered

pytestmark = pytest.mark.slow

BOTH: Final = ("openai", "ofox")
FEW: Final = "models_are_listed or models_list_is_sorted or n_is_honoured or generation_is_streamed"
ONE: Final = ("param.n_ignored",)

SCRIPT: Final = (
    Scripted(
        "the first, of openai alone",
        "The first night: of 3 findings on 1 gateway, no must is broken.",
        (0, 0, 0),
        asked=("openai",),
    ),
    Scripted(
        "ofox joins, and openai draws one picture",
        "Since night 1: openai got worse: n_is_honoured[2] (asked for 2 pictures, received 1). "
        "ofox is tested for the first time: of 3 findings, no must is broken. "
        "In total, of 6 findings on 2 gateways, 1 must of openai is broken.",
        (1, 1, 1),
        asked=BOTH,
        faults={"openai": ONE},
        wakes=frozenset({"images.generate.n@openai"}),
    ),
    Scripted(
        "openai is out, and the file of ofox promises more",
        "Since night 2: openai could not be observed at all (upstream: HTTP 503: 'Service unavailable'), "
        "which is not a verdict; 1 must was broken when last observed. "
        "The claims of ofox were edited: generation_is_streamed@ofox is broken now, "
        "although the gateway did not change. In total, of 6 findings on 2 gateways, 1 must of ofox is broken "
        "and 3 not observed. The last good night was night 1.",
        (0, 1, 1),
        asked=BOTH,
        out={"openai": Out.UNAVAILABLE},
        edited=True,
    ),
    Scripted("killed while ofox says nothing", "", None, asked=BOTH, out={"ofox": Out.SILENT}, edited=True),
    Scripted(
        "a newer gateprobe is stricter, and ofox draws one picture",
        "Since night 3: ofox got worse: n_is_honoured[2] (asked for 2 pictures, received 1). "
        "openai is observed again: 3 findings, 1 as before. openai keeps its promise again: n_is_honoured[2]. "
        "Caused by a change of gateprobe itself and the probes, not by the gateways: "
        "models_list_is_sorted on 2 gateways new (1 broken) and "
        "models_are_listed on 2 gateways judged differently on the same evidence. "
        "In total, of 8 findings on 2 gateways, 3 musts (2 of ofox and 1 of openai) are broken. "
        "The last good night was night 1.",
        (1, 1, 1),
        fail_on="incomplete",
        asked=BOTH,
        faults={"ofox": ONE},
        edited=True,
        newer=True,
        wakes=frozenset({"images.generate.n@ofox"}),
    ),
)


def test_a_few_real_nights(tmp_path: Path) -> None:
    """Who joins, is out or is edited is told from what got worse, and a newer gateprobe's doing from a gateway's."""
    stage = Stage(tmp_path, FEW)
    stage.set()
    played: list[PlayedNight] = []
    for night in nights(stage, SCRIPT):
        played.append(night)
        summary = numbered(night.summary["paragraph"], played) if night.summary else ""
        assert (summary, list(night.faults)) == (night.script.written, [])
    page = (stage.store / "index.html").read_text("utf-8")
    assert "<span>died</span>" in page
    assert "gateprobe 0.2.0" in (stage.store / "history.html").read_text("utf-8")
