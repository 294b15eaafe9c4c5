"""The single place where a request leaves: it applies the key, the budget, the disk check, the circuit and the pace."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlencode, urlsplit

import httpx

from gateprobe.capture.bounds.budget import Spent
from gateprobe.capture.bounds.drawn import Drawn, drawn
from gateprobe.capture.bounds.limits import AttemptLimits
from gateprobe.capture.bounds.throttling import Circuit, Halt, Pace, jittered, requested_pause
from gateprobe.capture.transport.connections import Connections, UnusableProxyError, proxy_to
from gateprobe.capture.transport.http import over_http, prepared
from gateprobe.capture.transport.links import LinkFetcher
from gateprobe.capture.transport.recording import BodyRecorder
from gateprobe.capture.transport.websocket import Socket
from gateprobe.evidence import Attempt, Exchange, Failure, failure
from gateprobe.gateway import Gateway
from gateprobe.message import Value
from gateprobe.model import Cause
from gateprobe.redact import Redactor
from gateprobe.request import Auth, Request, Transport, altered, invented
from gateprobe.store.bodies import Bodies
from gateprobe.store.journal import ScenarioLog
from gateprobe.text import printable

_ROOM: Final = 64 * 1024 * 1024  # bytes of free disk below which nothing is sent any more


class Blocked(Exception):  # noqa: N818 - named for the situation
    """A request may not be sent; carries the reason."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def _blocked(cause: Cause, template: str, **values: Value) -> Blocked:
    return Blocked(failure(cause, template, **values))


@dataclass(frozen=True, slots=True)
class PreviousAttempts:
    """The attempts of a step in an earlier session of the same run."""

    sends: int = 0
    attempts: tuple[Attempt, ...] = ()


