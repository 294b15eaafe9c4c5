"""The exchanges of a scenario, or of a selection, as a probe is given them."""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence.attempt import Failure
from gateprobe.evidence.exchange import Exchange
from gateprobe.evidence.promised import MissingStepError
from gateprobe.model import Json


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
    def last_post(self) -> Exchange | None:
        """The last POST; None where there is none."""
        return next((exchange for exchange in reversed(self.exchanges) if exchange.request.method == "POST"), None)

    @property
    def last(self) -> Exchange:
        """The last exchange: the one that most probes are about."""
        return self[-1]

    def json(self) -> Json:
        """Return the last exchange's body as JSON."""
        return self.last.json()
