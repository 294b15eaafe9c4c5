"""What some vendors document beyond OpenAI's first guide: backgrounds, reference pictures, variations."""

from __future__ import annotations

from gateprobe.build import file_part, generations, referring
from gateprobe.evidence import Evidence, json_text
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.image import Certainty
from gateprobe.model import Claim, Finding, Stance, honoured, ignored, malformed
from gateprobe.probe import probe
from gateprobe.request import FormBody, Part, Request
from gateprobe.scenario import Steps, scenario

from ..images.edit import judged_edit
from ..scenarios.edits import BLUE
from ..scenarios.images import as_documented, cost, drawn
from ..support import pictures as made
from ..support.figures import few_translucent
from ..support.generation import transparency
from ..support.images import answer, picture, reported


@scenario(images=lambda _: 1, tier="deep")
def picture_on_background(gateway: Gateway, background: str) -> Steps:
    """Draw a picture with a background that is not transparent."""
    yield from drawn(generations(gateway, background=background, buys=1))


@scenario(images=lambda _: 1, tier="deep")
def transparent_picture(gateway: Gateway, output_format: str) -> Steps:
    """Draw a picture on a transparent background, in a format that has transparency."""
    yield from drawn(generations(gateway, background="transparent", output_format=output_format, buys=1))


@scenario(images=cost, tier="deep")
def picture_from_reference(gateway: Gateway, _expected: str) -> Steps:
    """Send a square on a yellow page along with the prompt for a new picture, ask for another colour."""
    yield from drawn(referring(gateway, BLUE, made.square(gateway.seed), buys=1))


@scenario(images=cost, tier="deep")
def picture_varied(gateway: Gateway, _expected: str) -> Steps:
    """Ask for a variation of a picture, with the picture alone."""
    parts = (Part("model", gateway.models.image.encode()), file_part("image", made.square(gateway.seed)))
    whole = generations(gateway, buys=1)
    yield from drawn(Request("POST", "/images/variations", FormBody(parts), buys=whole.buys, query=whole.query))


@probe(
    "images.generate.background",
    needs=picture_on_background,
    level="should",
    values=("opaque", "auto"),
    documented=True,
)
def background_is_taken(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The backgrounds `opaque` and `auto` are accepted, and the answer never reports `auto`."""
    exchange = answer(evidence)
    drawn, background = picture(evidence), reported(exchange, "background")
    if asked == "opaque" and drawn.transparent is Certainty.YES:
        return ignored(
            "param.background_ignored", "asked for an opaque background, the picture has transparent pixels"
        ).at(exchange.place)
    if asked == "opaque" and drawn.transparent is Certainty.UNCLEAR:
        return few_translucent().at(exchange.place)
    if background == "auto":
        return malformed(
            "option.misreported",
            "the answer reports the background 'auto', which does not say what was drawn",
            option="background",
        ).at(exchange.place)
    if background is None:
        return honoured(
            "asked for the background {asked}, received a {format} picture", asked=asked, format=drawn.format
        ).at(exchange.place)
    return honoured(
        "asked for the background {asked}, received a {format} picture and the background {background}",
        asked=asked,
        format=drawn.format,
        background=json_text(background, 40),
    ).at(exchange.place)


def _with_transparency(gateway: Gateway) -> tuple[str, ...]:
    """Return the documented formats; PNG where the model is known to draw transparency, none where it may refuse."""
    claim = gateway.claim("images.generate.background_transparent")
    if claim.stance is Stance.OFFERED:
        return tuple(str(value) for value in claim.values) or ("png",)
    return ("png",) if transparency(gateway.models.image) is Transparency.DRAWN else ()


@probe(
    "images.generate.background_transparent",
    needs=transparent_picture,
    level="should",
    values=_with_transparency,
    documented=True,
)
def transparent_background_is_drawn(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """A picture with a transparent background, in the requested format, has transparent pixels."""
    drawn, place = picture(evidence), answer(evidence).place
    if drawn.format != asked:
        return ignored(
            "param.format_ignored",
            "asked for {asked}, the picture's bytes are {format}",
            asked=asked,
            format=drawn.format,
        ).at(place)
    if drawn.transparent is Certainty.UNCLEAR:
        return few_translucent().at(place)
    if drawn.transparent is Certainty.NO:
        return ignored(
            "param.background_ignored",
            "asked for a transparent background, received an opaque {format} picture",
            format=drawn.format,
        ).at(place)
    return honoured(
        "asked for a transparent background, received a {format} picture with transparent pixels", format=drawn.format
    ).at(place)


@probe(
    "images.generate.reference_image",
    needs=picture_from_reference,
    level="should",
    values=lambda gateway: as_documented(gateway, "images.generate.reference_image"),
)
def reference_is_used(evidence: Evidence, _claim: Claim) -> Finding:
    """The new picture is made from the picture that was sent with the prompt."""
    return judged_edit(evidence).at(answer(evidence).place)


@probe(
    "images.variations",
    needs=picture_varied,
    level="info",
    values=lambda gateway: as_documented(gateway, "images.variations"),
)
def variation_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """POST /images/variations answers a picture with another picture."""
    drawn = picture(evidence)
    return honoured("received a {format} picture of {size} as a variation", format=drawn.format, size=drawn.size).at(
        answer(evidence).place
    )
