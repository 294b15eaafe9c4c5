"""Edits of pictures that a JSON body names: by the id of an uploaded file, and by an address."""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange
from gateprobe.model import Claim, Finding, honoured, ignored, inapplicable
from gateprobe.probe import REFUSAL, probe

from ..scenarios.edits import edit_of_nowhere, edit_of_uploaded
from ..support.exchanges import ABSENT, EVERYTHING, clear, step
from ..support.images import picture
from ..support.recolouring import judge_recolouring, new_colour
from ..support.sent import sent_pictures

_OF_THE_ADDRESS: Final = ("url", "download", "fetch", "resolve", "reach", ".invalid")
"""Words of a refusal that is about the address of a picture."""


@probe(
    "images.edit.json_file_id",
    needs=edit_of_uploaded,
    level="info",
    refused_with="edit.form_refused",
    accepts=EVERYTHING,
)
def json_edit_by_file_id_is_done(evidence: Evidence, claim: Claim) -> Finding:
    """An edit in JSON that names an uploaded file by its id changes that picture."""
    uploaded = evidence[0]
    if uploaded.status in ABSENT:
        return inapplicable("no file can be uploaded: {answer}", answer=uploaded.summary).at(uploaded.place)
    exchange = step(evidence, "by file id", claim, refused_with="edit.form_refused")
    if not isinstance(exchange, Exchange):
        return exchange
    sent, shown = sent_pictures(uploaded.request)[0], picture(evidence, exchange)
    return judge_recolouring(sent, shown, new_colour(exchange.request), unchanged_kind="edit.input_returned").at(
        exchange.place
    )


@probe("images.edit.dead_picture_refused", needs=edit_of_nowhere, level="info", accepts=(REFUSAL,))
def edit_of_unreachable_picture_is_refused(evidence: Evidence, claim: Claim) -> Finding:
    """An edit is refused when the address of its picture cannot be fetched; nothing is drawn."""
    exchange = evidence.last
    if exchange.is_refusal:
        error = exchange.error
        words = f"{error.code} {error.param} {error.message}".lower() if error is not None else ""
        if exchange.status in ABSENT or not any(word in words for word in _OF_THE_ADDRESS):
            return inapplicable("the refusal does not name the address: {answer}", answer=exchange.summary).at(
                exchange.place
            )
        return honoured("refused: {answer}", answer=exchange.summary).at(exchange.place)
    judged = clear(exchange, claim)
    if not isinstance(judged, Exchange):
        return judged
    return ignored("edit.input_ignored", "the edit ignored a picture whose address cannot be fetched").at(
        exchange.place
    )
