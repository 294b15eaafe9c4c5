"""What an error answer says, whatever shape it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

import orjson

from gateprobe.model import Json
from gateprobe.stream.forms import holds_events
from gateprobe.wire.sse import decode

_OF_RATES: Final = re.compile(
    r"(?<![a-z])(?:rate|limit|quota|throttl|too.many|slow.down|capacity|overload|busy|try again)", re.IGNORECASE
)
_MISTAKES: Final = (
    *("invalid_value", "unknown_parameter", "missing_required_parameter", "model_not_found", "invalid_type"),
    *("previous_response_not_found", "integer_above_max_value", "integer_below_min_value"),
)
"""Codes of OpenAI's refusals (recorded traffic)."""


_OF_FUNDS: Final = re.compile(
    r"quota|insufficient_?(?:credit|balance|fund)|credit_balance|(?:spend|usage|daily|monthly)_limit"
    r"|billing_(?:hard_limit|not_active)|arrearage|overdue",
    re.IGNORECASE,
)
"""In codes and types of OpenAI, new-api, OpenRouter, Alibaba and Volcengine: the account may spend no more."""
_OF_FUNDS_IN_WORDS: Final = re.compile(
    r"\bquota\b|\b(?:insufficient|not enough|out of) (?:credits?|balance|funds)\b"
    r"|\b(?:key|daily|monthly|spending|usage) limit\b|额度|余额|欠费",
    re.IGNORECASE,
)
_OF_ACCESS: Final = re.compile(r"\bmust be verified\b|\bnot have access to (?:the )?model\b", re.IGNORECASE)
"""OpenAI's words where an organisation is not verified for a model, or its project may not use it."""


class ErrorShape(StrEnum):
    """Where an error answer holds its words; `OPENAI` is `{"error": {…}}`, the others come in its place."""

    OPENAI = "openai"
    ERROR_TEXT = "error_text"
    DETAIL = "detail"
    MESSAGE = "message"
    OTHER_JSON = "other_json"
    HTML = "html"
    TEXT = "text"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class ApiError:
    """An error as an answer states it. A field is None where the answer lacks it or holds another type there."""

    message: str
    type: str | None = None
    param: str | None = None
    code: str | int | None = None
    shape: ErrorShape = ErrorShape.OPENAI
    moderated: bool = False
    """Whether it contains moderation results (`moderation_details`, `misalignment`), with any code."""

    @property
    def names_mistake(self) -> bool:
        """Whether the message is about a mistake in the request, not about a rate limit."""
        if _OF_RATES.search(f"{self.code} {self.type} {self.message}"):
            return False
        return self.param is not None or self.code in _MISTAKES

    @property
    def names_quota(self) -> bool:
        """Whether its code or type says that the account may spend no more."""
        return _OF_FUNDS.search(f"{self.code or ''} {self.type or ''}") is not None

    @property
    def forbids_spending(self) -> bool:
        """Whether it says, in code or words, that the account may spend no more; words count beside a 401 or 403."""
        return self.names_quota or _OF_FUNDS_IN_WORDS.search(self.message) is not None

    @property
    def forbids_model(self) -> bool:
        """Whether it says that the account has no access to the model."""
        return _OF_ACCESS.search(self.message) is not None


def error_of_json(value: Json, *, failed: bool) -> ApiError | None:
    """Return the error in a JSON body, or None; `failed` is set where the status is 4xx or 5xx."""
    if isinstance(value, dict):
        inner = value.get("error")
        if isinstance(inner, dict):
            return _error_object(inner)
        if isinstance(inner, str):
            return ApiError(inner, code=_code(value.get("code")), shape=ErrorShape.ERROR_TEXT)
        if failed and "detail" in value:
            return ApiError(_text(value["detail"]), shape=ErrorShape.DETAIL)
        if failed and isinstance(value.get("message"), str):
            return ApiError(value["message"], code=_code(value.get("code")), shape=ErrorShape.MESSAGE)
    if failed:
        return ApiError(_text(value), shape=ErrorShape.OTHER_JSON)
    return None


_MODERATION: Final = ("moderation_details", "misalignment")


def _error_object(inner: dict[str, Json]) -> ApiError:
    kind, param = inner.get("type"), inner.get("param")
    return ApiError(
        _text(inner.get("message")),
        kind if isinstance(kind, str) else None,
        param if isinstance(param, str) else None,
        _code(inner.get("code")),
        moderated=any(isinstance(inner.get(name), dict) for name in _MODERATION),
    )


def error_of_event(event: dict[str, Json]) -> ApiError | None:
    """Return the error in an event: nested, flat, or inside a failed Response; None where there is none.

    The event that refuses a steering message is not an error of a response.
    """
    if event.get("type") == "response.steer.failed":
        return None
    response = event.get("response")
    if isinstance(response, dict) and isinstance(response.get("error"), dict):
        return _error_object(response["error"])
    if isinstance(event.get("error"), dict):
        return _error_object(event["error"])
    if event.get("type") == "error":
        return _error_object(event)
    return None


def error_of_text(body: bytes, content_type: str) -> ApiError:
    """Return the error in a body that is not JSON: in a server-sent event, or its beginning as text or HTML page."""
    if holds_events(body[:64]) and (sent := _error_of_events(body)) is not None:
        return sent
    text = body[:2000].decode("utf-8", "replace").strip()
    is_html = content_type == "text/html" or text[:15].lower().startswith(("<!doctype", "<html"))
    return ApiError(text[:300] or "an empty body", shape=ErrorShape.HTML if is_html else ErrorShape.TEXT)


def _error_of_events(body: bytes) -> ApiError | None:
    """Return the error in the first server-sent event that is JSON; None where it has none."""
    decoded = decode(body[:65_536])
    for frame in (*decoded.frames, *filter(None, (decoded.tail.frame,))):
        try:
            value = orjson.loads(frame.data)
        except orjson.JSONDecodeError:
            continue
        error = error_of_json(value, failed=True)
        return None if error is None else replace(error, shape=ErrorShape.EVENT)
    return None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode("utf-8", "replace")[:300]


def _code(value: Json) -> str | int | None:
    return value if isinstance(value, str | int) and not isinstance(value, bool) else None
