"""Run the scenarios of several gateways at once: drive each generator, keep what comes, start the free ones first."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from gateprobe.capture.budget import Spent
from gateprobe.capture.connections import connections
from gateprobe.capture.order import descriptors, gateways_at_once, rare_collections, side_by_side, waves
from gateprobe.capture.sender import Before, Blocked, Sender
from gateprobe.capture.throttling import Circuit, Halt, Pace
from gateprobe.capture.timeouts import Patience
from gateprobe.capture.websocket import Socket
from gateprobe.errors import UsageError
from gateprobe.evidence import Attempt, Exchange, Failure, MalformedAnswerError, failure
from gateprobe.gateway import Gateway
from gateprobe.model import Cause
from gateprobe.plan.budget import Budget
from gateprobe.redact import Redactor
from gateprobe.request import Request, Together
from gateprobe.scenario import ScenarioRun, Steps
from gateprobe.store.folder import Stored, bodies_of, path_of, read_stored
from gateprobe.store.journal import ScenarioLog


class Listener(Protocol):
    """Is told how a capture goes on, to show it."""

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Hear that a scenario began."""

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Hear that a request was answered, or failed."""

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Hear that a scenario came to its end."""


class Silent:
    """A listener that shows nothing."""

    def began(self, gateway: str, scenario_run: ScenarioRun) -> None:
        """Say nothing."""

    def exchanged(self, gateway: str, scenario_run: ScenarioRun, exchange: Exchange) -> None:
        """Say nothing."""

    def ended(self, gateway: str, scenario_run: ScenarioRun, blocked: Failure | None) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Audited:
    """One gateway to capture: its key, the scenarios in order, what they may cost, how many at once."""

    gateway: Gateway
    secret: str = field(repr=False)
    scenario_runs: tuple[ScenarioRun, ...]
    budget: Budget = field(default_factory=Budget)
    jobs: int = 4
    per_minute: int | None = None
    cut: frozenset[str] = frozenset()
    """Scenarios that the budget does not reach: recorded as not asked."""
    seed: int = 0
    """The seed of the run, from which scenarios draw."""


def capture(
    audited: Sequence[Audited], folder: Path, redactor: Redactor, listener: Listener, patience: Patience | None = None
) -> None:
    """Capture all gateways at once into a run folder; what is already there is not sent again.

    As many are under way as the system's limit of open files allows (`ulimit -n`, raised as far as it may be); the
    others follow as these end.

    Raises:
        OSError: the folder cannot be written.
        BrokenRunError: what is already there cannot be read.
    """
    try:
        with rare_collections():
            asyncio.run(_capture(audited, folder, redactor, listener, patience or Patience()))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    except ExceptionGroup as group:
        first = _first(group)
        if isinstance(first, UsageError | OSError):
            raise first from None
        raise


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """Return the first exception of a group: for a person at the keyboard, one sentence is enough."""
    inner: Exception = group
    while isinstance(inner, ExceptionGroup):
        inner = inner.exceptions[0]
    return inner


async def _capture(
    audited: Sequence[Audited], folder: Path, redactor: Redactor, listener: Listener, patience: Patience
) -> None:
    halt = Halt()

    async def run(one: Audited) -> None:
        await _gateway(one, folder, redactor.towards(one.secret), listener, patience, halt)

    with _stoppable(halt), descriptors() as limit:
        jobs = max((one.jobs for one in audited), default=1)
        await side_by_side(run, audited, gateways_at_once(limit, jobs))


