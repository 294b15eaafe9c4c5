"""What a picture is to be like: quality, format, compression, background, moderation, odd prompts."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange, at
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.judge.refusals import refusal
from gateprobe.model import Cause, Claim, Finding, honoured, ignored, malformed, refused, unobserved
from gateprobe.probe import REFUSAL, probe

from ..scenarios.images import (
    UNICODE,
    cheap_picture,
    compressed_pictures,
    compression_refused,
    long_prompt,
    options_together,
    picture_of_format,
    picture_of_quality,
    transparent_background,
)
from ..support.generation import steps_of_quality, transparency
from ..support.images import REFUSING, answer, judged_refusal, picture, pictures, reported

ALONE = (REFUSAL, Cause.UPSTREAM)
"""Options asked for together are asked for alone where that fails: these probes compare."""


def _tried(evidence: Evidence, option: str, asked: str) -> Exchange | Finding:
    """Give the answer that proves an option accepted, or the finding that it is not.

    A 5xx is held against the option only where the gateway drew without it.
    """
    posts = [one for one in evidence.exchanges if one.request.method == "POST"]
    having = [one for one in posts if one.request.json.get(option) == asked]
    if not having:
        return unobserved(Cause.PREREQUISITE, f"{option} was never asked for")
    for exchange in having:
        if exchange.ok:
            return exchange
    last = having[-1]
    if last.is_refusal:
        return refusal(last)
    if any(one.ok for one in posts):
        return malformed(f"without it a picture came, with it {last.summary}")
    return unobserved(Cause.UPSTREAM, "{answer}", answer=last.summary)


@probe("images.generate.quality", needs=cheap_picture)
def low_quality_is_reported(evidence: Evidence, _claim: Claim) -> Finding:
    """Asked for low quality, a picture comes, and no other quality is reported."""
    picture(evidence)
    return _reported(answer(evidence), "low")


@probe("images.generate.quality", needs=options_together, accepts=ALONE)
def medium_quality_is_reported(evidence: Evidence, _claim: Claim) -> Finding:
    """Asked for medium quality, a picture comes, and no other quality is reported."""
    exchange = _tried(evidence, "quality", "medium")
    if not isinstance(exchange, Exchange):
        return exchange
    picture(evidence, exchange)
    return _reported(exchange, "medium")


def _costlier(gateway: Gateway) -> tuple[str, ...]:
    known = steps_of_quality(gateway, [str(one) for one in gateway.claim("images.generate.quality").values])
    return tuple(quality for quality in known if quality not in ("low", "medium")) or ("high",)


@probe("images.generate.quality", needs=picture_of_quality, values=_costlier)
def costlier_quality_is_reported(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """Asked for another documented quality, a picture comes, and no other quality is reported."""
    picture(evidence)
    return _reported(answer(evidence), asked)


def _reported(exchange: Exchange, asked: str) -> Finding:
    said = reported(exchange, "quality")
    if said is None:
        return honoured(f"asked for quality {asked}, a picture came; the answer reports no quality")
    if said == asked or (asked == "auto" and said in ("low", "medium", "high", "xhigh", "max")):
        return honoured(f"asked for quality {asked}, {said} is reported")
    return ignored(f"asked for quality {asked}, {said!r:.40} is reported")


@probe("images.generate.output_format", needs=cheap_picture)
def png_is_the_default(evidence: Evidence, _claim: Claim) -> Finding:
    """Without `output_format` the picture is a PNG."""
    is_ = picture(evidence).format
    told = f"no format was asked for, the picture's bytes are {is_}"
    return honoured(told) if is_ == "png" else ignored(told)


@probe("images.generate.output_format", needs=picture_of_format, values=("jpeg", "webp"), documented=True)
def format_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The picture's bytes are in the format that was asked for."""
    return judged_format(evidence, asked)


