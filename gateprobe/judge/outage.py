"""Outages: stretches of an audit in which a gateway answered only 502, 503 or 504. Pure.

Requests of an outage do not count: where right requests were answered with 503 too, a 503 for a mistake does not show
how the gateway answers mistakes. Where right requests are answered, a 502 for a mistake is a finding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import Final

from gateprobe.evidence import Evidence, Exchange, failure
from gateprobe.judge.preconditions import answered
from gateprobe.model import Cause
from gateprobe.request import Auth

_OUT: Final = (502, 503, 504)
_LEAST: Final = 4
"""This many such answers in a row are an outage; fewer may be a hiccup, and are judged individually."""


def without_outages(captured: Mapping[str, Evidence]) -> Mapping[str, Evidence]:
    """Return evidence in which each scenario ends before its first answer out of an outage, with that as the cause."""
    out = {step for stretch in _outages(captured) for step in stretch}
    if not out:
        return captured
    return {name: _until(name, evidence, out) for name, evidence in captured.items()}


def _until(name: str, evidence: Evidence, out: set[tuple[str, int]]) -> Evidence:
    exchanges = evidence.exchanges
    first = next((index for index, exchange in enumerate(exchanges) if (name, exchange.step) in out), None)
    if first is None:
        return evidence
    blocked = failure(
        Cause.UPSTREAM,
        "{answer}; all requests of that time were answered so: an outage",
        answer=exchanges[first].summary,
    )
    return replace(evidence, exchanges=exchanges[:first], blocked=blocked)


def _outages(captured: Mapping[str, Evidence]) -> Iterator[list[tuple[str, int]]]:
    """Yield the outages, each as the scenarios and steps of its answers: long enough, and with a right request."""
    answers = sorted(
        (
            (exchange.last.started_at, name, exchange.step, exchange)
            for name, evidence in captured.items()
            for exchange in answered(evidence)
        ),
        key=lambda answer: answer[:3],
    )
    for is_out, group in groupby(answers, lambda answer: answer[3].status in _OUT):
        stretch = list(group)
        if is_out and len(stretch) >= _LEAST and any(_is_right(exchange) for *_, exchange in stretch):
            yield [(name, step) for _, name, step, _ in stretch]


def _is_right(exchange: Exchange) -> bool:
    """Return whether a request has no mistake: it asks for the models, or for a picture."""
    request = exchange.request
    return request.auth is Auth.KEY and (bool(request.buys) or request.path.rstrip("/").endswith("/models"))
