"""Edits: the picture that was sent comes back changed, where and as far as requested."""

from __future__ import annotations

from gateprobe.evidence import Evidence, Exchange
from gateprobe.gateway import Gateway
from gateprobe.image import Certainty, Picture, same_picture
from gateprobe.judge.refusals import refusal, refused_as
from gateprobe.message import message
from gateprobe.model import Claim, Finding, Observed, honoured, ignored, inapplicable, nothing_to_judge
from gateprobe.probe import REFUSAL, probe

from ..images.generate import MOST
from ..images.options import judged_format
from ..images.sizes import judged_size
from ..images.stream import judged_stream
from ..scenarios.edits import (
    edit_as_json,
    edit_of_format,
    edit_of_input_format,
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
    too_many_edits,
)
from ..scenarios.images import DRAWN, REFUSED
from ..support import pictures as made
from ..support.exchanges import EVERYTHING, clear, no_stream
from ..support.figures import contains
from ..support.generation import fidelity
from ..support.images import answer, judged_refusal, number_of_pictures, picture, pictures
from ..support.masks import judged_mask
from ..support.recolouring import judge_recolouring, new_colour
from ..support.sent import sent_pictures


@probe("images.edit", needs=edited_picture)
def picture_is_edited(evidence: Evidence, _claim: Claim) -> Finding:
    """A square on yellow is returned in the other colour, made from the picture that was sent."""
    return judged_edit(evidence).at(answer(evidence).place)


def judged_edit(evidence: Evidence, shown: Picture | None = None, exchange: Exchange | None = None) -> Finding:
    """Judge by its pixels whether a picture, the first without one, is the square that was sent, in its new colour."""
    shown, request = shown or picture(evidence), (exchange or answer(evidence)).request
    sent = sent_pictures(request)[0]
    if shown.sha256 == sent.sha256:
        return ignored("edit.input_returned", "the picture that was sent came back, byte for byte")
    return judge_recolouring(sent, shown, new_colour(request), unchanged_kind="edit.input_returned")


@probe(
    "images.edit.input_formats",
    needs=edit_of_input_format,
    values=("jpeg", "webp"),
    refused_with="edit.form_refused",
)
def picture_of_format_is_edited(evidence: Evidence, _claim: Claim, _picture_format: str) -> Finding:
    """A JPEG or WebP picture is edited like a PNG picture."""
    return judged_edit(evidence).at(answer(evidence).place)


@probe("images.edit.json", needs=edit_as_json, level="should", refused_with="edit.form_refused")
def json_edit_is_done(evidence: Evidence, _claim: Claim) -> Finding:
    """An edit sent as JSON, with the picture as a data URL, changes that picture."""
    return judged_edit(evidence).at(answer(evidence).place)


@probe("images.edit.many_images", needs=four_pictures, refused_with="edit.form_refused")
def several_pictures_are_taken(evidence: Evidence, _claim: Claim) -> Finding:
    """Four pictures sent as `image[]` are answered with a picture that is none of the four."""
    received, place = pictures(evidence), answer(evidence).place
    sent = sent_pictures(answer(evidence).request)
    size = picture(evidence).size
    if any(same_picture(shown, page) is Certainty.YES for shown in received for page in sent):
        return ignored("edit.input_returned", "one of the 4 pictures that were sent came back unchanged").at(place)
    return honoured("4 pictures were answered with one of {size}", size=size).at(place)


@probe("images.edit.many_images", needs=four_pictures, level="should", refused_with="edit.form_refused")
def several_pictures_are_all_used(evidence: Evidence, _claim: Claim) -> Finding:
    """The picture contains the colours of all four pictures that were sent."""
    drawn, place = picture(evidence), answer(evidence).place
    shown = {colour: contains(drawn, colour) for colour in made.COLOURS}
    colours = tuple(colour for colour, answered in shown.items() if answered is Certainty.YES)
    number, total = len(colours), len(made.COLOURS)
    if number == total:
        return honoured(
            "the result shows {number} of {total} pictures: {colours}", number=number, total=total, colours=colours
        ).at(place)
    if Certainty.NO not in shown.values():
        return nothing_to_judge(
            "the result clearly shows {number} of {total} pictures; the others cannot be decided",
            number=number,
            total=total,
        ).at(place)
    return ignored(
        "edit.input_ignored",
        "the result shows {number} of {total} pictures: {colours}",
        number=number,
        total=total,
        colours=colours or message("none"),
    ).at(place)


@probe("images.edit.mask", needs=masked_edit)
def mask_is_kept_to(evidence: Evidence, _claim: Claim) -> Finding:
    """Outside the mask's transparent part the picture stays as it was, within tolerance; inside it changes."""
    return judged_mask(picture(evidence), new_colour(answer(evidence).request)).at(answer(evidence).place)


