"""Commands of one scenario, sent again one after the other."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import orjson
import pytest

from gateprobe.evidence import Attempt, Exchange
from gateprobe.formats.curl import curl
from gateprobe.formats.html.chain import links
from gateprobe.model import Json
from gateprobe.request import JsonBody, Request
from gateprobe.wire.sse import encode
from tests.support.runs import ACME, STARTED

_CALL: dict[str, Json] = {"type": "image_generation_call", "id": "ig_00000001", "result": "aGk="}
_RESPONSE: dict[str, Json] = {"id": "resp_000001", "status": "completed", "output": [_CALL]}
_STREAM = b"".join(
    encode(orjson.dumps(event), str(event["type"]))
    for event in (
        {"type": "response.created", "response": {"id": "resp_000001"}},
        {"type": "response.output_item.done", "item": _CALL, "output_index": 0},
        {"type": "response.completed", "response": _RESPONSE},
    )
)


def _exchange(step: int, request: Request, body: bytes, kind: str) -> Exchange:
    headers = (("content-type", kind),)
    attempt = Attempt(1, STARTED, 5.0, 200, "HTTP/1.1", headers, 1.0, "a" * 64, len(body), len(body), (), None)
    return Exchange(step, request, (attempt,), lambda _: body)


@pytest.mark.parametrize(
    ("body", "kind"), [(orjson.dumps(_RESPONSE), "application/json"), (_STREAM, "text/event-stream")]
)
def test_ids_of_the_first_answer_are_taken_by_the_second_command(tmp_path: Path, body: bytes, kind: str) -> None:
    """What a shell reads out of the kept answer is what the second command sends, whatever ids come this time."""
    again = {"previous_response_id": "resp_000001", "input": [{"type": "image_generation_call", "id": "ig_00000001"}]}
    asked = Request("POST", "/responses", JsonBody({"input": "Draw"}), streams=kind == "text/event-stream")
    first = _exchange(0, asked, body, kind)
    second = _exchange(1, Request("POST", "/responses", JsonBody(again)), b"{}", "application/json")
    keeps, takes = links((first, second))
    assert takes.takes == {"resp_000001": "RESPONSE_1", "ig_00000001": "PICTURE_1"}
    fresh = body.replace(b"resp_000001", b"resp_new").replace(b"ig_00000001", b"ig_new")
    (tmp_path / "step-1.txt").write_bytes(fresh)
    text = "curl() { printf '%s\\0' \"$@\"; }"
    script = "\n".join([text, *keeps.keeps, curl(ACME, second.request, takes=takes.takes)])
    run = subprocess.run(  # noqa: S603 - our own command
        ["/bin/sh", "-ec", script], cwd=tmp_path, env={"PATH": os.environ["PATH"]}, check=True, capture_output=True
    )
    sent = orjson.loads(run.stdout.decode().split("\0")[-2])
    assert sent == {"previous_response_id": "resp_new", "input": [{"type": "image_generation_call", "id": "ig_new"}]}


def test_an_id_in_a_path_is_a_variable_too() -> None:
    """What fetches an earlier response names it by its variable."""
    fetch = Request("GET", "/responses/resp_000001")
    command = curl(ACME, fetch, takes={"resp_000001": "RESPONSE_1"})
    assert (
        command.splitlines()[0] == 'curl -sS --fail-with-body -X GET https://acme.example/v1/responses/"$RESPONSE_1" \\'
    )


def test_what_no_later_request_names_is_not_kept() -> None:
    """A command by itself stays as it is."""
    first = _exchange(0, Request("POST", "/responses"), orjson.dumps(_RESPONSE), "application/json")
    assert [link.keeps for link in links((first,))] == [()]
