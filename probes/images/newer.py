"""Options of GPT Image 2.5 and 2.6: animated GIF, SVG, markup and complexity."""

from __future__ import annotations

from typing import Final

from gateprobe.build import edits, file_part, generations, models
from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError, entries
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import facts_of
from gateprobe.image.animation import read_animation
from gateprobe.image.svg import read_svg
from gateprobe.model import Claim, Finding, honoured, ignored, inapplicable, malformed, nothing_to_judge
from gateprobe.probe import REFUSAL, probe
from gateprobe.request import FormBody, Part
from gateprobe.scenario import Steps, scenario
from gateprobe.wording import Phrase

from ..scenarios.responses import MAKE_IT_BLUE
from ..support import pictures as made
from ..support.exchanges import clear
from ..support.images import picture, reported, wrong_answer
from ..support.refused import all_refused

FRAMES, DURATION = 2, 120
"""Frames of the GIF that is asked for, and the milliseconds of each."""

_SQUARE: Final = Phrase(
    "A red square in the middle of a white page.",
    "{A|One|A single} {|plain |flat |solid |uniform }{figure} square {in the middle of|centred on|on} a"
    " {white|plain white|clean white|pure white} {page|background|canvas}{.|, and nothing else.|, without a border.}",
)


def _model(gateway: Gateway, answer: Exchange, extra: str) -> str:
    """Return the model to ask: the gateway's own where it draws the format, else one of its list that does."""
    facts = facts_of(gateway.models.image)
    if facts is None or extra in facts.extras or not answer.ok:
        return gateway.models.image
    try:
        names = [entry.get("id") for entry in entries(answer.json(), "models.list_wrong")]
    except MalformedAnswerError:
        return gateway.models.image  # the probes of the list judge it
    return next((name for name in names if isinstance(name, str) and _draws(name, extra)), gateway.models.image)


def _draws(model: str, extra: str) -> bool:
    facts = facts_of(model)
    return facts is not None and extra in facts.extras and facts.shutdown is None


@scenario(requests=2, images=1)
def animated_picture(gateway: Gateway) -> Steps:
    """Ask for the models list, then a model that draws it for a GIF of two frames."""
    listed: Exchange = yield models(gateway)
    yield generations(
        gateway,
        _SQUARE,
        model=_model(gateway, listed, "gif"),
        output_format="gif",
        frame_count=FRAMES,
        frame_duration_ms=DURATION,
        buys=1,
        note="draw",
    )


@scenario(requests=2, images=1)
def drawn_by_text(gateway: Gateway) -> Steps:
    """Ask for the models list, then a model that draws it for an SVG."""
    listed: Exchange = yield models(gateway)
    yield generations(
        gateway,
        _SQUARE,
        model=_model(gateway, listed, "svg"),
        output_format="svg",
        svg={"model": gateway.models.text},
        buys=1,
        note="draw",
    )


@scenario()
def markup_beside_mask(gateway: Gateway) -> Steps:
    """Ask for an edit with a markup layer and a mask, which exclude each other."""
    layer = made.mask(seed=gateway.seed)
    picture = made.square(gateway.seed)
    asked = edits(gateway, MAKE_IT_BLUE, [picture], mask=layer, encoding="multipart", note="markup with mask")
    body = asked.body
    parts: tuple[Part, ...] = body.parts if isinstance(body, FormBody) else ()
    yield asked.with_(body=FormBody((*parts, file_part("markup", layer))))


@scenario()
def wrong_complexity(gateway: Gateway) -> Steps:
    """Ask for a picture with a complexity that does not exist."""
    yield generations(gateway, _SQUARE, complexity="extreme", note="complexity extreme")


def _drawn(evidence: Evidence, claim: Claim, extra: str) -> Exchange | Finding:
    """Return the exchange that drew, or why nothing is judged: a gateway without access to the preview may refuse."""
    exchange = evidence.noted("draw")
    if exchange is None:
        return nothing_to_judge("no {format} was asked for", format=extra)
    if exchange.is_refusal:
        return inapplicable("{format} is refused: {answer}", format=extra, answer=exchange.summary).at(exchange.place)
    judged = clear(exchange, claim)
    if not isinstance(judged, Exchange):
        return judged
    format_ = picture(evidence, exchange).format
    if format_ == extra:
        return exchange
    return ignored(
        "param.format_ignored", "requested {asked}, the picture's bytes are {format}", asked=extra, format=format_
    ).at(exchange.place)


@probe("images.generate.gif", needs=animated_picture, level="should", accepts=(REFUSAL,))
def drawn_gif_has_its_frames(evidence: Evidence, claim: Claim) -> Finding:
    """A GIF has the requested number of frames of the requested duration, and each frame differs."""
    exchange = _drawn(evidence, claim, "gif")
    if not isinstance(exchange, Exchange):
        return exchange
    animation = read_animation(picture(evidence, exchange).data)
    if animation is None:
        raise wrong_answer(exchange, "image.undecodable", "the frames of the GIF cannot be decoded")
    durations = set(animation.durations)
    if animation.frames != FRAMES or not animation.different or durations != {DURATION}:
        return malformed(
            "image.animation_wrong",
            "asked for {asked} frames of {duration} ms, received {frames} of {durations} ms, {different} changes",
            asked=FRAMES,
            duration=DURATION,
            frames=animation.frames,
            durations=tuple(str(duration) for duration in sorted(durations)),
            different=animation.different,
        ).at(exchange.place)
    return honoured("a GIF of {frames} frames of {duration} ms", frames=FRAMES, duration=DURATION).at(exchange.place)


@probe("images.generate.svg", needs=drawn_by_text, level="should", accepts=(REFUSAL,))
def drawn_svg_is_passive(evidence: Evidence, claim: Claim) -> Finding:
    """An SVG is well-formed XML of the reported size, runs no scripts and loads nothing."""
    exchange = _drawn(evidence, claim, "svg")
    if not isinstance(exchange, Exchange):
        return exchange
    svg = read_svg(picture(evidence, exchange).data)
    if svg.active is not None:
        return malformed("image.svg_active", "the SVG is active: {content}", content=svg.active).at(exchange.place)
    size = reported(exchange, "size")
    if isinstance(size, str) and svg.size is not None and size != svg.size:
        return malformed(
            "option.misreported",
            "the SVG is {size}, the answer reports {reported}",
            option="size",
            size=svg.size,
            reported=size,
        ).at(exchange.place)
    return honoured("an SVG of {size}", size=svg.size or "no stated size").at(exchange.place)


@probe("images.edit.markup", needs=markup_beside_mask, level="info", accepts=(REFUSAL,))
def markup_excludes_a_mask(evidence: Evidence, claim: Claim) -> Finding:
    """A markup layer together with a mask is refused."""
    return all_refused(evidence.exchanges, claim, "markup with mask", option="markup")


@probe("images.generate.complexity", needs=wrong_complexity, level="info", accepts=(REFUSAL,))
def wrong_complexity_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """A complexity that does not exist is refused."""
    return all_refused(evidence.exchanges, claim, "extreme", option="complexity")
