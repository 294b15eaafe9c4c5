"""What matters for the choice of a vendor beside OpenAI's documents: input pictures, slow answers, bills.

All of it is judged on evidence that other probes pay for.
"""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.message import message
from gateprobe.model import Claim, Finding, hidden, honoured, ignored, inapplicable, malformed
from gateprobe.probe import Selection, probe
from gateprobe.request import FormBody
from gateprobe.stream import AnswerKind

from .scenarios.edits import edited_picture
from .scenarios.images import cheap_picture
from .support.api import ANYTHING, EVERY_ANSWER
from .support.images import number, reported
from .support.unobservable import unobservable

_SPACE: Final = b" \t\r\n"  # white space in JSON


def _sent_pictures(exchange: Exchange) -> int:
    """Return how many input pictures a request to the Images API sent; masks do not count."""
    body = exchange.request.body
    if isinstance(body, FormBody):
        return sum(part.filename is not None and part.name != "mask" for part in body.parts)
    images = exchange.request.json.get("images") if isinstance(exchange.request.json, dict) else None
    return len(images) if isinstance(images, list) else 0


def _edits(exchange: Exchange) -> bool:
    """Return whether an exchange is a paid edit that brought a picture."""
    paid = exchange.ok and exchange.request.images > 0 and exchange.error is None
    return paid and exchange.kind is AnswerKind.IMAGES and exchange.brings and _sent_pictures(exchange) > 0


@probe(
    "usage.input_image_tokens",
    needs=Selection(
        "every edit that was answered", (edited_picture,), _edits, missing_reason=message("no edit was answered")
    ),
    level="should",
)
def sent_pictures_are_counted(evidence: Evidence, _claim: Claim) -> Finding:
    """The usage of each edit counts tokens of the pictures that were sent: they were read."""
    least: int | None = None
    for exchange in evidence.exchanges:
        usage, pictures = reported(exchange, "usage"), _sent_pictures(exchange)
        if usage is None:
            return hidden(
                "usage.present",
                "the answer to an edit reports no usage (input pictures: {pictures})",
                pictures=pictures,
            ).at(exchange.place)
        with exchange.placing_errors():
            tokens = number(usage, "input_tokens_details", "image_tokens")
        if not tokens:
            total = usage.get("total_tokens") if isinstance(usage, dict) else None
            return ignored(
                "edit.input_ignored" if total else "usage.missing",
                "the usage counts 0 image tokens of input, though {path} received input pictures ({pictures})",
                path=exchange.request.path,
                pictures=pictures,
            ).at(exchange.place)
        least = tokens if least is None else min(least, tokens)
    return honoured(
        "{number} of {number} edits count image tokens of input, at least {least}",
        number=len(evidence.exchanges),
        least=least,
    )


def _plain_answer(exchange: Exchange) -> bool:
    """Return whether an exchange is a paid answer under the content type of JSON."""
    return exchange.ok and exchange.request.images > 0 and exchange.content_type == "application/json"


@probe(
    "transport.json_heartbeat",
    needs=Selection(
        "every paid answer that is no stream",
        (cheap_picture,),
        _plain_answer,
        missing_reason=message("no paid JSON answer came"),
    ),
    level="info",
)
def kept_alive_answer_is_json(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer that is kept alive by white space before it is still one JSON document."""
    padded = [exchange for exchange in evidence.exchanges if exchange.body[:1].strip(_SPACE) == b""]
    for exchange in padded:
        try:
            exchange.json()
        except MalformedAnswerError as error:
            return malformed(
                "answer.unreadable",
                "an answer that begins with white space does not end as JSON: {problem}",
                problem=error.message,
            ).at(exchange.place)
    if not padded:
        return inapplicable(
            "none of {total} answers begins with white space: none had to be kept alive", total=len(evidence.exchanges)
        )
    most = max(len(exchange.body) - len(exchange.body.lstrip(_SPACE)) for exchange in padded)
    return honoured(
        "{number} of {total} answers begin with white space, at most {most:,} bytes, and are JSON",
        number=len(padded),
        total=len(evidence.exchanges),
        most=most,
    )


@probe("images.generate.n_billing", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def pictures_that_came_are_billed(_evidence: Evidence, claim: Claim) -> Finding:
    """As many pictures are billed as come."""
    return unobservable(claim)


@probe("images.generate.disconnect_billed", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def dropped_connection_is_billed(_evidence: Evidence, claim: Claim) -> Finding:
    """A request whose connection was dropped is billed all the same."""
    return unobservable(claim)


@probe("images.async_task", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def later_picture_is_vendors_own(_evidence: Evidence, claim: Claim) -> Finding:
    """A picture can be ordered now and fetched later."""
    return unobservable(claim)


@probe("models.same_name_same_backend", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def name_alone_decides_who_draws(_evidence: Evidence, claim: Claim) -> Finding:
    """The model's name alone decides who draws the picture, whatever key the request carries."""
    return unobservable(claim)


@probe("images.batch", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def batches_are_cheaper(_evidence: Evidence, claim: Claim) -> Finding:
    """Pictures can be ordered in a batch."""
    return unobservable(claim)


@probe("responses.webhooks", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def webhook_reports_the_end(_evidence: Evidence, claim: Claim) -> Finding:
    """A webhook reports the end of a background response."""
    return unobservable(claim)


@probe("provenance.checks", needs=EVERY_ANSWER, level="info", accepts=ANYTHING)
def pictures_can_be_checked(_evidence: Evidence, claim: Claim) -> Finding:
    """The vendor checks whether one of its models drew a picture."""
    return unobservable(claim)
