"""Scenarios of sizes: documented ones, and ones that are drawn within the rule of the model or against it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from gateprobe.build import generations
from gateprobe.evidence import Exchange
from gateprobe.gateway import Gateway
from gateprobe.plan.sizes import ILLEGAL_EDGES, Size, illegal_sizes, legal_sizes
from gateprobe.request import Buy, Request
from gateprobe.scenario import Steps, scenario
from gateprobe.search import SearchLimits, Trial, TrialOutcome, search

from .images import drawn

if TYPE_CHECKING:
    from hypothesis import strategies as st

ILLEGAL: Final = SearchLimits(drawn=8, shrunk=24, pictures=8)
"""How many sizes outside the rule are drawn, and how far one that is accepted is reduced."""

LEGAL: Final = SearchLimits(drawn=2, shrunk=16, pictures=2)
"""How many sizes within the rule are drawn; a refused one is reduced for as long as no more pictures are billed."""

LARGEST_DRAWN: Final = 2048 * 1024
"""The most pixels of a size that is drawn within the rule, to bound its price."""

_SIMPLEST: Final = Size(480, 1376)
"""The size that hypothesis tries first whatever the seed; it is skipped, as only two sizes are drawn."""


@cache
def _legal_sizes() -> st.SearchStrategy[Size]:
    """Return a strategy for sizes within the rule, but not the simplest."""
    return legal_sizes(LARGEST_DRAWN).filter(lambda size: size != _SIMPLEST)


@scenario(images=lambda size: (Buy(1, size, "low"),))
def picture_of_size(gateway: Gateway, size: str) -> Steps:
    """Draw a picture of a documented size."""
    yield from drawn(generations(gateway, size=size, buys=1))


@scenario(images=lambda size: (Buy(1, size if "x" in size else "1024x1024", "low"),), tier="deep")
def larger_picture(gateway: Gateway, size: str) -> Steps:
    """Draw a picture of a documented size that costs more, or of size `auto`."""
    yield from drawn(generations(gateway, size=size, buys=1))


@scenario(images=lambda size: (Buy(1, size, "low"),), tier="deep")
def size_by_rule(gateway: Gateway, size: str) -> Steps:
    """Draw a picture of a size within the rule of gpt-image-2."""
    yield from drawn(generations(gateway, size=size, buys=1))


@scenario(images=(Buy(1, "3840x2160", "low"),), tier="deep")
def largest_picture(gateway: Gateway) -> Steps:
    """Draw a picture of 3840x2160."""
    yield from drawn(generations(gateway, size="3840x2160", buys=(Buy(1, "3840x2160", "low"),)))


@scenario()
def size_refused(gateway: Gateway, size: str) -> Steps:
    """Ask for a size that the model cannot draw."""
    yield from drawn(generations(gateway, size=size))


def drawn_from(seed: int) -> str:
    """Return the note of a request whose values were drawn."""
    return f"drawn from seed {seed}"


def decides(answer: Exchange, request: Request) -> bool:
    """Return whether an answer shows what the gateway makes of a request.

    An obstacle may come before the gateway looks at it, and a run that is resumed may replay the answer to another one.
    """
    looked = answer.status is not None and answer.status not in {401, 402, 403, 408, 429}
    return looked and answer.request.json == request.json


@scenario(requests=len(ILLEGAL_EDGES) + ILLEGAL.drawn, tier="deep")
def sizes_against_rule(gateway: Gateway, *, seed: int) -> Steps:
    """Ask for sizes that break one limit of the rule each: the narrowest misses, then drawn ones.

    If a drawn one is accepted, search for the smallest that is.
    """
    for size in ILLEGAL_EDGES:
        answer = yield generations(gateway, size=size)
        if answer.ok:
            return

    def trial(size: Size) -> Trial:
        request = generations(gateway, size=str(size))
        answer = yield request.with_(note=drawn_from(seed))
        if not decides(answer, request):
            return None
        return TrialOutcome(fails=answer.ok, billed=answer.ok)

    yield from search(illegal_sizes(), f"{seed}/sizes_against_rule", trial, ILLEGAL)


@scenario(images=(Buy(LEGAL.pictures, "2048x1024", "low"),), requests=LEGAL.drawn, tier="deep")
def sizes_within_rule(gateway: Gateway, *, seed: int) -> Steps:
    """Draw pictures of drawn sizes within the rule; if one is refused, search for the smallest that is."""

    def trial(size: Size) -> Trial:
        request = generations(gateway, size=str(size), buys=1)
        answer = yield from drawn(request.with_(note=drawn_from(seed)))
        if not decides(answer, request):
            return None
        return TrialOutcome(fails=not answer.ok, billed=answer.ok)

    yield from search(_legal_sizes(), f"{seed}/sizes_within_rule", trial, LEGAL)
