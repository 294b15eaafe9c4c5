"""What nobody outside can see: the only place where a probe states a cause, for the catalogue's reason."""

from __future__ import annotations

from gateprobe.gateway.catalogue import catalogue
from gateprobe.message import verbatim
from gateprobe.model import Cause, Claim, Unobserved


def unobservable(claim: Claim) -> Unobserved:
    """Return the finding that nobody outside can see a claim's capability."""
    return Unobserved(Cause.UNOBSERVABLE, verbatim(catalogue()[claim.capability].unobservable))
