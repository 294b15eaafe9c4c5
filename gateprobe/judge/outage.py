"""Outages: stretches of an audit in which a gateway answered nothing but 502, 503 or 504. Pure.

What was asked then is as good as not asked: a mistake that was answered with 503 beside right requests that were, too,
tells nothing of how the gateway answers mistakes. Where right requests are answered, a 502 for a mistake is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Final

from gateprobe.evidence import Evidence, Exchange, Failure
from gateprobe.model import Cause
from gateprobe.probe import REPLAYS
from gateprobe.request import Auth

_OUT: Final = (502, 503, 504)
_LEAST: Final = 4
"""So many answers one after the other are an outage; fewer may be a hiccup, and are judged one by one."""


def without_outages(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
    """Give evidence in which each scenario ends before its first answer out of an outage, and says so."""
    out = {where for stretch in _outages(captured) for where in stretch}
    if not out:
        return captured
    return {name: _until(name, evidence, out) for name, evidence in captured.items()}


def _until(name: str, evidence: Evidence, out: set[tuple[str, int]]) -> Evidence:
    first = next((at for at, one in enumerate(evidence.exchanges) if (name, one.step) in out), None)
    if first is None:
        return evidence
    told = f"{evidence.exchanges[first].summary}, as was everything that was asked then: an outage"
    return replace(evidence, exchanges=evidence.exchanges[:first], blocked=Failure(Cause.UPSTREAM, told))


def _outages(captured: Mapping[str, Evidence]) -> Iterator[list[tuple[str, int]]]:
    """Give the stretches, each as the scenarios and steps of its answers: long enough, and with a right request."""
    answers = sorted(
        (
            (one.last.started_at, name, one.step, one)
            for name, evidence in captured.items()
            if not evidence.scenario.startswith(REPLAYS)
            for one in evidence.exchanges
            if one.status is not None and one.request.method != "OPTIONS"  # which the web server in front answers
        ),
        key=lambda answer: answer[:3],
    )
    for is_out, stretch in groupby(answers, lambda answer: answer[3].status in _OUT):
        found = list(stretch)
        if is_out and len(found) >= _LEAST and any(_is_right(one) for *_, one in found):
            yield [(name, step) for _, name, step, _ in found]


def _is_right(exchange: Exchange) -> bool:
    """Say whether nothing is wrong with a request: it asks for the models, or for a picture."""
    request = exchange.request
    return request.auth is Auth.KEY and (bool(request.buys) or request.path.rstrip("/").endswith("/models"))