def judged_format(evidence: Evidence, asked: str) -> Finding:
    """Compare the picture's own bytes with the format that was asked for, and with what the answer reports."""
    is_ = picture(evidence).format
    if is_ != asked:
        return ignored(f"asked for {asked}, the picture's bytes are {is_}")
    said = reported(answer(evidence), "output_format")
    if said is not None and said != asked:
        return malformed(f"the picture is {asked} as asked, but `output_format` is {said!r:.40}")
    return honoured(f"asked for {asked}, the picture's bytes are {is_}")


def _compressible(gateway: Gateway) -> tuple[str, ...]:
    """Give the documented formats that lose some of a picture; both where none is documented."""
    known = gateway.claim("images.generate.output_format").values
    return tuple(one for one in ("jpeg", "webp") if one in known) or ("jpeg", "webp")


@probe("images.generate.output_compression", needs=compressed_pictures, values=_compressible)
def images_compression_makes_smaller(evidence: Evidence, claim: Claim, asked: str) -> Finding:
    """The same noise is smaller at level 10 than at level 90, or larger where the documents count the other way."""
    posts = [one for one in evidence.exchanges if one.request.method == "POST"]
    small, large = (len(picture(evidence, one).data) for one in posts)
    told = f"{asked} took {small:,} bytes at level 10 and {large:,} at level 90"
    backwards = len(claim.values) == 2 and claim.values[0] > claim.values[1]
    return honoured(told) if (large < small if backwards else small < large) else ignored(told)


@probe("images.generate.output_compression", needs=compression_refused, level="should", accepts=(REFUSAL,))
def compression_out_of_range_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """Levels of compression out of range, 101 and -1, are refused."""
    posts = [one for one in evidence.exchanges if one.request.method == "POST"]
    for exchange in posts:
        if exchange.status not in REFUSING:
            return judged_refusal(exchange, f"output_compression {exchange.request.json.get('output_compression')}")
    return honoured(f"{len(posts)} of {len(posts)} levels out of range were refused, the first with {posts[0].summary}")


@probe("images.generate.background_transparent_refused", needs=transparent_background, accepts=(REFUSAL,))
def transparency_is_refused_or_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A transparent background is refused or really drawn, never answered with an opaque picture."""
    exchange = answer(evidence)
    if exchange.ok and exchange.error is None and picture(evidence).has_alpha:
        return honoured("a picture came whose background is transparent")
    if exchange.ok and exchange.error is None:
        return ignored(f"asked for a transparent background, an opaque {picture(evidence).format} picture came")
    model = at(exchange.request.json, "model")
    if transparency(model) is Transparency.DRAWN:
        return refused(f"{model} draws transparent backgrounds, yet it was refused with {exchange.summary}")
    return judged_refusal(exchange, "a transparent background")


@probe("images.generate.moderation", needs=options_together, level="should", accepts=ALONE)
def low_moderation_is_accepted(evidence: Evidence, _claim: Claim) -> Finding:
    """`moderation: low` is accepted, and a picture comes."""
    exchange = _tried(evidence, "moderation", "low")
    if not isinstance(exchange, Exchange):
        return exchange
    return honoured(f"with moderation low a {picture(evidence, exchange).format} picture came")


@probe("images.generate.unicode_prompt", needs=options_together, accepts=ALONE)
def chinese_prompt_with_quotes_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A Chinese prompt with double quotes, an emoji and a newline gives a picture."""
    exchange = _tried(evidence, "prompt", UNICODE)
    if not isinstance(exchange, Exchange):
        return exchange
    return honoured(f"a prompt of {len(UNICODE)} characters gave a picture of {picture(evidence, exchange).size}")


@probe("images.generate.long_prompt", needs=long_prompt, level="should")
def long_prompt_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt of 4,000 characters gives a picture."""
    found = pictures(evidence)
    if not found:
        return ignored("a prompt of 4,000 characters was accepted, but no picture came")
    return honoured(f"a prompt of 4,000 characters gave a picture of {found[0].size}")
