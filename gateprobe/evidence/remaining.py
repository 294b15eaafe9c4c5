"""Evidence of a scenario in which obstacles took the place of some answers: the steps that were answered."""

from __future__ import annotations

from dataclasses import dataclass

from gateprobe.evidence.exchange import Exchange
from gateprobe.evidence.gathered import Evidence
from gateprobe.evidence.promised import MissingStepError


@dataclass(frozen=True)
class RemainingEvidence(Evidence):
    """The answered steps of a scenario: `exchanges` are these, `whole` all of them.

    A step keeps its number and its note. One that an obstacle took is missing, and so is the last one where the
    scenario stopped before its end: what comes before is never taken for it.
    """

    whole: tuple[Exchange, ...] = ()

    def __getitem__(self, step: int) -> Exchange:
        """Return the exchange of one step.

        Raises:
            MissingStepError: the scenario ended before that step, or an obstacle took it.
        """
        if not -len(self.whole) <= step < len(self.whole) or (step < 0 and self.blocked):
            raise MissingStepError(self.scenario, step)
        return self._answered(self.whole[step], step)

    def noted(self, note: str) -> Exchange | None:
        """Return the first exchange whose request has a note; None where the scenario has none.

        Raises:
            MissingStepError: the scenario ended before that step, or an obstacle took it.
        """
        for number, exchange in enumerate(self.whole):
            if exchange.request.note == note:
                return self._answered(exchange, number)
        if self.blocked:
            raise MissingStepError(self.scenario, len(self.whole))
        return None

    @property
    def last_post(self) -> Exchange | None:
        """The last POST, as of the whole scenario.

        Raises:
            MissingStepError: an obstacle took it, or the scenario stopped before it.
        """
        if self.blocked:
            raise MissingStepError(self.scenario, len(self.whole))
        posts = [(number, exchange) for number, exchange in enumerate(self.whole) if exchange.request.method == "POST"]
        return self._answered(posts[-1][1], posts[-1][0]) if posts else None

    def _answered(self, exchange: Exchange, step: int) -> Exchange:
        if not any(exchange is answered for answered in self.exchanges):
            raise MissingStepError(self.scenario, step)
        return exchange
