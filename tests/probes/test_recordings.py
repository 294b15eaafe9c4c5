"""No probe at level `must` raises a false alarm on recorded, authentic traffic of OpenAI and Azure."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, Final

import orjson
import pytest

from gateprobe.build import image_tool, models, responses
from gateprobe.evidence import Exchange
from gateprobe.gateway import reference
from gateprobe.library import probes
from gateprobe.model import Level, Observed
from tests.support.evidence.evidence_builders import exchange, judged

RECORDINGS: Final = Path(__file__).resolve().parents[2].parent / "shared" / "recordings"

if not (RECORDINGS / "index.json").is_file():
    pytest.skip("the recorded traffic is not at hand", allow_module_level=True)

_STREAMS: Final = frozenset(
    f"stream.{name}"
    for name in (
        "schema",
        "order",
        "ids_stable",
        "output_index",
        "image_lifecycle",
        "terminal",
        "final_agrees",
        "framing",
    )
)

_NO_RESPONSES: Final = frozenset({"530", "642"})
"""An error under HTTP 200, and a chat completion."""

_BLAMES: Final = frozenset({Observed.MALFORMED, Observed.IGNORED, Observed.REFUSED})


def _recorded(*, stream: bool, endpoint: str) -> list[dict[str, Any]]:
    index = orjson.loads((RECORDINGS / "index.json").read_bytes())
    return [
        recording
        for recording in index
        if recording["authentic"]
        and recording["provider"] in ("openai", "azure")
        and recording["stream"] is stream
        and recording["endpoint"] == endpoint
        and recording["status"] == 200
        and (not stream or recording["fidelity"].startswith("verbatim"))  # else the framing is not the wire's
        and recording["id"] not in _NO_RESPONSES
    ]


def _body(recorded: dict[str, Any]) -> bytes:
    folder: Path = RECORDINGS / recorded["dir"]
    names = ("response.sse", "response.json")
    return next(folder / name for name in names if (folder / name).is_file()).read_bytes()


def _exchange(recorded: dict[str, Any]) -> Exchange:
    asked = responses(reference(), tools=[image_tool(reference())], stream=recorded["stream"], buys=1)
    kind = "text/event-stream; charset=utf-8" if recorded["stream"] else "application/json"
    return exchange(asked, _body(recorded), content_type=kind)


@pytest.mark.parametrize(
    "recorded", _recorded(stream=True, endpoint="responses"), ids=lambda recording: recording["id"]
)
def test_authentic_streams_are_not_blamed(recorded: dict[str, Any]) -> None:
    """Every rule of streams at level `must` holds on what OpenAI and Azure really sent."""
    asked = [probe for probe in probes() if probe.capability in _STREAMS and probe.level is Level.MUST]
    blamed = {
        probe.id: record.reason
        for probe in asked
        if probe.id != "documented_events_come"  # most recordings hold no picture, some a failure
        and (record := judged(probe.id, _exchange(recorded))).observed in _BLAMES
    }
    assert blamed == {}


@pytest.mark.parametrize(
    "recorded", _recorded(stream=False, endpoint="responses"), ids=lambda recording: recording["id"]
)
def test_authentic_responses_have_their_fields(recorded: dict[str, Any]) -> None:
    """What OpenAI and Azure really answered without a stream has the fields that clients read."""
    record = judged("response_has_its_fields", _exchange(recorded))
    assert record.observed is Observed.HONOURED, record.reason


def test_authentic_model_lists_are_not_blamed() -> None:
    """Recorded models lists are lists, with ids of their own."""
    counts: Counter[Observed] = Counter()
    for recorded in _recorded(stream=False, endpoint="models"):
        counts[judged("models_are_listed", exchange(models(reference()), _body(recorded))).observed] += 1
    assert set(counts) == {Observed.HONOURED}
