"""The form of request that an unknown gateway answers is found by free refusals and one word."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.audit.gateways.forms import working_form
from gateprobe.audit.gateways.targets import Target
from gateprobe.gateway import ResponsesBaseline, find
from gateprobe.reference import serve
from tests.support.loopback import SWIFT, raw_server, reply

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("persona", "needs"),
    [
        ("openai", ResponsesBaseline()),
        ("vibeapi", ResponsesBaseline("You are a helpful assistant.", "list", stream=True)),
        ("ofox", ResponsesBaseline()),
    ],
)
def test_the_simplest_form_that_works_is_found(tmp_path: Path, persona: str, needs: ResponsesBaseline) -> None:
    """Nothing is needed, or all three; where there is no endpoint, one request says so. Nothing is drawn."""
    with serve(persona) as served:
        assert working_form(Target(find(served.url), served.key), tmp_path, SWIFT) == needs
        assert served.counters.images == 0
        asked = served.counters.requests
    assert asked == (8 if needs.stream else 1)


def test_a_gateway_that_answers_nothing_is_asked_eight_times_at_most(tmp_path: Path) -> None:
    """Each form is refused: the usual one is kept."""
    refused = b'{"error":{"message":"no","type":"x","param":null,"code":null}}'
    with raw_server(reply(refused, status="400 Bad Request")) as server:
        gateway = find(f"{server.url}/v1")
        assert working_form(Target(gateway, "sk-0123456789abcdef"), tmp_path, SWIFT) == gateway.baseline.responses
        assert len(server.heard) == 8
