"""Options of a picture: quality, format, compression, background, moderation, unusual prompts."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange, at, json_text
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.image import Certainty
from gateprobe.message import message
from gateprobe.model import (
    Cause,
    Claim,
    Finding,
    Json,
    honoured,
    ignored,
    inapplicable,
    malformed,
    nothing_to_judge,
    refused,
)
from gateprobe.probe import REFUSAL, probe
from gateprobe.wording import Phrase

from ..scenarios.images import (
    OUTAGES,
    REPEATS,
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
from ..support.exchanges import clear
from ..support.figures import area, few_translucent, figure_asked, shows
from ..support.generation import steps_of_quality, transparency
from ..support.images import REFUSING, answer, judged_refusal, picture, pictures, posts, reported

LEVELS = (10, 90)
"""The levels of compression that are compared."""

ALONE = (REFUSAL, Cause.UPSTREAM)
"""Options that fail together are then requested alone: these probes compare the answers."""


def _matches(asked: str, value: Json) -> bool:
    return asked.matches(value) if isinstance(asked, Phrase) else value == asked


def _tried(evidence: Evidence, claim: Claim, option: str, asked: str) -> Exchange | Finding:
    """Return the answer that shows an option accepted, or the finding that it is not.

    A 5xx is held against the option only where the gateway drew without it. One that a proxy sends in an outage must
    come each of three times.
    """
    asking = [exchange for exchange in posts(evidence) if _matches(asked, exchange.request.json.get(option))]
    if not asking:
        return nothing_to_judge("{option} was never requested", option=option)
    for exchange in asking:
        if exchange.ok:
            return exchange
    last = asking[-1]
    is_certain = last.status not in OUTAGES or len(asking) >= REPEATS
    if not last.is_refusal and is_certain and any(exchange.ok for exchange in posts(evidence)):
        return malformed(
            "option.crashes", "without {option} a picture came, with it {answer}", option=option, answer=last.summary
        ).at(last.place)
    return clear(last, claim)


@probe("images.generate.quality", needs=cheap_picture)
def low_quality_is_reported(evidence: Evidence, _claim: Claim) -> Finding:
    """A request for low quality is answered with a picture, and no other quality is reported."""
    picture(evidence)
    return _reported(answer(evidence), "low")


@probe("images.generate.quality", needs=options_together, accepts=ALONE)
def medium_quality_is_reported(evidence: Evidence, claim: Claim) -> Finding:
    """A request for medium quality is answered with a picture, and no other quality is reported."""
    exchange = _tried(evidence, claim, "quality", "medium")
    if not isinstance(exchange, Exchange):
        return exchange
    picture(evidence, exchange)
    return _reported(exchange, "medium")


def _costlier(gateway: Gateway) -> tuple[str, ...]:
    documented = [str(value) for value in gateway.claim("images.generate.quality").values]
    qualities = steps_of_quality(gateway, documented)
    return tuple(quality for quality in qualities if quality not in ("low", "medium")) or ("high",)


@probe("images.generate.quality", needs=picture_of_quality, values=_costlier)
def costlier_quality_is_reported(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A request for another documented quality is answered with a picture, and no other quality is reported."""
    picture(evidence)
    return _reported(answer(evidence), asked)


def _reported(exchange: Exchange, asked: str) -> Finding:
    quality = reported(exchange, "quality")
    if quality is None:
        return inapplicable("asked for quality {asked}, a picture came; the answer reports no quality", asked=asked).at(
            exchange.place
        )
    if quality == asked or (asked == "auto" and quality in ("low", "medium", "high", "xhigh", "max")):
        return honoured("asked for quality {asked}, the answer reports {quality}", asked=asked, quality=quality).at(
            exchange.place
        )
    fault_kind = "option.misreported" if quality == "auto" else "option.ignored"
    return ignored(
        fault_kind,
        "asked for quality {asked}, the answer reports {quality}",
        option="quality",
        asked=asked,
        quality=json_text(quality, 40),
    ).at(exchange.place)


