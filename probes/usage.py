"""Usage and price: what a paid answer says it cost, whether that adds up, and whether it is plausible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.model import Cause, Claim, Finding, Json, honoured, ignored, malformed, unobserved
from gateprobe.plan.sizes import Size
from gateprobe.plan.tokens import PER_PARTIAL, output_tokens, output_usd
from gateprobe.probe import Selection, probe
from gateprobe.stream import AnswerKind

from .scenarios.images import cheap_picture
from .support.exchanges import buys, tool_of
from .support.images import answer, number, reported

NEAR: Final = 0.05
"""How far output tokens may be from what is expected, as a share: documents say "about"."""

CENT_TENTH: Final = 0.0006
"""How far a price in USD may be from a documented one, which is rounded to a tenth of a cent."""


def _is_paid(exchange: Exchange) -> bool:
    """Say whether an exchange was paid and came to its end."""
    whole = not exchange.is_stream or exchange.judged.terminal is not None or bool(exchange.judged.finals)
    return exchange.ok and exchange.request.images > 0 and exchange.error is None and whole


PAID: Final = Selection("every paid answer", (), _is_paid, could_match=buys, missing_reason="no paid answer came whole")


def usages(exchange: Exchange) -> Iterator[tuple[str, dict[str, Json]]]:
    """Give the usage objects of an answer by name: `usage`, and `tool_usage.image_gen` of a Response.

    A stream that ended without its Response has none; that it ended so is judged elsewhere.

    Raises:
        MalformedAnswerError: one of them is no object.
    """
    if exchange.kind is AnswerKind.IMAGES:
        found = {"usage": reported(exchange, "usage")}
    elif exchange.is_stream and exchange.judged.response is None:
        found = {}
    else:
        tools = exchange.response.get("tool_usage")
        image = tools.get("image_gen") if isinstance(tools, dict) else None
        found = {"usage": exchange.response.get("usage"), "tool_usage.image_gen": image}
    for name, value in found.items():
        if isinstance(value, dict):
            yield name, value
        elif value is not None:
            raise MalformedAnswerError(f"`{name}` is {type(value).__name__}, not an object")


@probe("usage.present", needs=PAID, level="should")
def paid_answers_report_usage(evidence: Evidence, _claim: Claim) -> Finding:
    """Each paid answer reports its usage, with a total above 0."""
    total = len(evidence.exchanges)
    without = [exchange for exchange in evidence.exchanges if "usage" not in dict(usages(exchange))]
    if without:
        asked = without[0].request
        return ignored(f"{len(without)} of {total} paid answers report no usage, one to {asked.method} {asked.path}")
    for exchange in evidence.exchanges:
        counted = dict(usages(exchange))["usage"].get("total_tokens")
        if not counted:
            return malformed(f"the usage of a paid answer has total_tokens {counted!r:.20}")
    return honoured(f"{total} of {total} paid answers report usage")


@probe("usage.adds_up", needs=PAID, level="should")
def parts_of_usage_add_up(evidence: Evidence, _claim: Claim) -> Finding:
    """Input and output tokens add up to the total, and the details to each of them."""
    counted = 0
    for exchange in evidence.exchanges:
        for name, usage in usages(exchange):
            counted += 1
            of_pictures = exchange.kind is AnswerKind.IMAGES or name != "usage"
            if wrong := _unsound(usage, details=of_pictures):
                return malformed(f"`{name}` of {exchange.request.method} {exchange.request.path}: {wrong}")
    if not counted:
        return ignored(f"none of {len(evidence.exchanges)} paid answers reports usage")
    return honoured(f"{counted} of {counted} usage objects add up")


def _unsound(usage: dict[str, Json], *, details: bool) -> str | None:
    try:
        return sums(usage, details=details)
    except MalformedAnswerError as wrong:
        return str(wrong)


def sums(usage: dict[str, Json], *, details: bool = True) -> str | None:
    """Say where a usage object does not add up; None where it does. Details that are left out are not missed.

    Without `details` only the totals are looked at: a text model's details are of other kinds than text and image.

    Raises:
        MalformedAnswerError: a count is missing, or no whole number.
    """
    into, out, total = (number(usage, f"{name}_tokens") for name in ("input", "output", "total"))
    if into + out != total:
        return f"input {into} + output {out} is not total {total}"
    for name, whole in (("input", into), ("output", out)) if details else ():
        told = usage.get(f"{name}_tokens_details")
        if isinstance(told, dict) and {"text_tokens", "image_tokens"} <= told.keys():
            text, image = (number(usage, f"{name}_tokens_details", kind) for kind in ("text_tokens", "image_tokens"))
            if text + image != whole:
                return f"{name}: text {text} + image {image} is not {whole}"
    return None


@probe("images.generate.usage", needs=cheap_picture, level="should")
def usage_of_a_picture_is_complete(evidence: Evidence, _claim: Claim) -> Finding:
    """The usage of a picture has input and output tokens with their details, above 0, and adds up."""
    usage = reported(answer(evidence), "usage")
    if usage is None:
        return ignored("the answer reports no usage")
    if not isinstance(usage, dict):
        return malformed(f"`usage` is {type(usage).__name__}, not an object")
    if wrong := sums(usage):
        return malformed(wrong)
    text = number(usage, "input_tokens_details", "text_tokens")
    number(usage, "input_tokens_details", "image_tokens")
    out = number(usage, "output_tokens")
    if not text or not out:
        return malformed(f"the prompt is counted as {text} tokens, the picture as {out}")
    return honoured(f"the prompt is counted as {text} tokens, the picture as {out}")


@dataclass(frozen=True, slots=True)
class Cost:
    """What one picture cost, as its answer tells: size, quality, output tokens, and the partial pictures asked for."""

    size: Size
    quality: str
    tokens: int
    partials: int


def costs(exchanges: Iterable[Exchange]) -> tuple[Cost, ...]:
    """Give what single pictures cost, where size, quality and image tokens are all known."""
    return tuple(cost for exchange in exchanges if (cost := _cost(exchange)) is not None)


def _cost(exchange: Exchange) -> Cost | None:
    body = exchange.request.json
    settings = body if exchange.kind is AnswerKind.IMAGES else tool_of(body)
    try:
        found = dict(usages(exchange))
        usage = found.get("usage" if exchange.kind is AnswerKind.IMAGES else "tool_usage.image_gen")
        if usage is None or len(exchange.pictures) != 1:
            return None
        said = (
            reported(exchange, "quality") if exchange.kind is AnswerKind.IMAGES else exchange.calls[-1].get("quality")
        )
        tokens = number(usage, "output_tokens")
    except MalformedAnswerError:
        return None  # what is malformed is judged elsewhere
    size, quality = Size.read(exchange.pictures[0].size), said or settings.get("quality")
    if size is None or not isinstance(quality, str):
        return None
    partials = settings.get("partial_images")
    return Cost(size, quality, tokens, partials if isinstance(partials, int) else 0)


def _documented(claim: Claim, cost: Cost, field: str) -> Json:
    """Give what the documents say for a picture of this size and quality; None where they say nothing."""
    rows = [row for row in claim.values if isinstance(row, dict)]
    fitting = [row for row in rows if row.get("size") == str(cost.size) and row.get("quality") in {cost.quality, "any"}]
    return fitting[0].get(field) if fitting else None


@probe("usage.tokens_match_size_and_quality", needs=PAID, level="info")
def tokens_are_plausible(evidence: Evidence, claim: Claim) -> Finding:
    """The output tokens of each picture are about what its size and quality are known to take."""
    checked = 0
    for cost in costs(evidence.exchanges):
        expected = _documented(claim, cost, "output_tokens") or output_tokens(cost.size, cost.quality)
        if not isinstance(expected, int):
            continue
        checked += 1
        most = expected + PER_PARTIAL * (cost.partials + 1 if cost.partials else 0)
        if not expected * (1 - NEAR) <= cost.tokens <= most * (1 + NEAR):
            told = f"{cost.tokens:,} output tokens for {cost.size} in {cost.quality} quality"
            return malformed(f"{told}, about {expected:,} were expected")
    if not checked:
        return unobserved(Cause.UNOBSERVABLE, "no answer tells size, quality and image tokens of a single picture")
    return honoured(f"the output tokens of {checked} of {checked} pictures fit their size and quality")


@probe("usage.price", needs=PAID, level="info")
def price_is_the_documented_one(evidence: Evidence, claim: Claim) -> Finding:
    """The price that follows from the output tokens, at 30 USD for a million, is the documented one of the picture."""
    found = costs(cost for cost in evidence.exchanges)
    if not found:
        return unobserved(Cause.UNOBSERVABLE, "no answer tells size, quality and image tokens of a single picture")
    priced = [(cost, usd) for cost in found if not cost.partials and (usd := _documented(claim, cost, "usd"))]
    if not priced:
        usd = output_usd(found[0].tokens)
        told = f"{found[0].size} in {found[0].quality} quality comes to {usd:.4f} USD"
        return unobserved(Cause.UNOBSERVABLE, f"{told}; no document prices such a picture")
    for cost, usd in priced:
        if abs(output_usd(cost.tokens) - usd) > CENT_TENTH + NEAR * usd:
            told = f"{cost.size} in {cost.quality} quality comes to {output_usd(cost.tokens):.4f} USD"
            return malformed(f"{told} by its {cost.tokens:,} output tokens, documented are {usd:g} USD")
    cost, usd = priced[0]
    told = f"{cost.size} in {cost.quality} quality comes to {output_usd(cost.tokens):.4f} USD"
    return honoured(
        f"{len(priced)} of {len(priced)} pictures at their documented price: {told}, documented {usd:g} USD"
    )
