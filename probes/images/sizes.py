"""Sizes: the documented ones are drawn, the rule holds on both sides of each limit, nothing else is drawn instead."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.model import Claim, Finding, Stance, honoured, ignored, malformed
from gateprobe.plan.sizes import Size, legal_cases
from gateprobe.probe import REFUSAL, Selection, probe

from ..scenarios.images import (
    cheap_picture,
    larger_picture,
    largest_picture,
    picture_of_size,
    size_by_rule,
    size_refused,
    sizes_against_rule,
)
from ..support.generation import drawable, draws_by_rule, undrawable
from ..support.images import REFUSING, answer, judged_refusal, picture, reported

COMMON: Final = ("1536x1024", "1024x1536")
_CHEAP: Final = 1536 * 1024  # pixels; a larger documented size waits for the deep tier

INVALID: Final = ("512x512", "1000x1000", "3856x2160", "3840x1024", "4096x4096", "x", "0x0")
"""Sizes that no gateway here documents: too small, no multiple of 16, too long, too narrow, too large, no size."""


def _documented(gateway: Gateway) -> list[str]:
    return drawable(gateway, [str(size) for size in gateway.claim("images.generate.size").values])


def _pixels(size: str) -> int:
    read = Size.read(size)
    return read.pixels if read else 0


def _usual(gateway: Gateway) -> tuple[str, ...]:
    """Give the documented sizes of the first price class, but for the square that every scenario draws."""
    known = _documented(gateway) or list(COMMON)
    usual = tuple(size for size in known if 0 < _pixels(size) <= _CHEAP and size != "1024x1024")
    return usual or COMMON[:1]


def _larger(gateway: Gateway) -> tuple[str, ...]:
    """Give the documented sizes that cost more, and `auto`; none where none is documented."""
    return tuple(size for size in _documented(gateway) if _pixels(size) > _CHEAP or size == "auto")


@probe("images.generate.size", needs=cheap_picture)
def square_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """Asked for 1024x1024, the picture has 1024x1024 pixels."""
    return judged_size(evidence, "1024x1024")


@probe("images.generate.size", needs=picture_of_size, values=_usual)
def size_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The picture has the width and height that were asked for."""
    return judged_size(evidence, asked)


@probe("images.generate.size", needs=larger_picture, values=_larger)
def larger_size_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A picture of a larger documented size has that size; one of size `auto` has any."""
    return judged_size(evidence, asked)


@probe("images.generate.size", needs=cheap_picture, level="should")
def reported_size_is_the_picture_s(evidence: Evidence, _claim: Claim) -> Finding:
    """Where the answer reports a `size`, it is that of the picture."""
    said, is_ = reported(answer(evidence), "size"), picture(evidence).size
    if said is None:
        return honoured(f"the answer reports no size; the picture has {is_}")
    return honoured(f"`size` is {is_}") if said == is_ else malformed(f"`size` is {said!r:.40}, the picture has {is_}")


def _embeds(exchange: Exchange) -> bool:
    """Say whether an answer of the Images endpoints holds pictures itself, and reports a size."""
    drawn = exchange.ok and exchange.request.of_images and exchange.request.images > 0 and exchange.error is None
    return drawn and bool(exchange.pictures) and isinstance(reported(exchange, "size"), str)


@probe(
    "images.generate.size",
    needs=Selection("every picture that came with its size", (cheap_picture,), _embeds),
    level="should",
)
def each_reported_size_is_right(evidence: Evidence, _claim: Claim) -> Finding:
    """Whatever size was asked for, the size that the answer reports is that of its pictures."""
    wrong = [
        (said, one.pictures[0].size)
        for one in evidence.exchanges
        if one.pictures and one.pictures[0].size != (said := reported(one, "size"))
    ]
    total = len(evidence.exchanges)
    if wrong:
        said, is_ = wrong[0]
        return malformed(f"{len(wrong)} of {total} answers report another size: `size` is {said!r:.40}, not {is_}")
    return honoured(f"{total} of {total} answers report the size of their pictures")


def judged_size(evidence: Evidence, asked: str) -> Finding:
    """Compare the picture's pixels with the size that was asked for."""
    is_ = picture(evidence).size
    if asked in {is_, "auto"}:
        return honoured(f"asked for {asked}, the picture is {is_}")
    return ignored(f"asked for {asked}, the picture is {is_}")


def _legal(gateway: Gateway) -> tuple[str, ...]:
    """Give sizes within the rule; none for a model that draws a list of sizes."""
    return legal_cases(2) if draws_by_rule(gateway) else ()


@probe("images.generate.size_rule", needs=size_by_rule, values=_legal)
def size_within_rule_is_drawn(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A size within the rule, right on a limit or drawn at random, is the size of the picture."""
    return judged_size(evidence, asked)


@probe(
    "images.generate.size_4k_experimental",
    needs=largest_picture,
    level="should",
    values=lambda gateway: (None,) if draws_by_rule(gateway) else (),
)
def largest_size_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture of 3840x2160, the largest documented format, is drawn in that size."""
    return judged_size(evidence, "3840x2160")


def _invalid(gateway: Gateway) -> tuple[str, ...]:
    """Give sizes to be refused that the documents do not offer; one alone where they say that it is drawn, and paid."""
    declined = gateway.claim("images.generate.size_invalid_refused").stance is Stance.DECLINED
    offered = _documented(gateway)
    return tuple(size for size in undrawable(gateway, INVALID) if size not in offered)[: 1 if declined else None]


@probe("images.generate.size_invalid_refused", needs=size_refused, values=_invalid, accepts=(REFUSAL,))
def invalid_size_is_refused(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A size that the model cannot draw is refused, and no picture of another size comes."""
    return judged_refusal(answer(evidence), f"the size {asked}")


@probe("images.generate.size_invalid_refused", needs=sizes_against_rule, accepts=(REFUSAL,))
def size_outside_rule_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """Sizes that miss one limit of the rule, narrowly or drawn at random, are refused."""
    drawn = [exchange for exchange in evidence.exchanges if exchange.status not in REFUSING]
    if not drawn:
        return honoured(f"{len(evidence.exchanges)} of {len(evidence.exchanges)} sizes outside the rule were refused")
    exchange = drawn[-1]  # the narrowest: sizes between the first that was drawn and the limit are asked for after it
    size = str(exchange.request.json.get("size"))
    read = Size.read(size)
    return judged_refusal(exchange, f"the size {size} (the rule says: {', '.join(read.broken) if read else 'no size'})")