@probe("images.edit.mask_without_alpha_refused", needs=mask_without_alpha, level="should", accepts=(REFUSAL,))
def mask_without_alpha_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A mask without an alpha channel is refused."""
    return judged_refusal(answer(evidence), message("a mask without an alpha channel"), option="mask")


@probe("images.edit.mask_other_size_refused", needs=mask_of_other_size, level="should", accepts=(REFUSAL,))
def mask_of_other_size_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """A mask of another size than the picture is refused."""
    asked = message("a mask of 512x512 for a picture of 1024x1024")
    return judged_refusal(answer(evidence), asked, option="mask")


@probe("images.edit.no_image_refused", needs=edit_without_picture, level="should", accepts=(REFUSAL,))
def form_without_picture_is_refused(evidence: Evidence, _claim: Claim) -> Finding:
    """An edit without a picture is refused; nothing is drawn from the prompt alone."""
    return judged_refusal(answer(evidence), message("an edit without a picture"), option="image")


@probe(
    "images.edit.input_fidelity",
    needs=edit_with_fidelity,
    level="should",
    values=lambda gateway: (DRAWN if fidelity(gateway) else REFUSED,),
    accepts=(REFUSAL,),
)
def input_fidelity_is_taken(evidence: Evidence, _claim: Claim) -> Finding:
    """An edit with `input_fidelity` is answered with a picture."""
    exchange = answer(evidence)
    if not exchange.ok:
        return refusal(exchange)
    return honoured("with input_fidelity, received a picture of {size}", size=picture(evidence).size).at(exchange.place)


@probe("images.edit.n", needs=several_edits)
def n_of_edits_is_honoured(evidence: Evidence, _claim: Claim) -> Finding:
    """The response contains two edits if `n`, a field of the form, is 2."""
    received, place = number_of_pictures(answer(evidence)), answer(evidence).place
    if received == 2:
        return honoured("asked for 2 edits, received {received}", received=received).at(place)
    return ignored("param.n_ignored", "asked for 2 edits, received {received}", received=received).at(place)


def _too_many(gateway: Gateway) -> tuple[int]:
    numbers = [value for value in gateway.claim("images.edit.n").values if isinstance(value, int)]
    return (max(numbers, default=MOST) + 1,)


@probe("images.edit.n", needs=too_many_edits, level="should", values=_too_many, accepts=(REFUSAL,))
def n_of_edits_out_of_range_is_refused(evidence: Evidence, _claim: Claim, asked: int) -> Finding:
    """More edits than one request may ask for are refused, so `n` of an edit is read."""
    return judged_refusal(answer(evidence), message("an edit with n = {number}", number=asked), option="n")


def _sizes(gateway: Gateway) -> tuple[str, ...]:
    documented = [str(size) for size in gateway.claim("images.edit.size").values]
    return tuple(size for size in ("1536x1024", "1024x1536") if size in documented)[:1] or ("1536x1024",)


@probe("images.edit.size", needs=edit_of_size, values=_sizes)
def size_of_edit_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The edited picture has the requested width and height."""
    return judged_size(evidence, asked)


@probe("images.edit.output_format", needs=edit_of_format, values=("jpeg", "webp"), documented=True)
def format_of_edit_is_honoured(evidence: Evidence, _claim: Claim, asked: str) -> Finding:
    """The edited picture's bytes are in the requested format."""
    return judged_format(evidence, asked)


@probe("images.edit.input_formats", needs=streamed_edit, accepts=EVERYTHING)
def jpeg_is_accepted_like_png(evidence: Evidence, claim: Claim) -> Finding:
    """An edit of a JPEG picture is accepted if the same edit of a PNG picture is."""
    exchange = clear(evidence[0], claim)
    if isinstance(exchange, Exchange):
        if not exchange.is_stream:
            return nothing_to_judge("the edit of a JPEG picture brought no stream").at(exchange.place)
        return honoured("a JPEG picture was accepted: {answer}", answer=exchange.summary).at(exchange.place)
    if exchange.observed is Observed.REFUSED and (len(evidence.exchanges) == 1 or not evidence.last.ok):
        return inapplicable("neither a JPEG nor a PNG picture was accepted: {answer}", answer=exchange.message)
    return refused_as(exchange, "edit.form_refused")


@probe("images.edit.stream", needs=streamed_edit, accepts=EVERYTHING)
def edit_is_streamed(evidence: Evidence, claim: Claim) -> Finding:
    """An edit with `stream: true` is answered with events, the last `image_edit.completed` with the picture."""
    exchange = clear(evidence.last, claim)
    return judged_stream(exchange, "image_edit") if isinstance(exchange, Exchange) else exchange


@probe("images.edit.stream", needs=streamed_edit, accepts=EVERYTHING)
def streamed_edit_uses_the_picture(evidence: Evidence, claim: Claim) -> Finding:
    """A streamed edit is made from the picture that was sent."""
    exchange = clear(evidence.last, claim)
    if not isinstance(exchange, Exchange):
        return exchange
    if not exchange.is_stream:
        return no_stream(exchange)
    if not exchange.pictures:
        return nothing_to_judge("the stream ended without a picture").at(exchange.place)
    return judged_edit(evidence, exchange.pictures[0], exchange).at(exchange.place)
