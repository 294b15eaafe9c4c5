"""Faults of caches (`cache.`): an earlier answer is given to a later request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import orjson

from gateprobe.reference.faults.base import Fault
from gateprobe.reference.http.exchange import Answer, IncomingRequest, PlainAnswer

_CACHED: Final = ("/v1/models", "/v1/responses", "/v1/images/generations")


@dataclass(slots=True)
class _Cache:
    """Answers by request: method, path and body, and the key where `by_key` is set."""

    by_key: bool
    answers: dict[bytes, PlainAnswer] = field(default_factory=dict)

    def find(self, sent: IncomingRequest) -> Answer | None:
        """Return the earlier answer to a request."""
        return self.answers.get(self._name(sent))

    def keep(self, sent: IncomingRequest, answer: Answer) -> Answer:
        """Keep an answer that is no refusal, and return it."""
        if sent.path in _CACHED and isinstance(answer, PlainAnswer) and answer.status == 200:
            self.answers[self._name(sent)] = answer
        return answer

    def _name(self, sent: IncomingRequest) -> bytes:
        key = sent.headers.get("authorization") if self.by_key else None
        return orjson.dumps([sent.method, sent.path, sent.fields, key])


def _caching(*, by_key: bool) -> Callable[[Fault], Fault]:
    def start(fault: Fault) -> Fault:
        cache = _Cache(by_key)
        return replace(fault, instead=cache.find, answer=cache.keep)

    return start


FAULTS: Final = (
    Fault(
        "cache.shared",
        "A cache before the key check gives the answer of one key to everybody who sends the same request.",
        start=_caching(by_key=False),
    ),
    Fault(
        "cache.repeats",
        "The same request of the same key is answered with the earlier answer, its id included.",
        start=_caching(by_key=True),
    ),
)
