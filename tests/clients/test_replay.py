"""The step after capture: real evidence in a run folder, read by real clients, stored and judged offline."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from gateprobe.capture import Audited, Budget, capture
from gateprobe.clients import replay
from gateprobe.gateway import find
from gateprobe.library import probes
from gateprobe.model import Cause, Observed
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.scenario import SCENARIOS
from gateprobe.store import folder as store
from tests.support.evidence.evidence_builders import record_of

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Capture a few scenarios of the OpenAI persona."""
    probes()
    scenario_runs = tuple(
        SCENARIOS[name].of() for name in ("models_list", "words", "red_square_stream", "cheap_picture")
    )
    with serve("openai") as served:
        gateway = replace(find("openai"), base_url=served.url)
        audited = Audited(gateway, served.key, scenario_runs, Budget(), 2)
        capture([audited], tmp_path, Redactor([served.key]))
    return tmp_path


def test_what_clients_read_is_stored_and_judged_from_there(run: Path) -> None:
    """What is judged is what was stored, and it bought nothing."""
    replay(run, ["openai"], {"PATH": ""})
    captured = store.read(run, "openai")
    record = record_of("openai_python_reads_it", captured)
    assert record.observed is Observed.HONOURED
    assert "read 4 of 4 answers (pictures: 2, refusals: 0)" in record.reason
    assert record.evidence == ("client.openai_python",)
    assert sum(exchange.request.images for exchange in captured["client.openai_python"].exchanges) == 0


def test_a_second_replay_takes_the_place_of_the_first(run: Path) -> None:
    """A run that is resumed does not count an answer twice, nor read its own replays."""
    replay(run, ["openai"], {"PATH": ""})
    replay(run, ["openai"], {"PATH": ""})
    stored = store.read_stored(run, "openai")["client.openai_python"]
    assert (len(stored.evidence.exchanges), stored.ended, dict(stored.unanswered)) == (4, True, {})


def test_a_client_that_is_not_here_says_how_to_install_it(run: Path) -> None:
    """Its scenario holds no exchange but the command that installs it; a gateway without answers gets no file."""
    replay(run, ["openai", "nobody"], {"PATH": ""})
    stored = store.read(run, "openai")
    blocked = stored["client.openai_node"].blocked
    assert stored["client.openai_python"].exchanges
    assert blocked is not None
    assert (blocked.cause, blocked.optional, blocked.install) == (Cause.HARNESS, True, "npm install openai")
    assert store.read(run, "nobody") == {}
