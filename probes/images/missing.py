"""Answers that lack a picture now and then, where no option of the requests explains it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.judge.repeated.forms import facts_of
from gateprobe.message import message
from gateprobe.model import Claim, Finding, honoured, ignored, nothing_to_judge
from gateprobe.probe import Selection, probe

from ..scenarios.images import bare_picture, cheap_picture
from ..support.api import ANYTHING, is_api
from ..support.images import number_of_pictures

_LEAST: Final = 2
"""The fewest answers without a picture that are reported; chance may explain a single one."""


def _is_accepted(exchange: Exchange) -> bool:
    request = exchange.request
    return is_api(exchange) and exchange.status == 200 and request.of_images and bool(request.buys)


ACCEPTED: Final = Selection(
    "every accepted request for a picture",
    (cheap_picture, bare_picture),
    _is_accepted,
    missing_reason=message("no request for a picture was accepted"),
)


@probe("images.generate", needs=ACCEPTED, accepts=ANYTHING)
def every_accepted_request_brings_a_picture(evidence: Evidence, _claim: Claim) -> Finding:
    """Each accepted request to the Images API is answered with a picture, not only most of them."""
    empty: list[Exchange] = []
    full: list[Exchange] = []
    for exchange in evidence.exchanges:
        if exchange.request.streams:
            continue
        try:
            (full if number_of_pictures(exchange) else empty).append(exchange)
        except MalformedAnswerError:
            continue  # other capabilities judge malformed answers
    total = len(empty) + len(full)
    if not full:
        return nothing_to_judge("no accepted request for a picture was answered with one")
    if not empty:
        return honoured("{number} of {number} accepted requests were answered with a picture", number=total)
    if len(empty) < _LEAST or _have_their_own_form(empty, full):
        return nothing_to_judge(
            "{number} of {total} accepted requests were answered without a picture; what they asked for may explain it",
            number=len(empty),
            total=total,
        ).at(empty[0].place)
    return ignored(
        "image.missing",
        "{number} of {total} accepted requests were answered without a picture, and no option explains it",
        number=len(empty),
        total=total,
    ).at(empty[0].place)


def _have_their_own_form(empty: Sequence[Exchange], full: Sequence[Exchange]) -> bool:
    """Return whether all requests without a picture have an option, or a path, that no other request has."""
    marks = [
        [facts.options | {("path", facts.path)} for facts in (facts_of(exchange.request) for exchange in exchanges)]
        for exchanges in (empty, full)
    ]
    return bool(frozenset.intersection(*marks[0]).difference(*marks[1]))
