"""Names that nobody sent: a refusal that speaks of another model or of a field of another API."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import orjson

from gateprobe.evidence import ErrorShape, Evidence, Exchange
from gateprobe.message import Message, message
from gateprobe.model import Claim, Finding, honoured, inapplicable, malformed
from gateprobe.probe import Selection, probe
from gateprobe.request import FormBody

from .scenarios.errors import missing_field
from .support.api import ANYTHING, described, is_api_refusal
from .support.mistakes import mistake_in

_MODEL: Final = re.compile(r"\bmodel[ :=]{1,2}[`'\"]([\w.:/@-]{3,80})[`'\"]", re.IGNORECASE)
_MISSING: Final = re.compile(r"missing|required|must provide|expected", re.IGNORECASE)
_KNOWN_FIELDS: Final = frozenset({"url", "body", "authorization", "api_key"})
"""Names in `param` that OpenAI itself gives though no field has them (recorded traffic), and names of the key."""


def _sent(exchange: Exchange) -> str:
    """Return everything that a request said, as one text."""
    request = exchange.request
    if isinstance(request.body, FormBody):
        fields = " ".join(f"{part.name} {part.data[:200]!r}" for part in request.body.parts if part.filename is None)
    else:
        fields = orjson.dumps(request.json).decode()
    return f"{request.path} {fields}"


def _foreign_model(exchange: Exchange) -> Message | None:
    match = _MODEL.search(exchange.error.message) if exchange.error is not None else None
    if match is None or match[1] in _sent(exchange):
        return None
    return message("the model {name!q}", name=match[1])


def _foreign_field(exchange: Exchange) -> Message | None:
    error = exchange.error
    if error is None or not error.param or exchange.status == 404 or _MISSING.search(error.message):
        return None
    first = re.split(r"[.\[]", error.param)[0]
    parts = {name for name in re.split(r"[.\[\]\d]+", error.param) if name}
    if (
        first.lower() in _KNOWN_FIELDS
        or ((mistake := mistake_in(exchange.request)) is not None and mistake.param == first)
        or first in exchange.request.fields
        or any(map(_sent(exchange).__contains__, parts))
    ):
        return None
    return message("the field {name!q}", name=error.param[:80])


_CHECKS: Final[tuple[Callable[[Exchange], Message | None], ...]] = (_foreign_model, _foreign_field)


def _refused_in_envelope(exchange: Exchange) -> bool:
    error = exchange.error if is_api_refusal(exchange) and exchange.status not in (401, 403, 429) else None
    return error is not None and error.shape is ErrorShape.OPENAI


@probe(
    "errors.own_names",
    needs=Selection("every refusal", (missing_field,), _refused_in_envelope, missing_reason=message("no refusal came")),
    level="info",
    accepts=ANYTHING,
)
def refusals_name_what_was_sent(evidence: Evidence, _claim: Claim) -> Finding:
    """A refusal names no model and no field that the request did not send."""
    faulty = [
        (exchange, name)
        for exchange in evidence.exchanges
        if (name := next((name for check in _CHECKS if (name := check(exchange)) is not None), None)) is not None
    ]
    named = [exchange for exchange in evidence.exchanges if _names_any(exchange)]
    if faulty:
        exchange, name = faulty[0]
        return malformed(
            "errors.foreign_name",
            "{number} of {total} refusals name what was not sent; {request}: {name}",
            number=len(faulty),
            total=len(evidence.exchanges),
            request=described(exchange),
            name=name,
        ).at(exchange.place)
    if not named:
        return inapplicable("none of {total} refusals names a model or a field", total=len(evidence.exchanges))
    return honoured("{number} of {number} refusals name what was sent", number=len(named))


def _names_any(exchange: Exchange) -> bool:
    error = exchange.error
    return error is not None and bool(error.param or _MODEL.search(error.message))
