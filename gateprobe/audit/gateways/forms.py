"""Find the simplest form of request that an unknown gateway answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from gateprobe.audit.gateways.targets import Target
from gateprobe.build import responses
from gateprobe.capture import AttemptLimits, Audited, Budget, capture, proxy_secrets, spent_before
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway, ResponsesBaseline
from gateprobe.model import Tier
from gateprobe.plan.budget import EarlierSpending
from gateprobe.redact import Redactor
from gateprobe.scenario import Scenario, ScenarioRun, Steps
from gateprobe.store import folder as store

_QUESTION: Final = "Answer with the word: ready"
_NEEDS: Final[tuple[dict[str, Any], ...]] = (
    {"instructions": "You are a helpful assistant."},
    {"input": "list"},
    {"stream": True},
)
_HOPELESS: Final = (None, 401, 403, 404, 405, 429, 501)
"""Statuses after which other forms are not tried; None means no answer."""
_NAME: Final = "working_form"


def working_form(
    target: Target, folder: Path, limits: AttemptLimits, budget: Budget | None = None
) -> tuple[ResponsesBaseline, EarlierSpending]:
    """Return the simplest form of request that the Responses API of a gateway answers, and the spending of the search.

    If none is answered, return the usual form. Refusals are free, and an answer costs one word.
    """
    budget = budget or Budget()
    steps = Scenario(
        _NAME, "Ask for a word in each form until one is answered.", _steps, Tier.SMOKE, 8, 0, takes_value=False
    )
    audited = Audited(target.gateway, target.secret, (ScenarioRun(steps),), budget, jobs=1)
    capture([audited], folder, Redactor([target.secret], proxy_secrets()), limits)
    evidence = store.read(folder, target.gateway.name).get(_NAME)
    answered = [exchange.step for exchange in (evidence.exchanges if evidence is not None else ()) if _works(exchange)]
    forms = tuple(_forms(target.gateway))
    spent = spent_before(budget, target.gateway, store.read_stored(folder, target.gateway.name).values())
    form = forms[answered[0]] if answered else target.gateway.baseline.responses
    return form, EarlierSpending(spent.usd, spent.images, spent.requests)


def _forms(gateway: Gateway) -> Iterator[ResponsesBaseline]:
    """Yield the forms of a request, the simplest first: with instructions, with input as a list, as a stream."""
    for number in range(len(_NEEDS) + 1):
        for needs in combinations(_NEEDS, number):
            yield replace(gateway.baseline.responses, **{key: value for need in needs for key, value in need.items()})


def _steps(gateway: Gateway) -> Steps:
    for form in _forms(gateway):
        shaped = replace(gateway, baseline=replace(gateway.baseline, responses=form))
        answer: Exchange = yield responses(shaped, _QUESTION)
        if _works(answer) or answer.status in _HOPELESS:  # a 500 may be a refusal: some gateways answer only streams
            return


def _works(exchange: Exchange) -> bool:
    """Return whether a request was answered with a text."""
    return exchange.ok and exchange.error is None and exchange.brings
