"""Personas in a process of their own, that keep account of every picture: what was asked for it, and how often drawn.

The account is the persona's, not the journal's: it sees what arrives, whatever died at the other end. What differs from
one audit to the next for the same scenario (ids of earlier answers, the bytes of earlier pictures) is left out of it.
"""

from __future__ import annotations

import multiprocessing
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from multiprocessing.connection import Connection

import orjson

from gateprobe.reference import serve
from gateprobe.reference.faults import Fault
from gateprobe.reference.http.exchange import IncomingRequest
from gateprobe.reference.state import Counters

_ASKED: ContextVar[str] = ContextVar("asked")
_PASSING = re.compile(rb"\b(resp|msg|ig|item|file|call|rs)_[0-9A-Za-z]+|[A-Za-z0-9+/=_-]{400,}|:\d{4,5}/")


@dataclass(frozen=True, slots=True)
class Account:
    """What one persona has served: requests, and pictures by what was asked for them."""

    requests: int
    pictures: Counter[str]

    def since(self, earlier: Account) -> Account:
        """Return what came after another account of the same persona."""
        return Account(self.requests - earlier.requests, self.pictures - earlier.pictures)

    def twice(self, calm: Account) -> int:
        """Return how many pictures were drawn beyond those of an undisturbed audit, for whatever was asked."""
        return sum((self.pictures - calm.pictures).values())


@dataclass(frozen=True, slots=True)
class Persona:
    """One persona that is being served."""

    name: str
    url: str
    key: str


class Personas:
    """Personas being served by one other process."""

    def __init__(self, pipe: Connection, served: Mapping[str, Persona]) -> None:
        self._pipe = pipe
        self.served = served

    def accounts(self) -> dict[str, Account]:
        """Return what each has served so far."""
        self._pipe.send("account")
        accounts: dict[str, Account] = self._pipe.recv()
        return accounts


def _counting(counter: Counter[str]) -> Fault:
    """Count every picture that this process draws by what was asked for it; return the fault that notes requests."""
    drew = Counters.drew

    def noted(asked: IncomingRequest) -> IncomingRequest:
        _ASKED.set(_named(asked))
        return asked

    @wraps(drew)
    def counted(counters: Counters) -> None:
        counter[_ASKED.get()] += 1
        drew(counters)

    note = Fault("note", "Nothing is changed; what is asked is noted.", request=noted)
    Counters.drew = counted  # type: ignore[assignment,method-assign]  # for the life of this process
    return note


def _named(asked: IncomingRequest) -> str:
    """Name a request by its host, path and body."""
    sent = [asked.fields, [(upload.field, upload.filename, len(upload.data) > 0) for upload in asked.uploads]]
    body = _PASSING.sub(b"#", orjson.dumps(sent, option=orjson.OPT_SORT_KEYS))
    return f"{asked.headers.get('host', '')} {asked.method} {asked.path} {sha256(body).hexdigest()[:16]}"


def _serve(pipe: Connection, names: Sequence[str], delay: float) -> None:
    drawn: Counter[str] = Counter()
    note = _counting(drawn)
    with ExitStack() as stack:
        served = {name: stack.enter_context(serve(name, delay=delay, faults=[note])) for name in names}
        pipe.send({name: Persona(name, persona.url, persona.key) for name, persona in served.items()})
        while pipe.recv() == "account":
            pipe.send(
                {name: Account(persona.counters.requests, _of(drawn, persona.url)) for name, persona in served.items()}
            )


def _of(drawn: Counter[str], url: str) -> Counter[str]:
    host = url.split("/")[2]
    return Counter({name.removeprefix(f"{host} "): n for name, n in list(drawn.items()) if name.startswith(f"{host} ")})


@contextmanager
def personas(*names: str, delay: float = 0.0) -> Iterator[Personas]:
    """Serve personas in one process of their own while the block lasts; a picture takes `delay` seconds at least."""
    near, far = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(far, names, delay))
    process.start()
    far.close()
    try:
        yield Personas(near, near.recv())
    finally:
        near.send("done")
        process.join(10)
        process.kill()
