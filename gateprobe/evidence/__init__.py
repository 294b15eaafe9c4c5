"""What came back, frozen and redacted: the only thing that a probe ever sees.

Everything here is read from bytes that a server sent, so nothing is trusted: what is not as promised raises
`MalformedAnswerError` with one sentence, which the judge turns into a `malformed` finding.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence.attempt import Arrival, Attempt, Failure
from gateprobe.evidence.exchange import BodyReader, Exchange
from gateprobe.evidence.promised import MalformedAnswerError, UnfinishedStreamError, as_picture, at, entries
from gateprobe.evidence.said import ErrorSaid, error_of_json
from gateprobe.model import Json

__all__ = [
    "Arrival",
    "Attempt",
    "BodyReader",
    "ErrorSaid",
    "Evidence",
    "Exchange",
    "Failure",
    "MalformedAnswerError",
    "UnfinishedStreamError",
    "as_picture",
    "at",
    "entries",
    "error_of_json",
]


@dataclass(frozen=True)
class Evidence:
    """What one scenario (or one selection over all scenarios) of one gateway brought.

    `blocked` says why the scenario stopped before its end: no budget, a prerequisite that failed.
    """

    gateway: str
    scenario: str
    value: Json
    exchanges: tuple[Exchange, ...]
    blocked: Failure | None = None

    def __getitem__(self, step: int) -> Exchange:
        """Give the exchange of one step.

        Raises:
            MalformedAnswerError: the scenario never came that far.
        """
        try:
            return self.exchanges[step]
        except IndexError:
            raise MalformedAnswerError(f"the scenario {self.scenario} has no step {step}") from None

    def noted(self, note: str) -> Exchange | None:
        """Give the first exchange whose request bears a note; None where the scenario never came that far."""
        return next((exchange for exchange in self.exchanges if exchange.request.note == note), None)

    @property
    def last(self) -> Exchange:
        """The last exchange: the one that most probes are about."""
        return self[-1]

    def json(self) -> Json:
        """Give the last exchange's body as JSON."""
        return self.last.json()
