"""What some vendors document beside OpenAI's first guide: backgrounds, a picture to work from, variations."""

from __future__ import annotations

from gateprobe.build import generations, png, referring
from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.gateway.modelfacts import Transparency
from gateprobe.model import Claim, Finding, Stance, honoured, ignored, malformed
from gateprobe.probe import probe
from gateprobe.request import FormBody, Part, Request
from gateprobe.scenario import Steps, scenario

from ..images.edit import judged_edit
from ..scenarios.edits import BLUE
from ..scenarios.images import as_documented, cost, drawn
from ..support import pictures as made
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
    """Send a red square on a yellow page along with the prompt for a new picture, ask for a blue one."""
    yield from drawn(referring(gateway, BLUE, made.square(), buys=1))


@scenario(images=cost, tier="deep")
def picture_varied(gateway: Gateway, _expected: str) -> Steps:
    """Ask for a variation of a picture, with the picture alone."""
    parts = (Part("model", gateway.models.image.encode()), png("image", made.square()))
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
    """An opaque background, or one left to the model by name, is taken, and the answer never reports `auto`."""
    shown, said = picture(evidence), reported(answer(evidence), "background")
    if asked == "opaque" and shown.has_alpha:
        return ignored("asked for an opaque background, the picture has transparent pixels")
    if said == "auto":
        return malformed("the answer reports the background 'auto': that is what may be asked, not what was drawn")
    told = "" if said is None else f", {said!r:.40} is reported"
    return honoured(f"asked for the background {asked}, a {shown.format} picture came{told}")


def _with_transparency(gateway: Gateway) -> tuple[str, ...]:
    """Give the documented formats; PNG where the model is known to draw transparency, none where it may refuse."""
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
    """A transparent background is drawn: the picture, in the format asked for, has transparent pixels."""
    shown = picture(evidence)
    if shown.format != asked:
        return ignored(f"asked for {asked}, the picture's bytes are {shown.format}")
    if not shown.has_alpha:
        return ignored(f"asked for a transparent background, an opaque {shown.format} picture came")
    return honoured(f"asked for a transparent background, a {shown.format} picture with transparent pixels came")


@probe(
    "images.generate.reference_image",
    needs=picture_from_reference,
    level="should",
    values=lambda gateway: as_documented(gateway, "images.generate.reference_image"),
)
def reference_is_used(evidence: Evidence, _claim: Claim) -> Finding:
    """A picture sent along with the prompt is what the new picture is made from."""
    return judged_edit(picture(evidence))


@probe(
    "images.variations",
    needs=picture_varied,
    level="info",
    values=lambda gateway: as_documented(gateway, "images.variations"),
)
def variation_is_drawn(evidence: Evidence, _claim: Claim) -> Finding:
    """POST /images/variations answers a picture with another picture."""
    shown = picture(evidence)
    return honoured(f"a {shown.format} picture of {shown.size} came as a variation")
