"""A hostile gateway on raw sockets, and a trap beside it, for audits by the real command.

It serves as `tests.support.loopback` does. There a test writes the answers to single requests in their order; here
misbehaviours (`hostile_modes`) take turns whatever is asked, see the request, and know where the trap listens.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.loopback import listening, read_request

KEY: Final = "sk-hostile-7f3c9d1e5b824a60-\"'/\\z"
"""The key that a hostile gateway is given; its odd characters have many spellings."""

CERTIFICATE: Final = Path(__file__).parents[2] / "capture" / "transport" / "untrusted.pem"


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came: its line, its head and its body as bytes."""

    line: str
    head: bytes
    body: bytes

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return b'"stream":true' in self.body

    @property
    def of_pictures(self) -> bool:
        """Whether it went to the Images endpoints."""
        return "/images/" in self.line


Mode = Callable[[socket.socket, Heard, "Scene"], None]


@dataclass
class Scene:
    """A running hostile gateway: its address, what it heard, where its trap listens and what the trap heard."""

    url: str = ""
    trap: str = ""
    heard: list[Heard] = field(default_factory=list)
    trapped: list[bytes] = field(default_factory=list)


@contextmanager
def hostile(modes: Sequence[Mode], *, certificate: Path | None = None) -> Iterator[Scene]:
    """Serve: each request is answered by the next of the modes in turn. A trap listens beside it."""
    scene, turns = Scene(), itertools.count()

    def answer(connection: socket.socket) -> None:
        head, _, body = read_request(connection).partition(b"\r\n\r\n")
        heard = Heard(head.partition(b"\r\n")[0].decode("latin-1"), head, body)
        scene.heard.append(heard)
        modes[next(turns) % len(modes)](connection, heard, scene)

    def trap(connection: socket.socket) -> None:
        scene.trapped.append(read_request(connection))

    with listening(answer, certificate=certificate, timeout=60) as port, listening(trap, timeout=10) as trap_port:
        scene.url = f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
        scene.trap = f"http://127.0.0.1:{trap_port}"
        yield scene
