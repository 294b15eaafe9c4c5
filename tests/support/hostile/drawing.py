"""What all drawing servers share: the count of their pictures, answers of each endpoint, and the server."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import orjson

from gateprobe.model import Json
from tests.support.hostile.hostile_servers import Heard
from tests.support.loopback import listening, read_request, reply

_MODELS: Final = orjson.dumps({"object": "list", "data": [{"id": "gpt-image-2", "object": "model"}]})


@dataclass
class Account:
    """The number of pictures that a server drew for each answer, in order."""

    url: str = ""
    answers: list[int] = field(default_factory=list)

    @property
    def pictures(self) -> int:
        """The number of all pictures."""
        return sum(self.answers)

    def draw(self, pictures: int = 1) -> list[str]:
        """Draw different pictures for one answer."""
        self.answers.append(pictures)
        return [_picture() for _ in range(pictures)]

    def beyond(self, bound: int) -> int:
        """Return the number of pictures beyond a bound, without the one answer that may exceed it."""
        return self.pictures - bound - max(self.answers, default=0)


Drawer = Callable[[socket.socket, Heard, Account], None]


def _picture() -> str:
    start = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    return base64.b64encode(start + os.urandom(900)).decode()


def body_of(heard: Heard, pictures: list[str]) -> bytes:
    """Return an answer with pictures in the form of the endpoint."""
    if heard.of_pictures:
        return orjson.dumps({"created": 1, "data": [{"b64_json": picture} for picture in pictures]})
    return orjson.dumps(response_of(pictures))


def response_of(pictures: list[str]) -> Json:
    """Return a completed Response with a call for each picture."""
    calls = [
        {"type": "image_generation_call", "id": f"ig_{at}", "status": "completed", "result": picture}
        for at, picture in enumerate(pictures)
    ]
    return {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-5.5", "output": calls}


@contextmanager
def drawing(drawer: Drawer) -> Iterator[Account]:
    """Serve: draw for each POST, and answer each GET with a list of models."""
    account = Account()

    def answer(connection: socket.socket) -> None:
        head, _, body = read_request(connection).partition(b"\r\n\r\n")
        heard = Heard(head.partition(b"\r\n")[0].decode("latin-1"), head, body)
        if heard.line.startswith("POST") or b"websocket" in head.lower():
            drawer(connection, heard, account)
        elif heard.line:
            connection.sendall(reply(_MODELS, "Connection: close"))

    with listening(answer, timeout=60) as port:
        account.url = f"http://127.0.0.1:{port}"
        yield account