@probe("images.generate.output_format", needs=cheap_picture)
def png_is_the_default(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture requested without `output_format` is a PNG."""
    format_, place = picture(evidence).format, answer(evidence).place
    if format_ == "png":
        return honoured("requested no format, the picture's bytes are {format}", format=format_).at(place)
    return ignored("param.format_ignored", "requested no format, the picture's bytes are {format}", format=format_).at(
        place
    )


@probe("images.generate.output_format", needs=picture_of_format, values=("jpeg", "webp"), documented=True)
def format_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The picture's bytes are in the requested format."""
    return judged_format(evidence, asked)


def judged_format(evidence: Evidence, asked: str) -> Finding:
    """Compare the picture's bytes with the requested format, and with the format that the answer reports."""
    exchange, format_ = answer(evidence), picture(evidence).format
    if format_ != asked:
        return ignored(
            "param.format_ignored", "asked for {asked}, the picture's bytes are {format}", asked=asked, format=format_
        ).at(exchange.place)
    named = reported(exchange, "output_format")
    if named is not None and named != asked:
        finding = malformed(
            "option.misreported",
            "the picture is {asked} as requested, but `output_format` is {named}",
            option="output_format",
            asked=asked,
            named=json_text(named, 40),
        )
        return finding.at(exchange.place)
    return honoured("asked for {asked}, the picture's bytes are {format}", asked=asked, format=format_).at(
        exchange.place
    )


def _compressible(gateway: Gateway) -> tuple[str, ...]:
    """Return the documented formats that can be compressed; both where none is documented."""
    documented = gateway.claim("images.generate.output_format").values
    return tuple(format_ for format_ in ("jpeg", "webp") if format_ in documented) or ("jpeg", "webp")


@probe("images.generate.output_compression", needs=compressed_pictures, values=_compressible)
def images_compression_makes_smaller(evidence: Evidence, claim: Claim, asked: str) -> Finding:
    """The same noise is smaller at level 10 than at level 90, or larger if the document counts the other way."""
    if len(posts(evidence)) < len(LEVELS):
        return nothing_to_judge("only one level of compression was answered")
    small, large = (len(picture(evidence, exchange).data) for exchange in posts(evidence)[: len(LEVELS)])
    backwards = len(claim.values) == 2 and claim.values[0] > claim.values[1]
    if large < small if backwards else small < large:
        return honoured(
            "{format} took {small:,} bytes at level 10 and {large:,} at level 90",
            format=asked,
            small=small,
            large=large,
        )
    finding = ignored(
        "option.ignored",
        "{format} took {small:,} bytes at level 10 and {large:,} at level 90",
        option="output_compression",
        format=asked,
        small=small,
        large=large,
    )
    return finding.at(answer(evidence).place)


@probe("images.generate.output_compression", needs=compression_refused, level="should", accepts=(REFUSAL,))
def compression_out_of_range_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """The compression levels 101 and -1 are refused."""
    asked = posts(evidence)
    for exchange in asked:
        if exchange.status not in REFUSING:
            level = exchange.request.json.get("output_compression")
            request = message("output_compression {level}", level=level)
            return judged_refusal(exchange, request, option="output_compression")
    return honoured(
        "{number} of {number} levels out of range were refused, the first with {answer}",
        number=len(asked),
        answer=asked[0].summary,
    )


@probe("images.generate.background_transparent_refused", needs=transparent_background, accepts=(REFUSAL,))
def transparency_is_refused_or_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A transparent background is refused or drawn, never answered with an opaque picture."""
    exchange = answer(evidence)
    if exchange.ok and exchange.error is None:
        transparent = picture(evidence).transparent
        if transparent is Certainty.YES:
            return honoured("received a picture with a transparent background").at(exchange.place)
        if transparent is Certainty.UNCLEAR:
            return few_translucent().at(exchange.place)
        finding = ignored(
            "param.background_ignored",
            "asked for a transparent background, received an opaque {format} picture",
            format=picture(evidence).format,
        )
        return finding.at(exchange.place)
    model = at(exchange.request.json, "model")
    if transparency(model) is Transparency.DRAWN:
        return refused(
            "option.refused",
            "{model} draws transparent backgrounds, but the request was refused: {answer}",
            option="background",
            model=model,
            answer=exchange.summary,
        ).at(exchange.place)
    return judged_refusal(exchange, message("a transparent background"), option="background")


@probe("images.generate.moderation", needs=options_together, level="should", accepts=ALONE)
def low_moderation_is_accepted(evidence: Evidence, claim: Claim) -> Finding:
    """A request with `moderation: low` is answered with a picture."""
    exchange = _tried(evidence, claim, "moderation", "low")
    if not isinstance(exchange, Exchange):
        return exchange
    return honoured("with moderation low, received a {format} picture", format=picture(evidence, exchange).format)


@probe("images.generate.unicode_prompt", needs=options_together, accepts=ALONE)
def chinese_prompt_with_quotes_is_drawn(evidence: Evidence, claim: Claim) -> Finding:
    """A Chinese prompt with double quotes, an emoji and a newline is answered with a picture."""
    exchange = _tried(evidence, claim, "prompt", UNICODE)
    if not isinstance(exchange, Exchange):
        return exchange
    return honoured(
        "a prompt of {length} characters was answered with a picture of {size}",
        length=len(exchange.request.prompt),
        size=picture(evidence, exchange).size,
    )


@probe("images.generate.long_prompt", needs=long_prompt, level="should", refused_with="request.too_large")
def long_prompt_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """A prompt of 4,000 characters is answered with the picture that its last words describe."""
    received, place = pictures(evidence), answer(evidence).place
    if not received:
        return ignored("image.missing", "a prompt of 4,000 characters was accepted, but no picture came").at(place)
    colour = figure_asked(answer(evidence).request)
    if shows(received[0], colour) is Certainty.NO:
        return ignored(
            "image.wrong_content",
            "the last words of a prompt of 4,000 characters ask for a {colour} square: the largest {colour} part covers"
            " {covered:.1%}",
            colour=colour,
            covered=area(received[0], colour),
        ).at(place)
    return honoured("a prompt of 4,000 characters was answered with a picture of {size}", size=received[0].size).at(
        place
    )
