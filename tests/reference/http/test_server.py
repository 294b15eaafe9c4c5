"""A persona starts on a free port, stops cleanly, and says what cannot be served."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import httpx
import pytest

from gateprobe.errors import UsageError
from gateprobe.reference import FAULTS, PERSONAS, Served, find_persona, serve
from gateprobe.reference.faults import started
from gateprobe.reference.http.auth import masked


def test_the_personas_are_the_documents_and_one_more() -> None:
    """Their names are what users type."""
    assert PERSONAS == ("openai", "xai-router", "vibeapi", "ofox", "oversold")
    assert [find_persona(name).name for name in PERSONAS] == list(PERSONAS)


def test_a_server_listens_while_the_block_lasts_and_leaves_nothing() -> None:
    """No thread and no listening socket remains."""
    before = set(threading.enumerate())
    with serve("ofox") as served:
        port = httpx.URL(served.url).port
        assert port is not None
        headers = {"authorization": f"Bearer {served.key}"}
        assert httpx.get(f"{served.url}/models", headers=headers).status_code == 200
        assert served.counters.log == (("GET", "/v1/models"),)
        assert (served.counters.requests, served.counters.images) == (1, 0)
    assert set(threading.enumerate()) == before
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_server_stops_though_a_client_is_still_connected() -> None:
    """An idle kept connection does not hold it up."""
    with httpx.Client() as client:
        with serve("openai") as served:
            client.get(f"{served.url}/models")
        with pytest.raises(httpx.TransportError):
            client.get(f"{served.url}/models")


def test_a_port_that_is_taken_is_wrong_use() -> None:
    """The sentence names the port."""
    with serve("ofox") as served:
        port = httpx.URL(served.url).port
        assert port is not None
        with pytest.raises(UsageError, match=f"Port {port} on 127.0.0.1 cannot be used"), serve("ofox", port=port):
            pass


def test_an_impossible_port_is_wrong_use() -> None:
    """Ports end at 65535."""
    with pytest.raises(UsageError, match="Port 70000"), serve("ofox", port=70000):
        pass


def test_an_unknown_persona_is_wrong_use() -> None:
    """The sentence lists those that exist."""
    with pytest.raises(UsageError, match="openai, xai-router, vibeapi, ofox, oversold"), serve("nobody"):
        pass


def test_an_unknown_fault_is_wrong_use() -> None:
    """The sentence names those that are close, or says where all of them are listed."""
    with pytest.raises(UsageError, match=r"no fault 'zzz'; `gateprobe serve --list-faults` lists them"):
        serve("openai", faults=["zzz"]).__enter__()
    with pytest.raises(UsageError, match=r"did you mean param\.size_ignored"):
        serve("openai", faults=["param.size_ignore"]).__enter__()


def test_every_fault_is_named_as_it_is_registered() -> None:
    """Each says what a client suffers, and changes something."""
    for name, fault in FAULTS.items():
        assert fault.name == name
        assert fault.what.endswith(".")
        (ready,) = started([fault])
        hooks = (
            ready.request,
            ready.answer,
            ready.frames,
            ready.chunks,
            ready.seal,
            ready.message,
            ready.instead,
            ready.unlocks,
        )
        assert any(hooks)


@pytest.mark.parametrize("name", PERSONAS)
def test_every_persona_refuses_a_missing_and_a_wrong_key(name: str, serving: Callable[[str], Served]) -> None:
    """401 with the envelope; a long key comes back masked (recorded traffic)."""
    url = f"{serving(name).url}/models"
    missing = httpx.get(url)
    assert missing.status_code == 401
    assert missing.json()["error"] == {
        "message": "Missing bearer or basic authentication in header",
        "type": "invalid_request_error",
        "param": None,
        "code": None,
    }
    wrong = httpx.get(url, headers={"authorization": "Bearer sk-invalid-0123456789-key"})
    assert wrong.status_code == 401
    assert wrong.json()["error"] == {
        "message": "Incorrect API key provided: sk-inval*************-key. "
        "You can find your API key at https://platform.openai.com/account/api-keys.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }


@pytest.mark.parametrize("name", PERSONAS)
def test_every_persona_answers_an_unknown_path_with_the_envelope(name: str, serving: Callable[[str], Served]) -> None:
    """404 as JSON."""
    response = httpx.post(f"{serving(name).url}/nothing")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["message"] == "Invalid URL (POST /v1/nothing)"


def test_a_wrong_method_is_refused(serving: Callable[[str], Served]) -> None:
    """405, and the path named."""
    response = httpx.post(f"{serving('openai').url}/models")
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_supported"


def test_delay_is_spent_while_drawing(serving: Callable[[str], Served]) -> None:
    """A persona with a delay still draws (how long it took is never asserted)."""
    assert serving("ofox").counters.images == 0
    with serve("ofox", delay=0.01) as served:
        response = httpx.post(
            f"{served.url}/images/generations",
            json={"model": "gpt-image-2", "prompt": "a red square"},
            headers={"authorization": f"Bearer {served.key}"},
        )
        assert response.status_code == 200
        assert served.counters.images == 1


def test_a_short_key_is_shown_whole() -> None:
    """As recorded: `test` and `invalid-key` come back unmasked."""
    assert (masked("test"), masked("invalid-key")) == ("test", "invalid-key")
    assert masked("test-config-long") == "test-con****long"