@contextmanager
def _stoppable(halt: Halt) -> Iterator[None]:
    """Let SIGINT and SIGTERM end a capture in order: at first nothing new is sent, the second time it stops at once."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def stop() -> None:
        if halt.wished and task is not None:
            task.cancel()
        halt.stop()

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        for number in numbers:
            loop.add_signal_handler(number, stop)
    except (NotImplementedError, ValueError, RuntimeError):  # no such signals here, or not in the main thread
        yield
        return
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _gateway(
    one: Audited, folder: Path, redactor: Redactor, listener: Listener, patience: Patience, halt: Halt
) -> None:
    bodies = bodies_of(folder)
    bodies.folder.mkdir(parents=True, exist_ok=True)
    stored = read_stored(folder, one.gateway.name)
    if one.gateway.embedded:
        stored = _without_half_done(one, folder, stored)
    spent, circuit = spent_before(one.budget, one.gateway, stored.values()), Circuit(cooldown=patience.cooldown)
    limits = one.gateway.limits
    patience = patience.extended(limits.timeout_seconds)
    pace = Pace(
        one.per_minute or limits.requests_per_minute,
        limits.images_per_minute,
        patience.longest_pause,
        patience.pause,
    )

    async def run(scenario_run: ScenarioRun) -> None:
        async with connections(one.gateway, patience) as ways:
            sender = Sender(one.gateway, one.secret, ways, redactor, bodies, spent, patience, halt, pace, circuit)
            before, cut = stored.get(scenario_run.id), scenario_run.id in one.cut
            await _Run(sender, scenario_run, listener, before, cut, one.seed).through(folder)

    put_off: list[ScenarioRun] = []

    async def run_or_put_off(scenario_run: ScenarioRun) -> None:
        if circuit.may_recover:
            put_off.append(scenario_run)
        else:
            await run(scenario_run)

    for wave in waves(one.scenario_runs):
        await side_by_side(run_or_put_off, wave, one.jobs)
    if put_off:
        await halt.sleep(circuit.rest)
        await side_by_side(run, put_off[:1], 1)  # one alone finds out whether the gateway is back
        await side_by_side(run, put_off[1:], one.jobs)


def _without_half_done(one: Audited, folder: Path, stored: Mapping[str, Stored]) -> dict[str, Stored]:
    """Start over what an embedded gateway was in the middle of: its memory ended with its process, and it is free."""
    half = [
        scenario_run.id
        for scenario_run in one.scenario_runs
        if (found := stored.get(scenario_run.id)) is not None
        and (not found.ended or _worth_another_try(found, scenario_run))
    ]
    for name in half:
        path_of(folder, one.gateway.name, name).unlink()
    return {name: found for name, found in stored.items() if name not in half}


@dataclass(slots=True)
class _Run:
    """One scenario on its way."""

    sender: Sender
    scenario_run: ScenarioRun
    listener: Listener
    stored: Stored | None
    cut: bool = False
    seed: int = 0
    step: int = 0

    async def through(self, folder: Path) -> None:
        if self.stored is not None and self.stored.ended and not _worth_another_try(self.stored, self.scenario_run):
            return
        gateway = self.sender.gateway.name
        self.listener.began(gateway, self.scenario_run)
        try:
            blocked = await self._logged(path_of(folder, gateway, self.scenario_run.id))
        except OSError as error:
            blocked = _unwritable(error)
        self.listener.ended(gateway, self.scenario_run, blocked)

    async def _logged(self, path: Path) -> Failure | None:
        with ScenarioLog(path, self.sender.bodies, self.sender.redactor) as log:
            if self.stored is None:
                log.begin(self.sender.gateway.name, self.scenario_run)
            else:
                log.resumed()
            socket = self.sender.socket()
            try:
                blocked = _CUT if self.cut else await self._drive(log, socket)
            finally:
                await socket.close()
            log.end(blocked)
        return blocked

    async def _drive(self, log: ScenarioLog, socket: Socket) -> Failure | None:
        try:
            steps = self.scenario_run.start(self.sender.gateway, self.seed)
            asked = await self._next(steps, None)
            while asked is not None:
                requests = asked.requests if isinstance(asked, Together) else (asked,)
                asked = await self._next(steps, (await self._all(requests, log, socket))[-1])
            return None  # noqa: TRY300 - the loop is what may fail
        except Blocked as blocked:
            return blocked.failure
        except MalformedAnswerError as missing:
            return failure(Cause.PREREQUISITE, "an earlier answer was not as promised: {why}", why=missing.message)
        except OSError as error:
            return _unwritable(error)
        except Exception as error:  # noqa: BLE001 - a fault of ours must not take the rest of the run with it
            return failure(
                Cause.HARNESS,
                "gateprobe failed in the scenario {scenario}: {error}",
                scenario=self.scenario_run.id,
                error=repr(error),
            )

    async def _next(self, steps: Steps, answer: Exchange | None) -> Request | Together | None:
        """Return what a scenario asks for next, None at its end; drawing takes time, and the loop must not wait."""

        def advance() -> Request | Together | None:
            try:
                return next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                return None

        return await asyncio.to_thread(advance) if self.scenario_run.scenario.draws else advance()

    async def _all(self, requests: Sequence[Request], log: ScenarioLog, socket: Socket) -> list[Exchange]:
        """Send requests at the same moment and wait for all of them, also when one may not leave."""
        found = await asyncio.gather(
            *(self._exchange(request, log, socket) for request in requests), return_exceptions=True
        )
        for outcome in found:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in found if isinstance(outcome, Exchange)]

    async def _exchange(self, request: Request, log: ScenarioLog, socket: Socket) -> Exchange:
        step, self.step = self.step, self.step + 1
        known = self._known(step)
        if known is not None:
            return known
        exchange = await self.sender.exchange(step, request, log, socket, self._before(step))
        self.listener.exchanged(self.sender.gateway.name, self.scenario_run, exchange)
        return exchange

    def _before(self, step: int) -> Before:
        """Return what an earlier session sent and received for a step."""
        if self.stored is None:
            return Before()
        attempts = [attempt for one in self.stored.evidence.exchanges if one.step == step for attempt in one.attempts]
        return Before(self.stored.sends.get(step, 0), tuple(attempts))

    def _known(self, step: int) -> Exchange | None:
        """Return what is already on disk for a step; nothing that may have had its price is asked again."""
        if self.stored is None:
            return None
        unanswered = self.stored.unanswered.get(step)
        if unanswered is not None and not unanswered.harmless:
            raise Blocked(_PICTURE_LOST if unanswered.buys else _ANSWER_LOST)
        found = [exchange for exchange in self.stored.evidence.exchanges if exchange.step == step]
        return found[0] if found and not may_be_sent_again(found[0].request, found[0].last) else None


_CUT: Final = failure(Cause.BUDGET, "left out: within the budget, other scenarios answer for more capabilities")

_PICTURE_LOST: Final = failure(
    Cause.NETWORK, "gateprobe was stopped while this picture was being drawn; it may be billed, so it is not sent again"
)
_ANSWER_LOST: Final = failure(
    Cause.NETWORK,
    "gateprobe was stopped before this was answered; it may be billed, or answered otherwise the second time, so it is"
    " not sent again",
)


def _unwritable(error: OSError) -> Failure:
    reason = error.strerror or str(error)
    return failure(Cause.HARNESS, "the run folder cannot be written: {reason}", reason=reason)


def spent_before(budget: Budget, gateway: Gateway, stored: Iterable[Stored]) -> Spent:
    """Count what earlier sessions of a run have sent, and what of it may have been billed."""
    spent = Spent(budget, gateway)
    for one in stored:
        for exchange in one.evidence.exchanges:
            for attempt in exchange.attempts:
                spent.count(exchange.request)
                if never_billed(attempt):
                    spent.give_back(exchange.request)
            if budget.bounds_pictures and exchange.last.status == 200:
                spent.count_drawn(exchange.request, exchange.body)
        for request in one.unanswered.values():
            spent.count(request)
    return spent


def may_be_billed(stored: Iterable[Stored]) -> Iterator[Request]:
    """Return every request that left and may have been billed, once for each time that it left; a refusal is free."""
    for one in stored:
        for exchange in one.evidence.exchanges:
            for attempt in exchange.attempts:
                if not (never_billed(attempt) or refused(attempt)):
                    yield exchange.request
        yield from one.unanswered.values()


def refused(attempt: Attempt) -> bool:
    """Return whether an attempt was refused: by every document that speaks of it, that is free."""
    return attempt.status is not None and 400 <= attempt.status < 500


def never_billed(attempt: Attempt) -> bool:
    """Return whether nothing can have been billed for an attempt: it never left, or was told to slow down."""
    return not attempt.left or attempt.status == 429


def may_be_sent_again(request: Request, attempt: Attempt) -> bool:
    """Return whether a resume may send a request again: it brought nothing, and nothing can have come of it."""
    if attempt.failure is not None:
        return not attempt.left or request.harmless
    return attempt.status == 429 or (attempt.status in (502, 503, 504) and not request.buys and not request.deletes)


def _worth_another_try(stored: Stored, scenario_run: ScenarioRun) -> bool:
    """Return whether a scenario that ended may yet bring more: something waits in it, stopped it, or was lost."""
    if scenario_run.scenario.waits:
        return True
    blocked = stored.evidence.blocked
    if blocked is not None and blocked.cause in (Cause.BUDGET, Cause.HARNESS, Cause.NETWORK, Cause.UPSTREAM):
        return True
    return any(may_be_sent_again(exchange.request, exchange.last) for exchange in stored.evidence.exchanges)
