"""Edits: the picture that was sent is the one that comes back changed, where and as far as it was asked."""

from __future__ import annotations

import hashlib
from typing import Final

from gateprobe.evidence import Evidence
from gateprobe.gateway import Gateway
from gateprobe.image import Picture
from gateprobe.judge.refusals import refusal
from gateprobe.model import Claim, Finding, Seen, honoured, ignored, malformed
from gateprobe.probe import REFUSAL, probe

from ..images.options import judged_format
from ..images.sizes import judged_size
from ..images.stream import judged_stream
from ..scenarios.edits import (
    edit_as_json,
    edit_of_format,
    edit_of_size,
    edit_with_fidelity,
    edit_without_picture,
    edited_picture,
    four_pictures,
    mask_of_other_size,
    mask_without_alpha,
    masked_edit,
    several_edits,
    streamed_edit,
)
from ..scenarios.images import DRAWN, REFUSED
from ..support import pictures as made
from ..support.generation import fidelity
from ..support.images import answer, judged_refusal, picture, pictures
from ..support.masks import judged_mask

_MIDDLE: Final = (0.35, 0.35, 0.65, 0.65)
_PAGE: Final = (0.0, 0.0, 1.0, 0.15)
_SOME: Final = 0.5  # the share of a box that must have a colour
_SEEN: Final = 0.04  # the share of a picture in which one of four colours counts as there


@probe("images.edit", needs=edited_picture)
def picture_is_edited(evidence: Evidence, _claim: Claim) -> Finding:
    """A red square on yellow comes back blue on yellow: changed, and made from the picture that was sent."""
    return judged_edit(picture(evidence))


def judged_edit(shown: Picture) -> Seen:
    """Judge by its pixels whether a picture is the square that was sent, made blue."""
    if shown.sha256 == hashlib.sha256(made.square()).hexdigest():
        return ignored("the picture that was sent came back, byte for byte")
    blue, red, page = shown.share("blue", _MIDDLE), shown.share("red", _MIDDLE), shown.share("yellow", _PAGE)
    told = f"the middle is {blue:.0%} blue and {red:.0%} red, the page {page:.0%} yellow"
    if page < _SOME:
        return ignored(f"the picture was not made from the one that was sent: {told}")
    return honoured(f"the square was made blue: {told}") if blue >= _SOME else ignored(f"nothing was changed: {told}")


@probe("images.edit.json", needs=edit_as_json, level="should")
def json_edit_is_done(evidence: Evidence, _claim: Claim) -> Finding:
    """An edit sent as JSON, the picture as a data URL, is done with that picture."""
    return judged_edit(picture(evidence))


@probe("images.edit.many_images", needs=four_pictures)
def several_pictures_are_taken(evidence: Evidence, _claim: Claim) -> Finding:
    """Four pictures sent as `image[]` give one picture that is none of the four."""
    shown = picture(evidence)
    sent = {hashlib.sha256(made.solid(colour)).hexdigest() for colour in made.COLOURS}
    if any(one.sha256 in sent for one in pictures(evidence)):
        return ignored("one of the four pictures that were sent came back, byte for byte")
    return honoured(f"four pictures gave one of {shown.size}")


@probe("images.edit.many_images", needs=four_pictures, level="should")
def several_pictures_are_all_used(evidence: Evidence, _claim: Claim) -> Finding:
    """The colours of all four pictures are in the picture that comes."""
    shown = picture(evidence)
    there = [colour for colour in made.COLOURS if shown.share(colour) >= _SEEN]
    told = f"{len(there)} of {len(made.COLOURS)} pictures show in the result" + (
        f": {', '.join(there)}" if there else ""
    )
    return honoured(told) if len(there) == len(made.COLOURS) else ignored(told)


@probe("images.edit.mask", needs=masked_edit)
def mask_is_kept_to(evidence: Evidence, _claim: Claim) -> Finding:
    """Outside the mask's transparent part the picture stays as it was, within tolerance; inside it changes."""
    return judged_mask(picture(evidence))


@probe("images.edit.mask_without_alpha_refused", needs=mask_without_alpha, level="should", accepts=(REFUSAL,))
def mask_without_alpha_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A mask without an alpha channel is refused."""
    return judged_refusal(answer(evidence), "a mask without an alpha channel")


@probe("images.edit.mask_other_size_refused", needs=mask_of_other_size, level="should", accepts=(REFUSAL,))
def mask_of_other_size_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A mask of another size than the picture is refused."""
    return judged_refusal(answer(evidence), "a mask of 512x512 for a picture of 1024x1024")


@probe("images.edit.no_image_refused", needs=edit_without_picture, level="should", accepts=(REFUSAL,))
def form_without_picture_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """The form without a picture is refused, and nothing is drawn from the prompt alone."""
    return judged_refusal(answer(evidence), "an edit without a picture")


@probe(
    "images.edit.input_fidelity",
    needs=edit_with_fidelity,
    level="should",
    values=lambda gateway: (DRAWN if fidelity(gateway) else REFUSED,),
    accepts=(REFUSAL,),
)
def input_fidelity_is_taken(evidence: Evidence, _claim: Claim) -> Finding:
    """`input_fidelity` is accepted for an edit."""
    exchange = answer(evidence)
    if not exchange.ok:
        return refusal(exchange)
    return honoured(f"with input_fidelity a picture of {picture(evidence).size} came")


@probe("images.edit.n", needs=several_edits)
def n_of_edits_is_honoured(evidence: Evidence, _claim: Claim) -> Finding:
    """Two edits come where `n`, a field of the form, is 2."""
    got = len(pictures(evidence))
    return (honoured if got == 2 else ignored)(f"asked for 2 edits, {got} came")


def _sizes(gateway: Gateway) -> tuple[str, ...]:
    known = [str(size) for size in gateway.claim("images.edit.size").values]
    return tuple(size for size in ("1536x1024", "1024x1536") if size in known) or ("1536x1024",)


@probe("images.edit.size", needs=edit_of_size, values=_sizes)
def size_of_edit_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The edited picture has the width and height that were asked for."""
    return judged_size(evidence, asked)


@probe("images.edit.output_format", needs=edit_of_format, values=("jpeg", "webp"), documented=True)
def format_of_edit_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The edited picture's bytes are in the format that was asked for."""
    return judged_format(evidence, asked)


@probe("images.edit.stream", needs=streamed_edit)
def edit_is_streamed(evidence: Evidence, _claim: Claim) -> Finding:
    """With `stream: true` events come, the last of them `image_edit.completed` with the picture."""
    return judged_stream(evidence.last, "image_edit")


@probe("images.edit.stream", needs=streamed_edit)
def streamed_edit_uses_the_picture(evidence: Evidence, _claim: Claim) -> Finding:
    """A streamed edit is made from the picture that was sent, too."""
    if not evidence.last.is_stream:
        return ignored("no stream came")
    if not evidence.last.pictures:
        return malformed("the stream ended without a picture")
    return judged_edit(evidence.last.pictures[0])
