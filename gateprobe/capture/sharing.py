"""Answers that the image models of one provider share: what does not depend on the model is asked once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from gateprobe.capture.bounds.billing import may_be_sent_again
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import EMPTY
from gateprobe.plan.combined import contains
from gateprobe.redact import Redactor
from gateprobe.request import Request, Together, Transport
from gateprobe.scenario import SCENARIOS, ScenarioRun, Steps, answer_to
from gateprobe.store.bodies import Bodies
from gateprobe.store.codec import request_to_json
from gateprobe.store.folder import Stored
from gateprobe.store.journal import clean_request


@dataclass(frozen=True, slots=True)
class OtherColumns:
    """What was captured of the other image models of a provider, by column and scenario run."""

    captured: Mapping[str, Mapping[str, Stored]] = field(default_factory=lambda: EMPTY)

    def of(self, scenario_run: ScenarioRun, bodies: Bodies, redactor: Redactor) -> SharedAnswers:
        """Return the answers of one scenario run that may be shared."""
        captured = {name: runs[scenario_run.id] for name, runs in self.captured.items() if scenario_run.id in runs}
        return SharedAnswers(captured, bodies, redactor)


@dataclass(slots=True)
class SharedAnswers:
    """The answers to one scenario that other columns have."""

    captured: Mapping[str, Stored]
    bodies: Bodies
    redactor: Redactor
    whole: bool = False
    """Whether the whole scenario has the same requests; messages over a WebSocket are shared only then."""

    def compare(self, scenario_run: ScenarioRun, gateway: Gateway, seed: int) -> None:
        """Find out whether another column has the same answer to each request of a scenario over a WebSocket."""
        for name, stored in self.captured.items():
            sockets = (exchange.request.transport is Transport.WEBSOCKET for exchange in stored.evidence.exchanges)
            if any(sockets) and self._has_all(name, scenario_run.start(gateway, seed)):
                self.captured, self.whole = {name: stored}, True
                return

    def _has_all(self, name: str, steps: Steps) -> bool:
        """Return whether a column has the answer to each request of a scenario."""
        number = 0
        try:
            asked = next(steps)
            while True:
                requests = asked.requests if isinstance(asked, Together) else (asked,)
                answers = [self._answer(name, number + at, request) for at, request in enumerate(requests)]
                exchanges = [answer for answer in answers if answer is not None]
                if len(exchanges) < len(requests):
                    return False
                number += len(requests)
                asked = steps.send(answer_to(exchanges))
        except StopIteration:
            return True
        except Exception:  # noqa: BLE001 - where the scenario fails, its own run reports that
            return False

    def find(self, step: int, request: Request) -> tuple[str, Exchange] | None:
        """Return the column that has an answer to the same request, and the answer; None where it must be sent."""
        if request.transport is Transport.WEBSOCKET and not self.whole:
            return None
        answers = ((name, self._answer(name, step, request)) for name in self.captured)
        return next(((name, answer) for name, answer in answers if answer is not None), None)

    def _answer(self, name: str, step: int, request: Request) -> Exchange | None:
        """Return the answer of a column to a request; None where it has none that would come again."""
        exchanges = self.captured[name].evidence.exchanges
        exchange = next((exchange for exchange in exchanges if exchange.step == step), None)
        if exchange is None or not _lasts(exchange) or self._written(request) != self._written(exchange.request):
            return None
        return exchange

    def _written(self, request: Request) -> bytes:
        """Return a request as the journal has it."""
        plain = request_to_json(clean_request(request, self.redactor), self.bodies)
        return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)


def _lasts(exchange: Exchange) -> bool:
    """Return whether an answer says something about the gateway: it is no failure that may be over now."""
    status = exchange.last.status
    return exchange.last.failure is None and not may_be_sent_again(exchange) and (status is None or status < 500)


@dataclass(slots=True)
class CombinedAnswers:
    """The answers to combined scenarios, which the scenarios that they stand for take over."""

    gateway: Gateway
    captured: Mapping[str, Stored] = field(default_factory=lambda: EMPTY)

    def find(self, scenario_run: ScenarioRun, step: int, request: Request) -> tuple[str, Exchange] | None:
        """Return the name of the gateway and the answer that shows what a request asks for; None where none does."""
        for stored in self._standing_for(scenario_run):
            for exchange in reversed(stored.evidence.exchanges):
                if self._fits(step, request, exchange):
                    return self.gateway.name, exchange
        return None

    def _standing_for(self, scenario_run: ScenarioRun) -> Iterator[Stored]:
        for name, stored in self.captured.items():
            known = SCENARIOS.get(name)
            if known is not None and scenario_run.scenario in known.stands_for:
                yield stored

    def _fits(self, step: int, request: Request, exchange: Exchange) -> bool:
        """Return whether an answer is a picture with all options of a first request, or the same link."""
        if request.is_link:
            return exchange.request.is_link and exchange.request.path == request.path
        if step or exchange.request.is_link or not exchange.ok or not _lasts(exchange):
            return False
        return exchange.error is None and exchange.brings and contains(self.gateway, exchange.request, request)
