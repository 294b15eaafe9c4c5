"""The commands that show a failure: what a shell prints when they are run."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import orjson
import pytest

from gateprobe.evidence import Exchange
from gateprobe.formats.curl import curl
from gateprobe.formats.reproduction import reproduction
from gateprobe.model import Json
from gateprobe.request import Buy, JsonBody, Request
from gateprobe.wire.sse import encode
from tests.support.evidence.evidence_builders import as_base64, exchange, painted
from tests.support.runs import ACME

needs_tools = pytest.mark.skipif(
    not (shutil.which("jq") and shutil.which("file")), reason="jq and file are not installed"
)


def _request(body: dict[str, Json], *, path: str = "/images/generations", streams: bool = False) -> Request:
    return Request("POST", path, JsonBody(body), streams=streams, buys=(Buy(),))


def _printed(command: str, answer: bytes, folder: Path) -> str:
    """Run a command in a shell whose curl brings an answer."""
    (folder / "answer").write_bytes(answer)
    script = f"curl() {{ cat {folder / 'answer'}; }}\n{command}"
    shell = subprocess.run(["/bin/sh", "-c", script], check=True, capture_output=True)  # noqa: S603 - our own command
    return shell.stdout.decode()


def _commands(answer: Exchange) -> tuple[str, str]:
    commands = reproduction(answer, curl(ACME, answer.request))
    return commands.plain, commands.check


@needs_tools
@pytest.mark.parametrize("path", ["/images/generations", "/responses"])
def test_the_size_of_the_picture_is_printed(path: str, tmp_path: Path) -> None:
    """The command prints a line for each picture that came, with its format and its size."""
    picture = as_base64(painted("red", (48, 32)))
    call = {"type": "image_generation_call", "id": "ig", "status": "completed", "result": picture}
    body = {"object": "response", "output": [call]} if path == "/responses" else {"data": [{"b64_json": picture}] * 2}
    answer = exchange(_request({"prompt": "x", "size": "1536x1024"}, path=path), orjson.dumps(body))
    plain, check = _commands(answer)
    printed = _printed(plain, answer.body, tmp_path).splitlines()
    assert [line.count("48 x 32") for line in printed] == [1] * (1 if path == "/responses" else 2)
    assert check.endswith("""gateprobe check - --asked '{"size":"1536x1024"}'""")


def test_the_order_of_the_events_is_printed(tmp_path: Path) -> None:
    """A stream is printed line by line, each cut, so that its events stand in their order."""
    body = encode(b'{"type":"response.created"}') + encode(b'{"type":"error","message":"' + b"x" * 500 + b'"}')
    answer = exchange(_request({"stream": True}, path="/responses", streams=True), body)
    plain, check = _commands(answer)
    lines = [line for line in _printed(plain, body, tmp_path).splitlines() if line]
    assert [line[:30] for line in lines] == ['data: {"type":"response.create', 'data: {"type":"error","message']
    assert max(map(len, lines)) == 100
    assert check.endswith("|\n  gateprobe check - --kind responses-stream")


def test_links_are_followed() -> None:
    """Pictures that come as links are fetched before they are measured."""
    body = b'{"data": [{"url": "https://files.example/a.png"}]}'
    plain, _ = _commands(exchange(_request({"prompt": "x"}), body))
    assert "jq -r '.data[].url' | while read -r link" in plain


@pytest.mark.parametrize("body", [b"", b"null", b'{"data": 3}', b'{"data": [1]}', b"[" * 100_000])
def test_another_answer_is_printed_with_its_status(body: bytes) -> None:
    """Where no picture came, the command prints the answer and its status."""
    plain, _ = _commands(exchange(_request({"prompt": "x"}), body, status=404))
    assert plain.endswith("-w '\\nHTTP %{http_code}\\n'")
