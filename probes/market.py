"""What comparing vendors asks beside OpenAI's documents: was the picture read, is a slow answer whole, what is billed.

All of it is answered from evidence that was paid for already.
"""

from __future__ import annotations

from typing import Final

from gateprobe.evidence import Evidence, Exchange, MalformedAnswerError
from gateprobe.model import Cause, Claim, Finding, honoured, ignored, malformed, unobserved
from gateprobe.probe import REFUSAL, Selection, probe
from gateprobe.request import FormBody
from gateprobe.stream import AnswerKind

from .images.generate import EVERY_ANSWER
from .scenarios.edits import edited_picture
from .scenarios.images import cheap_picture
from .support.images import counted, number, reported

_SPACE: Final = b" \t\r\n"  # what JSON calls white space


def _sent_pictures(exchange: Exchange) -> int:
    """Count the pictures, masks apart, that a request to the Images API sent to be worked from."""
    body = exchange.request.body
    if isinstance(body, FormBody):
        return sum(part.filename is not None and part.name != "mask" for part in body.parts)
    images = exchange.request.json.get("images") if isinstance(exchange.request.json, dict) else None
    return len(images) if isinstance(images, list) else 0


def _edits(exchange: Exchange) -> bool:
    """Say whether an exchange is a paid edit that was answered with a picture's worth."""
    paid = exchange.ok and exchange.request.images > 0 and exchange.error is None
    return paid and exchange.kind is AnswerKind.IMAGES and _sent_pictures(exchange) > 0


@probe(
    "usage.input_image_tokens",
    needs=Selection("every edit that was answered", (edited_picture,), _edits),
    level="should",
)
def sent_pictures_are_counted(evidence: Evidence, _claim: Claim) -> Finding:
    """The usage of each edit counts tokens of the pictures that were sent: they were read."""
    least: int | None = None
    for exchange in evidence.exchanges:
        usage = reported(exchange, "usage")
        if usage is None:
            return ignored(f"an edit of {counted(_sent_pictures(exchange), 'picture')} reports no usage")
        tokens = number(usage, "input_tokens_details", "image_tokens")
        if not tokens:
            return ignored(
                f"{counted(_sent_pictures(exchange), 'picture')} went to {exchange.request.path}, and the usage"
                " counts 0 image tokens of input: the picture was not read"
            )
        least = tokens if least is None else min(least, tokens)
    return honoured(f"{counted(len(evidence.exchanges), 'edit')}: each counts image tokens of input, at least {least}")


def _plain_answer(exchange: Exchange) -> bool:
    """Say whether an exchange is a paid answer that is one JSON document."""
    return exchange.ok and exchange.request.images > 0 and exchange.content_type == "application/json"


@probe(
    "transport.json_heartbeat",
    needs=Selection("every paid answer that is no stream", (cheap_picture,), _plain_answer),
    level="info",
)
def kept_alive_answer_is_json(evidence: Evidence, _claim: Claim) -> Finding:
    """An answer that is kept alive by white space before it is still one JSON document."""
    alive = [exchange for exchange in evidence.exchanges if exchange.body[:1].strip(_SPACE) == b""]
    for exchange in alive:
        try:
            exchange.json()
        except MalformedAnswerError as wrong:
            return malformed(f"an answer that begins with white space does not end as JSON: {wrong}")
    if not alive:
        total = counted(len(evidence.exchanges), "answer")
        return unobserved(Cause.UNOBSERVABLE, f"none of {total} began with white space: nothing had to be kept alive")
    most = max(len(exchange.body) - len(exchange.body.lstrip(_SPACE)) for exchange in alive)
    return honoured(f"{counted(len(alive), 'answer')} began with white space, at most {most:,} bytes, and is JSON")


BALANCE: Final = "what was billed shows in the account's balance alone"


@probe("images.generate.n_billing", needs=EVERY_ANSWER, level="info", accepts=(REFUSAL, *Cause))
def pictures_that_came_are_billed(_evidence: Evidence, _claim: Claim) -> Finding:
    """As many pictures are billed as come."""
    return unobserved(Cause.UNOBSERVABLE, BALANCE)


@probe("images.generate.disconnect_billed", needs=EVERY_ANSWER, level="info", accepts=(REFUSAL, *Cause))
def dropped_connection_is_billed(_evidence: Evidence, _claim: Claim) -> Finding:
    """A request whose connection was dropped is billed all the same."""
    return unobserved(Cause.UNOBSERVABLE, BALANCE)


@probe("images.async_task", needs=EVERY_ANSWER, level="info", accepts=(REFUSAL, *Cause))
def later_picture_is_vendors_own(_evidence: Evidence, _claim: Claim) -> Finding:
    """A picture can be ordered now and fetched later."""
    return unobserved(
        Cause.UNOBSERVABLE, "each vendor orders and fetches in its own way, and no document here shows one whole"
    )


@probe("models.same_name_same_backend", needs=EVERY_ANSWER, level="info", accepts=(REFUSAL, *Cause))
def name_alone_decides_who_draws(_evidence: Evidence, _claim: Claim) -> Finding:
    """The model's name alone decides who draws the picture, whatever key asks for it."""
    return unobserved(
        Cause.UNOBSERVABLE, "one key sees one back end; only several keys of one vendor could be compared"
    )