@dataclass(slots=True)
class Sender:
    """Sends the requests of one gateway."""

    gateway: Gateway
    secret: str = field(repr=False)
    connections: Connections
    redactor: Redactor
    bodies: Bodies
    spent: Spent
    limits: AttemptLimits
    links: LinkFetcher
    halt: Halt = field(default_factory=Halt)
    pace: Pace = field(default_factory=Pace)
    circuit: Circuit = field(default_factory=Circuit)
    seed: int = 0
    """The seed of the run, from which the invented key is drawn."""

    def socket(self) -> Socket:
        """Return a WebSocket for one scenario, not yet open."""
        path = self.gateway.path("responses") or "/responses"
        url = "ws" + (self.gateway.base_url + path).removeprefix("http")
        if self.gateway.baseline.query:
            url += f"?{urlencode(self.gateway.baseline.query)}"
        return Socket(url, self._socket_headers, self.limits, proxy_to(self.gateway))

    def _socket_headers(self, auth: Auth) -> dict[str, str]:
        return dict([key] if (key := self._key(auth)) is not None else []) | self.gateway.headers()

    async def exchange(
        self, step: int, request: Request, log: ScenarioLog, socket: Socket, previous: PreviousAttempts
    ) -> Exchange:
        """Send a request, and repeat it where that costs nothing; return all attempts, the previous ones included.

        Raises:
            Blocked: it may not be sent.
        """
        if request.is_link:
            return await self._fetched(step, request, log, previous)
        if request.pause:
            await self.halt.sleep(request.pause)
        attempts, redactor = list(previous.attempts), self._redactor(request)
        url, stale, met = self.gateway.base_url.rstrip("/") + request.path, False, False
        for tries in range(self.limits.retries + 1):
            recorder = BodyRecorder(self.bodies, redactor)
            await self.pace.wait(request.images)
            self._check(request)
            number = previous.sends + tries
            log.sent(step, number, request)
            attempt = await self._attempt(url, request, number, socket, recorder, fresh=stale)
            log.received(step, attempt)
            outcome = self._outcome(request, attempt)
            self.spent.settle(request, outcome)
            attempts.append(attempt)
            mistaken = attempt.status == 429 and not self._exchange(step, request, (attempt,), log).is_throttled
            self.pace.observe(attempt, mistaken=mistaken)
            if request.transport is Transport.HTTP:
                self.circuit.observe(request, attempt, mistaken=mistaken)
            stale = recorder.reused and not met and tries < self.limits.retries and _died_unheard(request, attempt)
            met = met or stale
            pause = 0.0 if stale else self._pause(request, attempt, tries)
            if pause is None or outcome.most or mistaken:
                break
            await self.halt.sleep(pause)
        return self._exchange(step, request, attempts, log)

    def _exchange(self, step: int, request: Request, attempts: Iterable[Attempt], log: ScenarioLog) -> Exchange:
        return Exchange(step, request, tuple(attempts), self.bodies.read, log.path.stem)

    def _outcome(self, request: Request, attempt: Attempt) -> Drawn:
        """Return what an attempt may have drawn; its body matters only under a bound, or where it is sent again."""
        matters = self.spent.budget.bounds_pictures or attempt.status == 429
        read = matters and attempt.sha256 and (request.could_draw or request.delivers)
        return drawn(request, attempt, self.bodies.read(attempt.sha256) if read else b"")

    async def _fetched(self, step: int, request: Request, log: ScenarioLog, previous: PreviousAttempts) -> Exchange:
        """Fetch a link, which another host may answer: outside the pace and the circuit of the gateway."""
        if request.auth is not Auth.NONE:
            raise _blocked(Cause.HARNESS, "a scenario asked for a link with a key")
        attempts = list(previous.attempts)
        for tries in range(self.limits.retries + 1):
            self._check_own(request)
            recorder = BodyRecorder(self.bodies, self.redactor)
            number = previous.sends + tries
            log.sent(step, number, request)
            attempts.append(await self.links.attempt(request, number, recorder, self._to_own_origin(request)))
            log.received(step, attempts[-1])
            if tries == self.limits.retries or not self.links.may_repeat(attempts[-1]):
                break
            await self.halt.sleep(jittered(self.limits.pause * 2.0**tries))
        return self._exchange(step, request, attempts, log)

    def _to_own_origin(self, link: Request) -> httpx.AsyncBaseTransport | None:
        """Return the way to the gateway for a link on its own origin, where a proxy leads there; None elsewhere."""
        is_own = _origin(link.path) == _origin(self.gateway.base_url) and proxy_to(self.gateway) is not None
        try:
            return self.connections.fresh if is_own else None
        except UnusableProxyError:
            return None

    async def _attempt(
        self, url: str, request: Request, number: int, socket: Socket, recorder: BodyRecorder, *, fresh: bool
    ) -> Attempt:
        if request.transport is Transport.WEBSOCKET:
            attempt = await socket.attempt(request, number, recorder)
        else:
            try:
                sent = prepared(url, request, self._key(request.auth))
            except (httpx.InvalidURL, UnicodeError) as error:
                text = printable(str(error), 200)
                raise _blocked(
                    Cause.PREREQUISITE, "a value of an earlier answer makes this request invalid: {error}", error=text
                ) from None
            try:
                transport = self.connections.fresh if fresh else self.connections.of(request)
            except UnusableProxyError as error:
                raise Blocked(Failure(Cause.NETWORK, error.reason)) from None
            recorder.start()
            limits = replace(self.limits, leave=request.leave_after, leave_at=request.leave_at)
            attempt = await over_http(transport, sent, number, limits, recorder)
        return attempt

    def _redactor(self, request: Request) -> Redactor:
        """Return the redactor of a request's answer: a key that is derived from the right key is hidden too."""
        key = self._secret(request.auth)
        return self.redactor if key in ("", self.secret) else self.redactor.with_secret(key)

    def _secret(self, auth: Auth) -> str:
        match auth:
            case Auth.KEY:
                return self.secret
            case Auth.BOGUS:
                return invented(self.secret, self.seed)
            case Auth.ALTERED:
                return altered(self.secret)
            case Auth.NONE:
                return ""

    def _key(self, auth: Auth) -> tuple[str, str] | None:
        return None if auth is Auth.NONE else self.gateway.key.as_header(self._secret(auth))

    def _check(self, request: Request) -> None:
        if stopped := self.halt.check() or self.circuit.check():
            raise Blocked(stopped)
        self._check_own(request)

    def _check_own(self, request: Request) -> None:
        """Raise Blocked where a limit of our own stops a request: the user, the disk, the budget."""
        if stopped := self.halt.check():
            raise Blocked(stopped)
        if shutil.disk_usage(self.bodies.folder).free < _ROOM:
            raise _blocked(
                Cause.HARNESS,
                "less than {mebibytes} MiB are free where the run is stored: nothing more is sent",
                mebibytes=_ROOM >> 20,
            )
        if overspent := self.spent.reserve(request):
            raise Blocked(overspent)

    def _pause(self, request: Request, attempt: Attempt, tries: int) -> float | None:
        """Return the seconds to wait before another attempt, or None for no other attempt.

        A request that may have been billed is never sent again: only a failed connection, a 429 and, where the request
        only reads, a 502, 503 or 504 are repeated. After a 429 the whole gateway waits, at its pace.
        """
        if tries >= self.limits.retries or request.auth is not Auth.KEY:
            return None
        unsent = attempt.failure is not None and not attempt.left
        free_again = request.harmless and not self.circuit.doubtful and attempt.status in (502, 503, 504)
        if not (unsent or attempt.status == 429 or free_again):
            return None
        requested = requested_pause(attempt)
        if requested is not None and requested > self.limits.longest_pause:
            return None
        if attempt.status == 429:
            return 0.0
        return jittered(self.limits.pause * 2.0**tries) if requested is None else requested


def _died_unheard(request: Request, attempt: Attempt) -> bool:
    """Return whether a request that only reads lost its connection before any answer began.

    On a reused connection, that happens where the server closes it at the same moment (RFC 9112, 9.3.1). It is no fault
    of the gateway, so the request is repeated on a new connection.
    """
    lost = attempt.failure is not None and attempt.failure.cause is Cause.NETWORK
    return lost and attempt.left and attempt.status is None and request.harmless


def _origin(url: str) -> tuple[str, str | None, int | None] | None:
    """Return scheme, host and port; None for an invalid address."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return None
    return parts.scheme, parts.hostname, port
