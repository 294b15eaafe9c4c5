"""Serve the reference as the upstream of a gateway under test, and store its log with the run."""

from __future__ import annotations

import hmac
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp

from gateprobe.capture.transport.reachable import wait_until_answered
from gateprobe.errors import UsageError
from gateprobe.evidence import Arrival, KeyUsed, UpstreamRecord
from gateprobe.redact import Redactor
from gateprobe.reference import serve
from gateprobe.reference.upstream.plays import playing
from gateprobe.reference.upstream.recorder import Recorder, Recording
from gateprobe.request import altered
from gateprobe.store.folder import bodies_of
from gateprobe.store.upstream import UpstreamJournal

PORT: Final = 8190
"""The default port: a gateway needs to be configured only once."""

KEY: Final = "sk-gateprobe-upstream-000000000000"
"""The default key of the upstream: public and the same in each run, since it serves only on loopback."""

URL_VARIABLE: Final = "GATEPROBE_UPSTREAM_URL"
KEY_VARIABLE: Final = "GATEPROBE_UPSTREAM_KEY"

_SETTLE: Final = 10.0
"""Seconds that open requests may still take after the audit; slower ones are stored unfinished."""

_START: Final = 120.0
"""Seconds that a gateway may take to start; LiteLLM takes 40 on a busy machine."""

_STOP: Final = 5.0

_SWITCH: Final = 0.0005
"""Seconds after which a thread of Python lets another run; 5 ms, the default, would count as the gateway's delay."""

_STANDARD_ERROR: Final = 2
"""The output of the gateway: standard output is only for the audit."""

_SECRET: Final = frozenset({"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie"})
"""Headers whose values are never stored."""


class Upstream:
    """A running upstream: its address, its key, and the run that stores its log."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.url = ""
        self.recorder = Recorder(self._store)
        self._journal: UpstreamJournal | None = None
        self._client = ""

    def record(self, folder: Path, gateway: str, secret: str) -> None:
        """Store later requests in a run; `secret` is the client's key."""
        self._client = secret
        redactor = Redactor((secret, self.key, altered(secret), altered(self.key)))
        self._journal = UpstreamJournal(folder, gateway, bodies_of(folder), redactor)

    def settle(self) -> None:
        """Wait for open requests, and store them."""
        self.recorder.settle(_SETTLE)

    def _store(self, recording: Recording) -> None:
        if self._journal is not None:
            self._journal.write(self._record_of(recording), recording.received, recording.sent)

    def _record_of(self, recording: Recording) -> UpstreamRecord:
        return UpstreamRecord(
            number=recording.number,
            started=recording.started,
            method=recording.method,
            path=recording.path,
            query=recording.query,
            headers=tuple((name, "***" if name.lower() in _SECRET else value) for name, value in recording.headers),
            received="",
            arrivals=tuple(Arrival(*piece) for piece in recording.arrivals),
            status=recording.status,
            answer_headers=recording.answer_headers,
            sent="",
            pieces=tuple(Arrival(*piece) for piece in recording.pieces),
            head_ms=recording.head_ms,
            elapsed_ms=recording.elapsed_ms,
            left_ms=recording.left_ms,
            ended=recording.ended,
            key=self._key_of(dict(recording.headers)),
            websocket=recording.websocket,
        )

    def _key_of(self, headers: Mapping[str, str]) -> KeyUsed:
        sent = headers.get("authorization", "").partition(" ")[2].strip() or headers.get("x-api-key", "")
        if not sent:
            return KeyUsed.NONE
        if hmac.compare_digest(sent.encode(), self.key.encode()):
            return KeyUsed.SHARED if self._client == self.key else KeyUsed.UPSTREAM
        return KeyUsed.CLIENT if hmac.compare_digest(sent.encode(), self._client.encode()) else KeyUsed.OTHER


@contextmanager
def upstream(*, port: int = PORT, key: str = KEY, faults: Sequence[str] = (), delay: float = 0.0) -> Iterator[Upstream]:
    """Serve OpenAI's persona as the upstream of a gateway while the block lasts.

    Raises:
        UsageError: the port cannot be used, or a fault is unknown.
    """
    server = Upstream(key)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH)
    with ExitStack() as stack:
        stack.callback(sys.setswitchinterval, interval)
        wrap = partial(_recorded, server)
        try:
            served = stack.enter_context(serve("openai", port=port, key=key, faults=faults, delay=delay, wrap=wrap))
        except UsageError as error:
            if isinstance(error.__cause__, OSError):
                raise UsageError(f"{error} --upstream-port chooses another one.") from error.__cause__
            raise
        server.url = served.url
        yield server


def _recorded(server: Upstream, app: ASGIApp) -> ASGIApp:
    return server.recorder.wrap(playing(app))


@contextmanager
def started(command: Sequence[str], server: Upstream, url: str, environment: Mapping[str, str]) -> Iterator[None]:
    """Run the command of a gateway while the block lasts, and begin once its address answers.

    Its environment has the address and the key of the upstream. Without a command, wait until the address answers.

    Raises:
        UsageError: the command cannot be run, ended, or does not answer in time.
    """
    if not command:
        if not wait_until_answered(url, _STOP):
            raise UsageError(f"nothing answers at {url}: start the gateway, or add the command that starts it after --")
        yield
        return
    variables = {URL_VARIABLE: server.url, KEY_VARIABLE: server.key}
    try:
        running = subprocess.Popen(  # noqa: S603 - the command is the user's own
            list(command),
            env={**environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=_STANDARD_ERROR,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"{command[0]} cannot be run: {error.strerror or error}") from None
    guard = _guard(running.pid)
    try:
        if not wait_until_answered(url, _START, lambda: running.poll() is None):
            ended = running.poll()
            what = f"ended with {ended}" if ended is not None else f"did not answer within {_START:.0f} s"
            what += " (start it in the foreground)" if ended == 0 else ""
            raise UsageError(f"{command[0]} {what}; nothing answers at {url}")
        yield
    finally:
        _end(running)
        guard.kill()
        guard.communicate()


_GUARD: Final = "cat >/dev/null; kill -s TERM -- -$0; sleep 5; kill -s KILL -- -$0"
"""Ends the processes of a gateway when standard input ends, that is when gateprobe does, whatever ended it."""


def _guard(group: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603 - our own words and a number
        ["/bin/sh", "-c", _GUARD, str(group)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _end(running: subprocess.Popen[bytes]) -> None:
    for ending in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(running.pid, ending)
        with suppress(subprocess.TimeoutExpired):
            running.wait(_STOP)
            return
