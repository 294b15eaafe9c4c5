"""The form of request that an unknown gateway answers is found by free refusals and one word."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe.audit.gateways.forms import working_form
from gateprobe.audit.gateways.targets import Target
from gateprobe.capture import Budget
from gateprobe.gateway import ResponsesBaseline, find
from gateprobe.reference import serve
from tests.support.hostile.drawers import DRAWERS
from tests.support.hostile.drawing import drawing
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
        assert working_form(Target(find(served.url), served.key), tmp_path, SWIFT)[0] == needs
        assert served.counters.images == 0
        asked = served.counters.requests
    assert asked == (8 if needs.stream else 1)


def test_a_gateway_that_answers_nothing_is_asked_eight_times_at_most(tmp_path: Path) -> None:
    """Each form is refused: the usual one is kept."""
    refused = b'{"error":{"message":"no","type":"x","param":null,"code":null}}'
    with raw_server(reply(refused, status="400 Bad Request")) as server:
        gateway = find(f"{server.url}/v1")
        assert working_form(Target(gateway, "sk-0123456789abcdef"), tmp_path, SWIFT)[0] == gateway.baseline.responses
        assert len(server.heard) == 8


@pytest.mark.parametrize("bound", [0, 2])
def test_a_bound_holds_for_the_search(tmp_path: Path, bound: int) -> None:
    """A gateway that draws for each form receives requests up to the bound; the possible pictures are returned."""
    with drawing(DRAWERS["a 500 with a picture"]) as account:
        target = Target(find(account.url), "sk-0123456789abcdef")
        _, spent = working_form(target, tmp_path, SWIFT, Budget(images=bound))
        assert (account.pictures, spent.images, spent.requests) == (max(bound, 1),) * 3
        assert spent.usd > 0
