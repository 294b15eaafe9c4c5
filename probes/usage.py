"""Usage and price: what a paid answer reports as its cost, whether it adds up, and whether it is plausible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateprobe.evidence import Evidence, Exchange, json_text, json_type, task_of
from gateprobe.message import message
from gateprobe.model import (
    Claim,
    Finding,
    Json,
    Place,
    hidden,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
)
from gateprobe.plan.tokens import PER_PARTIAL, output_usd
from gateprobe.probe import Selection, probe
from gateprobe.stream import AnswerKind

from .scenarios.images import cheap_picture
from .support.exchanges import buys
from .support.images import answer, number, reported
from .support.token_costs import costs, documented_value, expected_tokens, usages
from .support.usage import sums, unsound

NEAR: Final = 0.05
"""How far output tokens may be from what is expected, as a share: documents say "about"."""

CENT_TENTH: Final = 0.0006
"""How far a price in USD may be from a documented one, which is rounded to a tenth of a cent."""


def _is_paid(exchange: Exchange) -> bool:
    """Return whether an exchange was paid and came whole."""
    is_whole = not exchange.is_stream or exchange.judged.terminal is not None or bool(exchange.judged.finals)
    is_success = exchange.ok and exchange.request.images > 0 and exchange.error is None
    return is_success and is_whole and task_of(exchange) is None


PAID: Final = Selection(
    "every paid answer", (), _is_paid, could_match=buys, missing_reason=message("no paid answer came whole")
)


@probe("usage.present", needs=PAID, level="should")
def paid_answers_report_usage(evidence: Evidence, _claim: Claim) -> Finding:
    """Each paid answer reports its usage, with a total above 0."""
    total = len(evidence.exchanges)
    without = [exchange for exchange in evidence.exchanges if "usage" not in dict(usages(exchange))]
    if without:
        return ignored(
            "usage.missing",
            "{number} of {total} paid answers report no usage, the first to {method} {path}",
            number=len(without),
            total=total,
            method=without[0].request.method,
            path=without[0].request.path,
        ).at(without[0].place)
    for exchange in evidence.exchanges:
        tokens = dict(usages(exchange))["usage"].get("total_tokens")
        if not tokens:
            return malformed(
                "usage.missing",
                "`usage.total_tokens` of a paid answer is {tokens}, expected a number above 0",
                tokens=json_text(tokens, 20),
            ).at(exchange.place)
    return honoured("{total} of {total} paid answers report usage", total=total)


@probe("usage.adds_up", needs=PAID, level="should")
def parts_of_usage_add_up(evidence: Evidence, _claim: Claim) -> Finding:
    """Input and output tokens add up to the total, and the details to each of them."""
    judged = 0
    for exchange in evidence.exchanges:
        for name, usage in usages(exchange):
            judged += 1
            of_pictures = exchange.kind is AnswerKind.IMAGES or name != "usage"
            if wrong := unsound(usage, details=of_pictures):
                return malformed(
                    wrong.fault_kind,
                    "`{name}` of {method} {path}: {problem}",
                    name=name,
                    method=exchange.request.method,
                    path=exchange.request.path,
                    problem=wrong.problem,
                ).at(exchange.place)
    if not judged:
        return hidden("usage.present", "none of {total} paid answers reports usage", total=len(evidence.exchanges)).at(
            evidence.last.place
        )
    return honoured("{number} of {number} usage objects add up", number=judged)


@probe("images.generate.usage", needs=cheap_picture, level="should")
def usage_of_a_picture_is_complete(evidence: Evidence, _claim: Claim) -> Finding:
    """The usage of a picture has input and output tokens with their details, above 0, and adds up."""
    exchange = answer(evidence)
    with exchange.placing_errors():
        return _complete(reported(exchange, "usage"), exchange.place)


def _complete(usage: Json, place: Place) -> Finding:
    if usage is None:
        return ignored("usage.missing", "the answer reports no usage").at(place)
    if not isinstance(usage, dict):
        return malformed("usage.missing", "`usage` is of type {type}, expected an object", type=json_type(usage)).at(
            place
        )
    if problem := sums(usage):
        return malformed("usage.inconsistent", "{problem}", problem=problem).at(place)
    text = number(usage, "input_tokens_details", "text_tokens")
    number(usage, "input_tokens_details", "image_tokens")
    out = number(usage, "output_tokens")
    if not text or not out:
        return malformed(
            "usage.missing",
            "the prompt is counted as {text} tokens, the picture as {output}, expected numbers above 0",
            text=text,
            output=out,
        ).at(place)
    return honoured("the prompt is counted as {text} tokens, the picture as {output}", text=text, output=out)


@probe("images.generate.usage", needs=cheap_picture)
def token_counts_are_whole_numbers(evidence: Evidence, _claim: Claim) -> Finding:
    """Each count of tokens in the usage of a picture is a whole number of 0 or more."""
    exchange = answer(evidence)
    with exchange.placing_errors():
        usage = reported(exchange, "usage")
    counts = dict(_counts(usage, "usage"))
    if not counts:
        return nothing_to_judge("the answer counts no tokens")
    wrong = next((name for name, count in counts.items() if not _is_whole(count)), None)
    if wrong is not None:
        return malformed(
            "usage.missing",
            "`{name}` is {count}, not a whole number of 0 or more",
            name=wrong,
            count=json_text(counts[wrong], 40),
        ).at(exchange.place)
    return honoured("{number} of {number} counts of tokens are whole numbers", number=len(counts))


def _counts(usage: Json, path: str) -> Iterator[tuple[str, int | float | str]]:
    """Yield every count of tokens in a usage object, after its path; one that is text, as it is."""
    for name, value in usage.items() if isinstance(usage, dict) else ():
        if isinstance(value, dict):
            yield from _counts(value, f"{path}.{name}")
        elif name.endswith("_tokens") and isinstance(value, int | float | str) and not isinstance(value, bool):
            yield f"{path}.{name}", value


def _is_whole(count: float | str) -> bool:
    return not isinstance(count, str) and count >= 0 and float(count).is_integer()


@probe("usage.tokens_match_size_and_quality", needs=PAID, level="info")
def tokens_are_plausible(evidence: Evidence, claim: Claim) -> Finding:
    """The output tokens of each picture are about what its size and quality are known to take."""
    judged = 0
    for cost in costs(evidence.exchanges):
        expected = expected_tokens(claim, cost)
        if not expected:
            continue
        judged += 1
        partials = PER_PARTIAL * (cost.partials + 1 if cost.partials else 0)
        if not any(low * (1 - NEAR) <= cost.tokens <= (high + partials) * (1 + NEAR) for low, high, _ in expected):
            low, high, basis = min(expected, key=lambda figure: abs(figure[0] - cost.tokens))
            return malformed(
                "usage.implausible",
                "{tokens:,} output tokens for {size} in {quality} quality, expected about {expected} ({basis})",
                tokens=cost.tokens,
                size=str(cost.size),
                quality=cost.quality,
                expected=message("{low:,} to {high:,}", low=low, high=high)
                if low < high
                else message("{figure:,}", figure=low),
                basis=basis,
            ).at(cost.place)
    if not judged:
        return inapplicable("no answer reports size, quality and image tokens of a single picture")
    return honoured("the output tokens of {number} of {number} pictures fit their size and quality", number=judged)


@probe("usage.price", needs=PAID, level="info")
def price_is_the_documented_one(evidence: Evidence, claim: Claim) -> Finding:
    """The price that follows from the output tokens, at 30 USD for a million, is the documented one of the picture."""
    known = costs(evidence.exchanges)
    if not known:
        return inapplicable("no answer reports size, quality and image tokens of a single picture")
    priced = [(cost, usd) for cost in known if not cost.partials and (usd := documented_value(claim, cost, "usd"))]
    if not priced:
        return inapplicable("{price}; no claim about prices is about such a picture", price=known[0].price)
    for cost, usd in priced:
        if abs(output_usd(cost.tokens, cost.model) - usd) > CENT_TENTH + NEAR * usd:
            return malformed(
                "usage.implausible",
                "{price} by its {tokens:,} output tokens, documented are {usd:g} USD",
                price=cost.price,
                tokens=cost.tokens,
                usd=usd,
            ).at(cost.place)
    cost, usd = priced[0]
    return honoured(
        "{number} of {number} pictures at their documented price; {price}, documented {usd:g} USD",
        number=len(priced),
        price=cost.price,
        usd=usd,
    )
