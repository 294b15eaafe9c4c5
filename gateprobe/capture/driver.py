"""Drive the generator of one scenario step by step, resumed where an earlier session stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from gateprobe.capture.bounds.billing import may_be_sent_again
from gateprobe.capture.bounds.orders import Orders
from gateprobe.capture.events import CaptureListener, Exchanged, ScenarioEnded, ScenarioStarted
from gateprobe.capture.sender import Blocked, PreviousAttempts, Sender
from gateprobe.capture.sharing import CombinedAnswers, OtherColumns, SharedAnswers
from gateprobe.capture.transport.websocket import Socket
from gateprobe.errors import BrokenRunError
from gateprobe.evidence import EVERYTHING, Exchange, Failure, MalformedAnswerError, failure
from gateprobe.model import EMPTY, Cause
from gateprobe.request import Request, Together, Transport
from gateprobe.scenario import ScenarioRun, Steps, answer_to
from gateprobe.store.folder import Stored, path_of
from gateprobe.store.journal import ScenarioLog


@dataclass(slots=True)
class ScenarioDriver:
    """Drives the generator of one scenario: sends its requests, returns the exchanges, and writes the journal."""

    sender: Sender
    scenario_run: ScenarioRun
    listener: CaptureListener
    stored: Stored | None
    orders: Orders = field(default_factory=Orders)
    cut: bool = False
    seed: int = 0
    absent: Mapping[str, Failure] = field(default_factory=lambda: EMPTY)
    others: OtherColumns = field(default_factory=OtherColumns)
    combined: CombinedAnswers | None = None
    step: int = 0
    _shared: SharedAnswers | None = None

    async def run(self, folder: Path) -> None:
        """Run the scenario; one that ended in an earlier session runs again only if steps of it can still be sent."""
        if self.stored is not None and self.stored.ended and not worth_another_try(self.stored, self.scenario_run):
            return
        gateway = self.sender.gateway.name
        if self.others.captured:
            self._shared = self.others.of(self.scenario_run, self.sender.bodies, self.sender.redactor)
            self._shared.compare(self.scenario_run, self.sender.gateway, self.seed)
        self.listener(ScenarioStarted(gateway, self.scenario_run))
        try:
            blocked = await self._logged(path_of(folder, gateway, self.scenario_run.id))
        except OSError as error:
            blocked = _unwritable(error)
        self.listener(ScenarioEnded(gateway, self.scenario_run, blocked))

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
            if (missing := self._missing(asked)) is not None:
                return missing
            while asked is not None:
                requests = asked.requests if isinstance(asked, Together) else (asked,)
                asked = await self._next(steps, answer_to(await self._all(requests, log, socket)))
            return None  # noqa: TRY300 - the loop is what may fail
        except Blocked as blocked:
            return blocked.failure
        except MalformedAnswerError as missing:
            return failure(Cause.PREREQUISITE, "an earlier answer was malformed: {why}", why=missing.message)
        except OSError as error:
            return _unwritable(error)
        except BrokenRunError:
            raise
        except Exception as error:  # noqa: BLE001 - a fault of gateprobe must not stop the run
            return failure(
                Cause.HARNESS,
                "gateprobe failed in the scenario {scenario}: {error}",
                scenario=self.scenario_run.id,
                error=repr(error),
            )

    def _missing(self, asked: Request | Together | None) -> Failure | None:
        """Return why a scenario is not sent that begins at an endpoint that does not exist; None where it is sent."""
        if asked is None or (everything := self.absent.get(EVERYTHING)) is not None:
            return None if asked is None else everything
        first = asked.requests[0] if isinstance(asked, Together) else asked
        over_http = first.transport is Transport.HTTP and not self.scenario_run.scenario.first
        return self.absent.get(first.path) if over_http else None

    async def _next(self, steps: Steps, answer: Exchange | None) -> Request | Together | None:
        """Return the next request of a scenario, None at its end; in a thread where drawing takes time."""

        def advance() -> Request | Together | None:
            try:
                return next(steps) if answer is None else steps.send(answer)
            except StopIteration:
                return None

        return await asyncio.to_thread(advance) if self.scenario_run.scenario.draws else advance()

    async def _all(self, requests: Sequence[Request], log: ScenarioLog, socket: Socket) -> list[Exchange]:
        """Send requests at the same moment and wait for all of them, also when one may not be sent."""
        spent = self.sender.spent
        if not spent.allows_together(requests):
            raise Blocked(_TOGETHER)
        async with self.orders.turn(requests), spent.turn(requests):
            outcomes = await asyncio.gather(
                *(self._exchange(request, log, socket) for request in requests), return_exceptions=True
            )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        return [outcome for outcome in outcomes if isinstance(outcome, Exchange)]

    async def _exchange(self, request: Request, log: ScenarioLog, socket: Socket) -> Exchange:
        step, self.step = self.step, self.step + 1
        known = self._known(step)
        if known is not None:
            return known
        shared = self._shared.find(step, request) if self._shared is not None else None
        if shared is None and self.combined is not None:
            shared = self.combined.find(self.scenario_run, step, request)
        if shared is not None:
            column, exchange = shared
            log.copy(step, exchange, column)
        elif (refused := self.orders.refusal(request)) is not None:
            raise Blocked(refused)
        else:
            exchange = await self.sender.exchange(step, request, log, socket, self._previous(step))
        self.orders.observe(exchange)
        self.listener(Exchanged(self.sender.gateway.name, self.scenario_run, exchange))
        return exchange

    def _previous(self, step: int) -> PreviousAttempts:
        """Return the attempts of an earlier session for a step."""
        if self.stored is None:
            return PreviousAttempts()
        exchanges = [exchange for exchange in self.stored.evidence.exchanges if exchange.step == step]
        attempts = [attempt for exchange in exchanges for attempt in exchange.attempts]
        return PreviousAttempts(self.stored.sends.get(step, 0), tuple(attempts))

    def _known(self, step: int) -> Exchange | None:
        """Return the stored answer of a step; a request that may have been billed is not sent again."""
        if self.stored is None:
            return None
        unanswered = self.stored.unanswered.get(step)
        if unanswered is not None and not unanswered.harmless:
            raise Blocked(_PICTURE_LOST if unanswered.buys else _ANSWER_LOST)
        exchange = next((known for known in self.stored.evidence.exchanges if known.step == step), None)
        return None if exchange is None or may_be_sent_again(exchange) else exchange


_CUT: Final = failure(Cause.BUDGET, "left out: within the budget, other scenarios test more capabilities")

_TOGETHER: Final = failure(
    Cause.BUDGET, "left out: the budget does not cover all pictures that these requests may draw"
)
_PICTURE_LOST: Final = failure(
    Cause.NETWORK, "gateprobe was stopped while this picture was being drawn; it may be billed, so it is not sent again"
)
_ANSWER_LOST: Final = failure(
    Cause.NETWORK,
    "gateprobe was stopped before this was answered; it may be billed, or a second answer may differ, so it is"
    " not sent again",
)


def _unwritable(error: OSError) -> Failure:
    reason = error.strerror or str(error)
    return failure(Cause.HARNESS, "the run folder cannot be written: {reason}", reason=reason)


def worth_another_try(stored: Stored, scenario_run: ScenarioRun) -> bool:
    """Return whether an ended scenario has steps to send: it waits, was stopped, or lost an answer."""
    if scenario_run.scenario.waits:
        return True
    blocked = stored.evidence.blocked
    if blocked is not None and blocked.cause in (Cause.BUDGET, Cause.HARNESS, Cause.NETWORK, Cause.UPSTREAM):
        return True
    return any(may_be_sent_again(exchange) for exchange in stored.evidence.exchanges)
