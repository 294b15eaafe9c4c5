"""Servers that draw, but refuse or answer as if nothing was drawn, and hide the picture where no client looks."""

from __future__ import annotations

import base64
import gzip
import os
import socket
from collections.abc import Callable
from typing import Final

import orjson

from gateprobe.model import Json
from tests.support.evidence.streams import frame
from tests.support.hostile.drawing import Account, Drawer, body_of, response_of
from tests.support.hostile.hostile_servers import Heard
from tests.support.loopback import reply

_REFUSAL: Final = "400 Bad Request"
_WORDS: Final = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}


def _refusing(write: Callable[[str], bytes], *headers: str, kind: str = "application/json") -> Drawer:
    """Refuse, with a picture in the answer that `write` encodes."""

    def answer(connection: socket.socket, _heard: Heard, account: Account) -> None:
        (picture,) = account.draw()
        connection.sendall(reply(write(picture), "Connection: close", *headers, status=_REFUSAL, kind=kind))

    return answer


def _error(value: Json) -> bytes:
    return orjson.dumps({"error": {"message": "no", "type": "invalid_request_error", "details": value}})


def _numbers(picture: str) -> bytes:
    return _error({"type": "Buffer", "data": list(base64.b64decode(picture))})


def _pieces(picture: str) -> bytes:
    return _error([picture[at : at + 40] for at in range(0, len(picture), 40)])


def _nested(picture: str) -> bytes:
    return _error(orjson.dumps({"data": [{"b64_json": picture}]}).decode())


def _lines(picture: str) -> bytes:
    return _error("\n" + "\r\n".join(picture[at : at + 19] for at in range(0, len(picture), 19)))


def _multipart(picture: str) -> bytes:
    return b"--x\r\nContent-Type: image/png\r\n\r\n" + base64.b64decode(picture) + b"\r\n--x--\r\n"


def _by_link(connection: socket.socket, _heard: Heard, account: Account) -> None:
    account.draw()
    link = f"{account.url}/kept/{len(account.answers)}.png?signed=1"
    connection.sendall(reply(_error(f"see {link}"), "Connection: close", status=_REFUSAL))


def _in_a_header(connection: socket.socket, _heard: Heard, account: Account) -> None:
    (picture,) = account.draw()
    connection.sendall(reply(_error(None), "Connection: close", f"X-Picture: {picture}", status=_REFUSAL))


def _answering(body: Json, status: str = "200 OK") -> Drawer:
    """Draw, then give the same answer to every request."""

    def answer(connection: socket.socket, _heard: Heard, account: Account) -> None:
        account.draw()
        connection.sendall(reply(orjson.dumps(body), "Connection: close", status=status))

    return answer


def _response(status: str, *output: Json) -> Json:
    return {"id": "resp_1", "object": "response", "status": status, "model": "gpt-5.5", "output": list(output)}


def _by_chat(connection: socket.socket, heard: Heard, account: Account) -> None:
    """Draw for chat completions alone; other endpoints do not exist."""
    if "/chat/completions" not in heard.line:
        connection.sendall(reply(_error(None), "Connection: close", status="404 Not Found"))
        return
    images = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{one}"}} for one in account.draw(3)]
    message = {"role": "assistant", "content": "", "images": images}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    connection.sendall(reply(orjson.dumps({"object": "chat.completion", "choices": [choice]}), "Connection: close"))


def _by_another_surface(connection: socket.socket, heard: Heard, account: Account) -> None:
    """Refuse at the Images API; draw two for everything at the Responses API."""
    if heard.of_pictures:
        connection.sendall(reply(_error(None), "Connection: close", status=_REFUSAL))
        return
    connection.sendall(reply(body_of(heard, account.draw(2)), "Connection: close"))


def _streamed(connection: socket.socket, _heard: Heard, account: Account) -> None:
    """End a stream whose response has no output; the picture is in an undocumented event."""
    (picture,) = account.draw()
    events: tuple[Json, ...] = (
        {"type": "vendor.artifact", "artifact": {"inline": picture}},
        {"type": "response.completed", "response": response_of([])},
    )
    connection.sendall(reply(b"".join(map(frame, events)), "Connection: close", kind="text/event-stream"))


HIDDEN: Final[dict[str, Drawer]] = {
    "refused, in numbers": _refusing(_numbers),
    "refused, in pieces": _refusing(_pieces),
    "refused, in JSON in a string": _refusing(_nested),
    "refused, in short lines": _refusing(_lines),
    "refused, in hexadecimal": _refusing(lambda picture: _error(base64.b64decode(picture).hex().upper())),
    "refused, in base64 twice": _refusing(lambda picture: _error(base64.b64encode(picture.encode()).decode())),
    "refused, percent-encoded": _refusing(lambda picture: _error(f"data%3Aimage%2Fpng%3Bbase64%2C{picture}")),
    "refused, in an undeclared gzip": _refusing(lambda picture: gzip.compress(_error(picture))),
    "refused, in unknown bytes": _refusing(lambda _: os.urandom(2000), kind="application/octet-stream"),
    "refused, in a form": _refusing(_multipart, kind="multipart/form-data; boundary=x"),
    "refused, by a link": _by_link,
    "refused, in a header": _in_a_header,
    "an error with status 200": _answering({"error": {"message": "no", "type": "invalid_request_error"}}),
    "no output": _answering(_response("completed")),
    "a response in progress": _answering(_response("in_progress")),
    "a call without a result": _answering(_response("completed", {"type": "image_generation_call", "id": "ig_1"})),
    "a task": _answering({"id": "task_1", "task_id": "task_1", "status": "queued"}, "202 Accepted"),
    "in an unknown event": _streamed,
    "by chat": _by_chat,
    "by another surface": _by_another_surface,
}
"""Every hidden drawer, by a description of its answers."""
