"""Running a persona: uvicorn on loopback, in a thread of its own, for as long as a `with` block lasts."""

from __future__ import annotations

import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from gateprobe.errors import GateprobeError, UsageError
from gateprobe.reference.drawing import codec
from gateprobe.reference.drawing.natural.painter import NaturalPainter
from gateprobe.reference.drawing.renderer import Renderer
from gateprobe.reference.faults import FAULTS, PASSING, Fault, changed_seal, started
from gateprobe.reference.http.app import build_app
from gateprobe.reference.persona import Persona
from gateprobe.reference.personas import PERSONAS
from gateprobe.reference.state import Counters, PersonaState
from gateprobe.suggestions import did_you_mean

_HOST: Final = "127.0.0.1"
_START: Final = 20.0
"""Seconds until a server that does not start is given up."""
_STOP: Final = 1
"""Seconds that an open exchange may still take when a server stops."""


@dataclass(frozen=True, slots=True)
class Served:
    """A running persona: its base URL (such as `http://127.0.0.1:43121/v1`), its key, and what it has served."""

    name: str
    url: str
    key: str
    counters: Counters


def find_persona(name: str) -> Persona:
    """Find a persona by its name; raise UsageError for an unknown one."""
    persona = PERSONAS.get(name)
    if persona is None:
        raise UsageError(f"There is no persona {name!r}; there are {', '.join(PERSONAS)}.")
    return persona


def find_fault(name: str) -> Fault:
    """Return a fault by its name; raise UsageError for an unknown one."""
    known = {**FAULTS, **PASSING}
    if name not in known:
        hint = did_you_mean(name, known, "`gateprobe serve --list-faults` lists them.")
        raise UsageError(f"There is no fault {name!r}; {hint}")
    return known[name]


def _listen(port: int) -> socket.socket:
    # Named as TCP, so that asyncio turns Nagle's algorithm off: else each frame waits 40 ms for the last one.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((_HOST, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(f"Port {port} on {_HOST} cannot be used: {error}.") from error
    return listener


@contextmanager
def serve(
    persona: str | Persona,
    *,
    port: int = 0,
    delay: float = 0.0,
    faults: Sequence[str | Fault] = (),
    painter: NaturalPainter | None = None,
    key: str = "",
    wrap: Callable[[ASGIApp], ASGIApp] | None = None,
) -> Iterator[Served]:
    """Serve a persona, or one by its name, on loopback while the block lasts; port 0 takes a free port.

    Drawing a picture takes at least `delay` seconds; with a `painter` it draws as image models do. `faults` are applied
    in this order after the persona's own; names are those of FAULTS and PASSING. Without a `key`, a new one is drawn.
    `wrap` returns the application that is served in place of the persona's.

    Raises:
        UsageError: a persona or a fault is unknown, or the port cannot be used.
    """
    persona = find_persona(persona) if isinstance(persona, str) else persona
    codec.warm()
    named = (find_fault(fault) if isinstance(fault, str) else fault for fault in faults)
    all_faults = started((*persona.faults, *named))
    listener = _listen(port)
    origin = f"http://{_HOST}:{listener.getsockname()[1]}"
    state = PersonaState(key=key or f"sk-reference-{secrets.token_hex(16)}", origin=origin, clock=time.time)
    router = persona.build(state, Renderer(state.counters, delay, changed_seal(all_faults, persona.seal), painter))
    ready = threading.Event()
    app: ASGIApp = build_app(persona, state, router, all_faults, ready.set)
    server = uvicorn.Server(
        uvicorn.Config(
            app if wrap is None else wrap(app),
            access_log=False,
            lifespan="on",
            log_config=None,
            log_level="critical",
            server_header=False,
            timeout_graceful_shutdown=_STOP,
            ws="websockets-sansio",
            ws_max_size=64 << 20,
        )
    )
    thread = threading.Thread(
        target=server.run, kwargs={"sockets": [listener]}, name=f"persona-{persona.name}", daemon=True
    )
    thread.start()
    try:
        if not ready.wait(_START):
            raise GateprobeError(f"The persona {persona.name} did not start within {_START:.0f} s.")
        yield Served(name=persona.name, url=f"{origin}/v1", key=state.key, counters=state.counters)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
