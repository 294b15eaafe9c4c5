"""The user agent: who asks, by HTTP, over a WebSocket and for links, and who the user says it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateprobe import __version__
from gateprobe.build import generations, responses
from gateprobe.errors import UsageError
from gateprobe.gateway import Gateway, Overrides
from gateprobe.request import Auth, Request, Transport
from gateprobe.scenario import Steps
from tests.support.loopback import capture_all, gateway_at, raw_server, reply, shot_of


def _agents(folder: Path, named: str | None) -> list[str]:
    """Return the user agents that a gateway receives: of a request, a handshake and a link."""
    with raw_server(reply(status="404 Not Found")) as server:

        def scenario(gateway: Gateway) -> Steps:
            """Ask in three ways."""
            yield generations(gateway)
            yield responses(gateway, transport=Transport.WEBSOCKET)
            yield Request("GET", f"{server.url}/a.png", auth=Auth.NONE)

        capture_all(folder, Overrides(user_agent=named).on(gateway_at(server.url)), shot_of(scenario))
        heads = [request.partition(b"\r\n\r\n")[0].decode().split("\r\n")[1:] for request in server.heard]
    lines = [line.partition(": ") for head in heads for line in head]
    return [value for name, _, value in lines if name.lower() == "user-agent"]


def test_gateprobe_says_who_it_is(tmp_path: Path) -> None:
    """Each request names gateprobe and its version, and nothing else."""
    agents = _agents(tmp_path, None)
    assert len(agents) == 3
    assert len(set(agents)) == 1
    assert agents[0].startswith(f"gateprobe/{__version__} (+")


def test_the_user_may_name_another(tmp_path: Path) -> None:
    """`--user-agent` replaces it everywhere."""
    assert _agents(tmp_path, "our-monitor/2 (ops)") == ["our-monitor/2 (ops)"] * 3


@pytest.mark.parametrize("wrong", ["", " ", "a\r\nX-Key: b", "größer", "x" * 201])
def test_what_is_no_header_is_refused(wrong: str) -> None:
    """A line end would add a header of its own."""
    with pytest.raises(UsageError, match="--user-agent"):
        Overrides(user_agent=wrong).on(gateway_at("http://127.0.0.1:9"))
