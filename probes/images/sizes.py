"""Sizes: documented ones are drawn, the rule holds on both sides of each limit, other sizes are refused."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.message import message
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
from ..support.exchanges import shown
from ..support.generation import drawable, draws_by_rule, undrawable
from ..support.images import REFUSING, answer, judged_refusal, picture, reported

COMMON: Final = ("1536x1024", "1024x1536")
_CHEAP: Final = 1536 * 1024  # pixels; a larger documented size waits for the deep tier

INVALID: Final = ("512x512", "1000x1000", "3856x2160", "3840x1024", "4096x4096", "x", "0x0")
"""Sizes that no gateway here documents: too small, no multiple of 16, too long, too narrow, too large, not a size."""


def _documented(gateway: Gateway) -> list[str]:
    return drawable(gateway, [str(size) for size in gateway.claim("images.generate.size").values])


def _pixels(size: str) -> int:
    read = Size.read(size)
    return read.pixels if read else 0


def _usual(gateway: Gateway) -> tuple[str, ...]:
    """Return the documented sizes of the first price class, except the square that every scenario draws."""
    documented = _documented(gateway) or list(COMMON)
    usual = tuple(size for size in documented if 0 < _pixels(size) <= _CHEAP and size != "1024x1024")
    return usual or COMMON[:1]


def _larger(gateway: Gateway) -> tuple[str, ...]:
    """Return the documented sizes that cost more, and `auto`; none where none is documented."""
    return tuple(size for size in _documented(gateway) if _pixels(size) > _CHEAP or size == "auto")


@probe("images.generate.size", needs=cheap_picture)
def square_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture of size 1024x1024 has 1024x1024 pixels."""
    return judged_size(evidence, "1024x1024")


@probe("images.generate.size", needs=picture_of_size, values=_usual)
def size_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The picture has the requested width and height."""
    return judged_size(evidence, asked)


@probe("images.generate.size", needs=larger_picture, values=_larger)
def larger_size_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A picture of a larger documented size has that size; a picture of size `auto` may have any."""
    return judged_size(evidence, asked)


@probe("images.generate.size", needs=cheap_picture, level="should")
def reported_size_is_the_picture_s(evidence: Evidence, _claim: Claim) -> Finding:
    """If the answer reports a `size`, it is the size of the picture."""
    exchange = answer(evidence)
    size, drawn = reported(exchange, "size"), picture(evidence).size
    if size is None:
        return honoured("the answer reports no size; the picture is {drawn}", drawn=drawn).at(exchange.place)
    if size != drawn:
        template = "the answer reports the size {size}, the picture is {drawn}"
        finding = malformed("option.misreported", template, option="size", size=shown(size), drawn=drawn)
        return finding.at(exchange.place)
    return honoured("`size` is {size}, as the picture", size=drawn).at(exchange.place)


def _embeds(exchange: Exchange) -> bool:
    """Return whether an answer of the Images endpoints embeds pictures and reports a size."""
    drawn = exchange.ok and exchange.request.of_images and exchange.request.images > 0 and exchange.error is None
    return drawn and bool(exchange.pictures) and isinstance(reported(exchange, "size"), str)


@probe(
    "images.generate.size",
    needs=Selection("every picture that came with its size", (cheap_picture,), _embeds),
    level="should",
)
def each_reported_size_is_right(evidence: Evidence, _claim: Claim) -> Finding:
    """The size that an answer reports is the size of its pictures, whatever size was requested."""
    wrong = [
        exchange
        for exchange in evidence.exchanges
        if exchange.pictures and exchange.pictures[0].size != reported(exchange, "size")
    ]
    total = len(evidence.exchanges)
    if not wrong:
        return honoured("{total} of {total} answers report the size of their pictures", total=total)
    first = wrong[0]
    template = "{number} of {total} answers report another size than their picture's: `size` is {size}, not {drawn}"
    size, drawn, number = shown(reported(first, "size")), first.pictures[0].size, len(wrong)
    finding = malformed(
        "option.misreported", template, option="size", number=number, total=total, size=size, drawn=drawn
    )
    return finding.at(first.place)


def judged_size(evidence: Evidence, asked: str) -> Finding:
    """Compare the picture's pixels with the requested size."""
    size = picture(evidence).size
    place = answer(evidence).place
    if asked in {size, "auto"}:
        return honoured("asked for {asked}, the picture is {size}", asked=asked, size=size).at(place)
    return ignored("param.size_ignored", "asked for {asked}, the picture is {size}", asked=asked, size=size).at(place)


def _legal(gateway: Gateway) -> tuple[str, ...]:
    """Return sizes within the rule; none for a model that draws a list of sizes."""
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
    """Return sizes to be refused that no document offers; a single one where it is documented as drawn and billed."""
    declined = gateway.claim("images.generate.size_invalid_refused").stance is Stance.DECLINED
    offered = _documented(gateway)
    return tuple(size for size in undrawable(gateway, INVALID) if size not in offered)[: 1 if declined else None]


@probe("images.generate.size_invalid_refused", needs=size_refused, values=_invalid, accepts=(REFUSAL,))
def invalid_size_is_refused(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A size that the model cannot draw is refused; no picture of another size is drawn instead."""
    return judged_refusal(answer(evidence), message("the size {size}", size=asked), option="size")


@probe("images.generate.size_invalid_refused", needs=sizes_against_rule, accepts=(REFUSAL,))
def size_outside_rule_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """Sizes that miss one limit of the rule, narrowly or drawn at random, are refused."""
    drawn = [exchange for exchange in evidence.exchanges if exchange.status not in REFUSING]
    if not drawn:
        number = len(evidence.exchanges)
        return honoured("{number} of {number} sizes outside the rule were refused", number=number)
    exchange = drawn[-1]  # the narrowest: sizes between the first that was drawn and the limit are asked for after it
    size = str(exchange.request.json.get("size"))
    read = Size.read(size)
    limits = read.broken if read else ()
    asked = message("the size {size} (the rule says: {limits})", size=size, limits=tuple(map(str, limits)))
    return judged_refusal(exchange, asked, option="size")
