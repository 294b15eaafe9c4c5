"""Sizes: documented ones are drawn, the rule holds on both sides of each limit, other sizes are refused."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, json_text
from gateprobe.gateway import Gateway
from gateprobe.judge.preconditions import obstacle_of
from gateprobe.judge.refusals import refusal
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Seen, Stance, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.plan.sizes import LEGAL_EDGES, Size
from gateprobe.probe import REFUSAL, Selection, probe

from ..scenarios.images import cheap_picture
from ..scenarios.sizes import (
    larger_picture,
    largest_picture,
    picture_of_size,
    size_by_rule,
    size_refused,
    sizes_against_rule,
    sizes_within_rule,
)
from ..support.exchanges import EVERYTHING
from ..support.generation import drawable, draws_by_rule, undrawable
from ..support.images import REFUSING, answer, judged_refusal, picture, posts, reported

COMMON: Final = ("1536x1024", "1024x1536")
_CHEAP: Final = 1536 * 1024  # pixels; a larger documented size waits for the deep tier


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
        return inapplicable("the answer reports no size; the picture is {drawn}", drawn=drawn).at(exchange.place)
    if size != drawn:
        finding = malformed(
            "option.misreported",
            "the answer reports the size {size}, the picture is {drawn}",
            option="size",
            size=json_text(size, 40),
            drawn=drawn,
        )
        return finding.at(exchange.place)
    return honoured("`size` is {size}, as the picture", size=drawn).at(exchange.place)


def _embeds(exchange: Exchange) -> bool:
    """Return whether an answer of the Images endpoints embeds pictures and reports a size."""
    drawn = exchange.ok and exchange.request.of_images and exchange.request.images > 0 and exchange.error is None
    return drawn and bool(exchange.pictures) and isinstance(reported(exchange, "size"), str)


@probe(
    "images.generate.size",
    needs=Selection(
        "every picture that came with its size",
        (cheap_picture,),
        _embeds,
        optional_reason=message("no answer embeds a picture and reports its size"),
    ),
    level="should",
)
def each_reported_size_is_right(evidence: Evidence, _claim: Claim) -> Finding:
    """The size that an answer reports is the size of its pictures, whatever size was requested."""
    wrong = [exchange for exchange in evidence.exchanges if exchange.pictures and _misreports(exchange)]
    total = len(evidence.exchanges)
    if not wrong:
        return honoured("{total} of {total} answers report the size of their pictures", total=total)
    first = wrong[0]
    size, drawn, number = json_text(reported(first, "size"), 40), first.pictures[0].size, len(wrong)
    finding = malformed(
        "option.misreported",
        "{number} of {total} answers report another size than their picture's: `size` is {size}, not {drawn}",
        option="size",
        number=number,
        total=total,
        size=size,
        drawn=drawn,
    )
    return finding.at(first.place)


def _misreports(exchange: Exchange) -> bool:
    """Return whether the size that an answer reports is that of none of its pictures.

    With `auto`, the pictures of one answer may differ in size, and a single `size` stands for all of them.
    """
    sizes = {picture.size for picture in exchange.pictures}
    return reported(exchange, "size") not in sizes


def judged_size(evidence: Evidence, asked: str, of: Exchange | None = None) -> Seen:
    """Compare the pixels of an answer's picture (the one that counts) with the requested size."""
    size = picture(evidence, of).size
    place = (of or answer(evidence)).place
    if asked in {size, "auto"}:
        return honoured("asked for {asked}, the picture is {size}", asked=asked, size=size).at(place)
    return ignored("param.size_ignored", "asked for {asked}, the picture is {size}", asked=asked, size=size).at(place)


def _legal(gateway: Gateway) -> tuple[str, ...]:
    """Return the sizes on the limits of the rule; none for a model that draws a list of sizes."""
    return LEGAL_EDGES if draws_by_rule(gateway) else ()


@probe("images.generate.size_rule", needs=size_by_rule, values=_legal)
def size_within_rule_is_drawn(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A picture of a size exactly on a limit of the rule has that size."""
    return judged_size(evidence, asked)


@probe(
    "images.generate.size_rule",
    needs=sizes_within_rule,
    values=lambda gateway: (None,) if draws_by_rule(gateway) else (),
    accepts=EVERYTHING,
)
def drawn_size_within_rule_is_honoured(evidence: Evidence, claim: Claim) -> Finding:
    """A picture of any size within the rule has that size; the sizes are drawn from the run's seed."""
    answered = [exchange for exchange in posts(evidence) if exchange.ok]
    for exchange in answered:
        finding = judged_size(evidence, _size(exchange), exchange)
        if finding.fault_kind:
            return finding
    refused = [exchange for exchange in posts(evidence) if not exchange.ok]
    if refused:
        last = refused[-1]  # the smallest: what follows the first refused size is smaller
        obstacle = obstacle_of(last, claim, frozenset({REFUSAL}))
        if obstacle is not None:
            return obstacle.at(last.place)
        return refusal(
            last, "the size {size}, {origin}, was refused: {answer}", size=_size(last), origin=last.request.note
        )
    if not answered:
        return nothing_to_judge("nothing was asked")
    sizes = tuple(_size(exchange) for exchange in answered)
    return honoured(
        "{number} of {number} pictures have the requested size ({sizes}, {origin})",
        number=len(sizes),
        sizes=sizes,
        origin=answered[0].request.note,
    )


def _size(exchange: Exchange) -> str:
    return str(exchange.request.json.get("size"))


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
    return tuple(size for size in undrawable(gateway) if size not in offered)[: 1 if declined else None]


@probe("images.generate.size_invalid_refused", needs=size_refused, values=_invalid, accepts=(REFUSAL,), documented=True)
def invalid_size_is_refused(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A size that the model cannot draw is refused; no picture of another size is drawn instead."""
    return judged_refusal(answer(evidence), message("the size {size}", size=asked), option="size")


@probe("images.generate.size_invalid_refused", needs=sizes_against_rule, accepts=EVERYTHING, documented=True)
def size_outside_rule_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """Sizes that break one limit of the rule are refused: the narrowest misses, and sizes drawn from the run's seed."""
    exchanges = evidence.exchanges
    accepted = [exchange for exchange in exchanges if exchange.ok]
    if accepted:
        return _judged_illegal(accepted[-1])  # the smallest: what follows the first accepted size is smaller
    for exchange in exchanges:
        obstacle = obstacle_of(exchange, claim, frozenset({REFUSAL}))
        if obstacle is not None:
            return obstacle.at(exchange.place)
        if exchange.status not in REFUSING:
            return _judged_illegal(exchange)
    return honoured(
        "{number} of {number} sizes outside the rule were refused (the last {origin})",
        number=len(exchanges),
        origin=evidence.last.request.note,
    )


def _judged_illegal(exchange: Exchange) -> Finding:
    size = Size.read(_size(exchange))
    limits = tuple(map(str, size.broken if size else ()))
    if origin := exchange.request.note:
        asked = message(
            "the size {size}, {origin} (the rule says: {limits})", size=_size(exchange), origin=origin, limits=limits
        )
    else:
        asked = message("the size {size} (the rule says: {limits})", size=_size(exchange), limits=limits)
    return judged_refusal(exchange, asked, option="size")
