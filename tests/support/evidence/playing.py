"""Evidence for the tests of probes: scenarios played against a gateway that is a plain function, without a network.

`judged("n_is_honoured", honest, value=2)` plays the scenarios that a probe needs and gives the record of the judge,
so that what stands between a probe and its question (refusals, throttling, broken connections) is tested with it.
`evidence_builders` holds the other way: evidence of a whole persona, broken in one place.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from gateprobe import library
from gateprobe.evidence import Attempt, Defect, Evidence, Exchange, Failure, MalformedAnswerError, failure
from gateprobe.gateway import Gateway, KeyRule, Models
from gateprobe.judge.judging import judge
from gateprobe.model import Cause, Claim, Json, Stance
from gateprobe.plan.planning import Item
from gateprobe.probe import PROBES
from gateprobe.record.file import Record
from gateprobe.request import Request, Together, Transport
from gateprobe.scenario import SCENARIOS, ScenarioRun, answer_to
from tests.support.evidence.attempts import attempt, envelope

library.probes()


def module(name: str) -> Any:
    """Return a probe module as the engine loads it; importing it by another name would declare its probes twice."""
    return importlib.import_module(f"{library.PACKAGE}.{name}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a gateway answers: a status, a body (bytes, or a JSON value) and headers; or a failure instead.

    `before` are attempts that the engine made in vain before this one.
    """

    body: Json = b""
    status: int | None = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    defect: Defect | None = None
    ms: float = 900.0
    before: tuple[Answer, ...] = ()

    def but(self, **changes: Any) -> Answer:
        """Return a copy with some fields changed; headers are added to those that are there."""
        if "headers" in changes:
            changes["headers"] = {**self.headers, **changes["headers"]}
        return replace(self, **changes)


Gives = Callable[[Request], Answer]
"""A gateway, as far as a test is concerned."""


def refusal(message: str, param: str | None = None, code: str | None = "invalid_value", status: int = 400) -> Answer:
    """Refuse in OpenAI's envelope."""
    return Answer(envelope(message, param, code), status)


def lost(cause: Cause = Cause.NETWORK, reason: str = "the connection broke") -> Answer:
    """Break off without an answer."""
    return Answer(status=None, failure=failure(cause, "{reason}", reason=reason))


def _raw(body: Json) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


def _attempt(answer: Answer, number: int) -> Attempt:
    data = _raw(answer.body)
    headers = {"content-type": answer.content_type, **answer.headers}
    return attempt(
        data,
        number=number,
        started_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        ms=answer.ms,
        head_ms=answer.ms / 2,
        status=answer.status,
        headers=tuple(headers.items()) if answer.status is not None else (),
        failure=answer.failure,
        defect=answer.defect,
    )


def exchange(request: Request, answer: Answer, step: int = 0) -> Exchange:
    """Make the exchange of a request and its answer."""
    attempts = tuple(_attempt(attempted, number) for number, attempted in enumerate((*answer.before, answer), 1))
    data = _raw(answer.body)
    return Exchange(step, request, attempts, lambda _sha256: data)


GATEWAY = Gateway(
    name="tested",
    title="Tested",
    base_url="http://127.0.0.1:9/v1",
    key=KeyRule("TESTED_API_KEY"),
    models=Models("gpt-5.5", "gpt-image-2"),
)
"""A gateway whose documents are silent; `offering` gives it claims."""


def offering(values: Mapping[str, tuple[Json, ...]], gateway: Gateway = GATEWAY) -> Gateway:
    """Return a gateway that offers capabilities with values."""
    claims = {name: Claim(name, Stance.OFFERED, documented) for name, documented in values.items()}
    return replace(gateway, claims={**gateway.claims, **claims})


def played(name: str, gives: Gives, value: Json = None, gateway: Gateway = GATEWAY, seed: int = 0) -> Evidence:
    """Play a scenario against a gateway, as the engine does, with the seed of a run."""
    scenario_run = ScenarioRun(SCENARIOS[name], value)
    steps, exchanges = scenario_run.start(gateway, seed), list[Exchange]()
    blocked: Failure | None = None
    try:
        asked = next(steps)
        while True:
            first = len(exchanges)
            for request in asked.requests if isinstance(asked, Together) else (asked,):
                exchanges.append(exchange(request, gives(request), len(exchanges)))
            asked = steps.send(answer_to(exchanges[first:]))
    except StopIteration:
        pass
    except MalformedAnswerError as wrong:
        blocked = Failure(Cause.PREREQUISITE, wrong.message)
    return Evidence(gateway.name, scenario_run.id, scenario_run.value, tuple(exchanges), blocked)


_GREETED = Request("POST", "/responses", transport=Transport.WEBSOCKET)
SOMEBODY = Evidence("tested", "elsewhere", None, (exchange(_GREETED, Answer(status=101)),))
"""Evidence that there is a server at all: an audit has it, the single scenario of a test may not."""


def judged(
    probe_id: str,
    gives: Gives,
    *,
    value: Json = None,
    gateway: Gateway = GATEWAY,
    also: Iterable[str] = (),
    seed: int = 0,
) -> Record:
    """Play what a probe needs, and scenarios `also` named (`cheap_picture`, `size_refused~512x512`), and judge it."""
    item = Item(PROBES[probe_id], gateway, value)
    captured = {
        scenario_run.id: played(scenario_run.scenario.name, gives, scenario_run.value, gateway, seed)
        for scenario_run in item.scenario_runs
    }
    captured["elsewhere"] = SOMEBODY
    for scenario_run_id in also:
        name, _, argument = scenario_run_id.partition("~")
        captured[scenario_run_id] = played(name, gives, argument or None, gateway)
    return judge(item, GATEWAY, captured)
