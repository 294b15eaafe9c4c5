"""Answers, frozen and redacted: the only thing that a probe sees.

Everything here is read from bytes that a server sent, so nothing is trusted: an answer that is not as promised raises
`MalformedAnswerError` with a fault kind and a message, which the judge turns into a `malformed` finding.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence.api_error import ApiError, ErrorShape, error_of_json
from gateprobe.evidence.attempt import Arrival, Attempt, Defect, Failure, failure
from gateprobe.evidence.exchange import BodyReader, Exchange
from gateprobe.evidence.promised import (
    MalformedAnswerError,
    MissingStepError,
    UnfinishedStreamError,
    UnseenAnswerError,
    as_picture,
    at,
    entries,
    json_text,
    json_type,
)
from gateprobe.model import Json

__all__ = [
    "ApiError",
    "Arrival",
    "Attempt",
    "BodyReader",
    "Defect",
    "ErrorShape",
    "Evidence",
    "Exchange",
    "Failure",
    "MalformedAnswerError",
    "MissingStepError",
    "UnfinishedStreamError",
    "UnseenAnswerError",
    "as_picture",
    "at",
    "entries",
    "error_of_json",
    "failure",
    "json_text",
    "json_type",
]


@dataclass(frozen=True)
class Evidence:
    """The exchanges of one scenario (or of one selection over all scenarios) of one gateway.

    `blocked` says why the scenario stopped before its end: no budget, a prerequisite that failed.
    """

    gateway: str
    scenario: str
    value: Json
    exchanges: tuple[Exchange, ...]
    blocked: Failure | None = None

    def __getitem__(self, step: int) -> Exchange:
        """Return the exchange of one step.

        Raises:
            MissingStepError: the scenario ended before that step.
        """
        try:
            return self.exchanges[step]
        except IndexError:
            raise MissingStepError(self.scenario, step) from None

    def noted(self, note: str) -> Exchange | None:
        """Return the first exchange whose request has a note; None where the scenario ended before it."""
        return next((exchange for exchange in self.exchanges if exchange.request.note == note), None)

    @property
    def last(self) -> Exchange:
        """The last exchange: the one that most probes are about."""
        return self[-1]

    def json(self) -> Json:
        """Return the last exchange's body as JSON."""
        return self.last.json()
