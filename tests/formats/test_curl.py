"""The command that sends a request again: what a shell makes of it."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import replace
from hashlib import sha256

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateprobe.formats.curl import curl
from gateprobe.gateway import Baseline, KeyRule
from gateprobe.request import Auth, FormBody, JsonBody, Part, RawBody, Request, Transport
from tests.support.runs import ACME

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def _words(command: str) -> list[str]:
    """Let a real shell split the command, with the key set."""
    script = "curl() { printf '%s\\0' \"$@\"; }; " + command
    shell = subprocess.run(  # noqa: S603 - our own command, in an empty environment
        ["/bin/sh", "-c", script], check=True, capture_output=True, env={"ACME_KEY": "sk-1", "PORT": "8000"}
    )
    return shell.stdout.decode().split("\0")[:-1]


def test_a_json_request() -> None:
    """Method, address, key from its variable, content type and body."""
    request = Request("POST", "/responses", JsonBody({"input": "It's red"}), streams=True)
    assert curl(ACME, request) == (
        "curl -sS --fail-with-body -N -X POST https://acme.example/v1/responses \\\n"
        '  -H "Authorization: Bearer $ACME_KEY" \\\n'
        "  -H 'Accept: text/event-stream' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        '  --data-binary \'{"input":"It\'"\'"\'s red"}\''
    )


def test_a_form_sends_the_stored_file() -> None:
    """A picture of a form is named by the path under which the run stores it."""
    form = FormBody((Part("prompt", b"Make it blue"), Part("image", b"png", "a.png", "image/png")))
    assert _words(curl(ACME, Request("POST", "/images/edits", form)))[-4:] == [
        "--form-string",
        "prompt=Make it blue",
        "-F",
        f"image=@evidence/bodies/{sha256(b'png').hexdigest()};filename=a.png;type=image/png",
    ]


def test_a_long_body_is_named_as_a_file() -> None:
    """A JSON body that a run stores as a file is sent from that file."""
    value = {"input": "x" * 5000}
    name = sha256(orjson.dumps(value)).hexdigest()
    assert _words(curl(ACME, Request("POST", "/responses", JsonBody(value))))[-1] == f"@evidence/bodies/{name}"


def test_raw_bytes_are_named_as_a_file() -> None:
    """A body that is no JSON is sent from its file, with its type."""
    words = _words(curl(ACME, Request("POST", "/responses", RawBody(b"{", "application/json"))))
    assert words[-3:] == [
        "Content-Type: application/json",
        "--data-binary",
        f"@evidence/bodies/{sha256(b'{').hexdigest()}",
    ]


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (Auth.KEY, ["-H", "Authorization: Bearer sk-1"]),
        (Auth.BOGUS, ["-H", "Authorization: Bearer ska1"]),
        (Auth.NONE, []),
    ],
)
def test_the_key_is_a_variable(auth: Auth, header: list[str]) -> None:
    """The key comes from the environment, an invented one is made of it, and none is none."""
    command = curl(ACME, Request("GET", "/models", auth=auth))
    assert "sk-1" not in command
    assert _words(command)[5:] == header


def test_an_embedded_reference_is_asked_on_loopback() -> None:
    """What was judged was not the vendor, so the command does not go there."""
    words = _words(curl(ACME, Request("GET", "/models", query=(("limit", "2"),)), embedded=True))
    assert words[4] == "http://127.0.0.1:8000/v1/models?limit=2"


def test_a_link_that_the_gateway_gave_is_quoted() -> None:
    """A whole link is followed as it stands, and the shell sees nothing in it."""
    link = "https://evil.example/$(touch /tmp/x);`id`"
    assert _words(curl(ACME, Request("GET", link, auth=Auth.NONE)))[4] == link


def test_a_websocket_message_is_written_for_websocat() -> None:
    """A message goes to the same path by the WebSocket scheme, with the documented headers."""
    gateway = replace(ACME, baseline=Baseline(headers={"x-plan": "a b"}))
    command = curl(gateway, Request("GET", "/responses", JsonBody({"type": "x"}), transport=Transport.WEBSOCKET))
    assert command.endswith(
        "websocat -H \"Authorization: Bearer $ACME_KEY\" -H 'x-plan: a b' wss://acme.example/v1/responses"
    )


@given(_JSON)
def test_the_shell_gives_back_any_json(value: object) -> None:
    """Whatever a body holds, the words of the command hold the same JSON, and every character of it shows."""
    command = curl(ACME, Request("POST", "/responses", JsonBody(value)))
    body = shlex.split(command.replace("\\\n", " "))[-1]
    assert orjson.loads(body) == value
    assert all(character.isprintable() or character == "\n" for character in command)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20))
def test_a_hostile_key_rule_runs_nothing(scheme: str) -> None:
    """A gateway file cannot make the command run another one."""
    gateway = replace(ACME, key=KeyRule("ACME_KEY", "Authorization", scheme))
    words = shlex.split(curl(gateway, Request("GET", "/models")).replace("\\\n", " "))
    prefix = f"Authorization: {scheme} " if scheme else "Authorization: "
    assert words[-1] == f"{prefix}$ACME_KEY"
