"""What may be spent on a gateway; `capture` keeps to it, and `afford` chooses within it."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class EarlierSpending:
    """The spending on a gateway before its run began."""

    usd: float = 0.0
    images: int = 0
    requests: int = 0

    def at_least(self, other: EarlierSpending) -> EarlierSpending:
        """Return the larger of two amounts of everything; a run from elsewhere may state any."""
        return EarlierSpending(
            max(self.usd, other.usd), max(self.images, other.images), max(self.requests, other.requests)
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """What may be spent on one gateway; None is no bound. `usd` is by the gateway's documented prices, or estimated.

    `total` is what all gateways of a run may cost together, in USD. `earlier` counts against each bound.
    """

    usd: float | None = None
    images: int | None = None
    requests: int | None = None
    total: float | None = None
    earlier: EarlierSpending = EarlierSpending()

    @property
    def bounds_pictures(self) -> bool:
        """Whether there is a bound on pictures, or on what they cost."""
        return self.images is not None or self.usd is not None or self.total is not None

    def share(self, parts: int, spare: int = 0) -> Budget:
        """Return an equal part of the remaining budget, for one of several turns; `spare` is added before rounding."""
        usd = None if self.usd is None else max(0.0, self.usd - self.earlier.usd) / parts
        bounds = ((self.images, self.earlier.images), (self.requests, self.earlier.requests))
        images, requests = (
            None if bound is None else (max(0, bound - spent) + spare) // parts for bound, spent in bounds
        )
        return Budget(usd, images, requests, self.total)

    def divided(self, parts: int, at: int) -> Budget:
        """Return one of several equal parts of the remaining budget; the first ones have what is left over."""
        return self if parts == 1 else self.share(parts, spare=parts - 1 - at)

    def part(self, gateways: int, of: int) -> Budget:
        """Return the budget of some of a run's gateways: the total is shared equally, so that no order matters."""
        if self.total is None or not of:
            return self
        each = self.total / of
        usd = each if self.usd is None else min(self.usd, each)
        return replace(self, usd=usd, total=each * gateways)
